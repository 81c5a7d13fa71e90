"""The desks by which an existing registry moves in: one officer sends its file, another accepts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.desk import Button, Desk, ReadOnly, badge, may
from accounts.models import User
from accounts.tables import Row
from accounts.taking import Fields, TableForm, Taking, take_in
from office.models import Profile
from projects.models import Opening
from projects.states import OpeningState
from registry.services.opening import moving, reading
from registry.services.opening.sheets import MOST_ROWS, SHEETS


class OpeningForm(TableForm):
    """The file of an existing registry, whose it is, and the day it speaks of."""

    field_order = ("source", "as_of", "profile", "file")
    source = forms.CharField(label=_("原登记簿"), help_text=_("名称，会写在迁入的项目和批次旁"), max_length=100)
    as_of = forms.DateField(
        label=_("期初日"), help_text=_("表里的数是这一天结束时的数"), widget=forms.DateInput(attrs={"type": "date"})
    )
    profile = forms.ModelChoiceField(
        Profile.objects.order_by("code"), label=_("机制"), help_text=_("迁入的项目以后按哪个机制办理")
    )


def _counted(rows: Mapping[str, Sequence[Row]], fields: Fields, by: User) -> list[tuple[Any, Any]]:
    plan = reading.read(rows, division=moving.place_of(by), as_of=fields["as_of"])
    sums = (_("签发"), plan.issued_t), (_("持有"), plan.held_t), (_("已注销"), plan.retired_t)
    return [
        *((label, f"{tonnes:,} t") for label, tonnes in sums),
        (_("新登记的单位"), len(plan.organisations)),
        *((_("请注意"), warning) for warning in plan.warnings),
    ]


FILE = Taking(
    moving.PURPOSE,
    _("迁入已有的登记簿"),
    (),
    MOST_ROWS,
    OpeningForm,
    _counted,
    lambda table, fields, by: moving.submit(table, by=by, **fields),
    back="",
    note=_(
        "提交以后由另一位登记人员核对，同意了才入账。有一个批次的签发量不等于持有加注销，整个文件都不收。"
        "文件是五张工作表的工作簿，或五个同名 CSV 的 ZIP。"
    ),
    sheets=SHEETS,
    confirm=_("提交核对"),
)


class OpeningDeskRow(Opening):
    """A file that waits for the second officer."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("期初迁入核对台")


@admin.register(OpeningDeskRow)
class OpeningDesk(Desk):
    """Accept or refuse an existing registry, as the second officer."""

    turn, workdays = 16, 15

    buttons = (
        Button(moving.accept, _("核对无误，全部迁入"), (OpeningState.SUBMITTED,), keyed=True, harm=True),
        Button(moving.refuse, _("不予迁入"), (OpeningState.SUBMITTED,), needs_reason=True, keyed=True),
    )
    list_display = (
        "__str__",
        "projects_count",
        "batches_count",
        "issued_t",
        "held_t",
        "retired_t",
        "sha256",
        "submitted_by",
    )
    list_select_related = ("submitted_by",)
    ordering = ("pk",)
    fields = (
        ("source", "as_of", "state"),
        ("division", "profile"),
        ("projects_count", "batches_count"),
        ("issued_t", "held_t", "retired_t"),
        ("table", "sha256"),
        "warnings",
        ("submitted_by", "submitted_at"),
    )


@admin.register(Opening)
class OpeningAdmin(ReadOnly):
    """Registries that moved in, are about to, or were refused; from here a file is sent."""

    list_display = (
        "__str__",
        "badge_of",
        "batches_count",
        "issued_t",
        "held_t",
        "retired_t",
        "submitted_by",
        "accepted_by",
    )
    list_select_related = ("submitted_by", "accepted_by")
    list_before_template = "admin/opening_link.html"

    @admin.display(description=_("状态"), ordering="state")
    def badge_of(self, obj: Opening) -> str:
        """The state as a badge."""
        return badge(obj.badge, obj.get_state_display())

    def get_urls(self) -> list[Any]:
        """Add the page that takes in the file."""
        view = self.admin_site.admin_view(self.take_in)
        return [path("new/", view, name="projects_opening_new"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the page for who may send a file."""
        shown = {"may_move_in": may(request, moving.PURPOSE), **(extra_context or {})}
        return super().changelist_view(request, shown)

    def take_in(self, request: HttpRequest) -> HttpResponse:
        """Take in the file: template, preview, submission."""
        return take_in(self, request, FILE._replace(back=reverse("admin:projects_opening_changelist")))

"""Methods, drafts and factors in the admin: looked at, and moved on by verbs. What is published does not change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.desk import Button, Desk, ReadOnly, may
from accounts.models import User
from accounts.tables import Row
from accounts.taking import Fields, TableForm, Taking, take_in
from methodologies.models import Draft, Factor, Method
from methodologies.services import importing, publishing
from methodologies.states import DraftState, MethodState

SHOWN_ENDED = 20


@admin.register(Method)
class MethodAdmin(ReadOnly):
    """All versions with their documents."""

    list_display = ("number", "title", "evidence", "state", "published_at")
    list_filter = ("state", "evidence")
    search_fields = ("code", "title")
    fields = (
        "number",
        "title",
        "kind",
        "evidence",
        "state",
        "division",
        "document_no",
        "digest",
        "drafted_by",
        "published_by",
        "published_at",
        "ended_by",
        "ended_at",
        "document",
    )
    list_select_related = ("drafted_by", "published_by")

    @admin.display(description=_("编号"), ordering="code")
    def number(self, method: Method) -> str:
        """Code and version."""
        return method.number


class DraftDeskRow(Draft):
    """A draft of a method that waits for a step of the office."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("方法学备案台")


class MethodDeskRow(Method):
    """A published version that may be repealed."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("方法学废止台")


class DraftRows(ReadOnly):
    """What a list of drafts shows."""

    list_display = ("number", "title", "author", "state", "due_on", "division")
    list_select_related = ("developer", "division")
    search_fields = ("code", "title", "developer__name")
    fields = (
        ("number", "title"),
        ("author", "division"),
        ("state", "due_on"),
        ("adopted_from", "derived_from"),
        ("drafted_by", "edited_by", "edited_at"),
        ("accepted_by", "noticed_by", "filed_by"),
        ("notice", "method"),
        "page",
    )

    @admin.display(description=_("编号"), ordering="code")
    def number(self, draft: Draft) -> str:
        """Code and version."""
        return draft.number

    @admin.display(description=_("谁起草"))
    def author(self, draft: Draft) -> str:
        """The company, or the bureau."""
        return str(draft.developer or draft.division)

    @admin.display(description=_("公式、算例和正文"))
    def page(self, draft: Draft) -> str:
        """The way to the draft as its author sees it, with everything computed."""
        return format_html('<a href="{}">{}</a>', reverse("draft", args=[draft.pk]), draft)


@admin.register(Draft)
class DraftAdmin(DraftRows):
    """All drafts of one's place."""

    list_filter = ("state",)


@admin.register(DraftDeskRow)
class DraftDesk(DraftRows, Desk):
    """Drafts with the office; those taken from another authority's text wait for their second officer."""

    turn = 45
    list_display = ("number", "title", "author", "badge_of", "due_on", "division")
    told = ("number", "title", "author", "badge_of", "page")
    ordering = ("due_on", "pk")
    waits = (DraftState.DRAFT, DraftState.SUBMITTED, DraftState.SCREENING, DraftState.EVALUATION, DraftState.NOTICE)
    buttons = (
        Button(publishing.accept_draft, _("受理"), (DraftState.SUBMITTED,)),
        Button(publishing.ask_experts, _("抽取专家，送评估"), (DraftState.SCREENING,)),
        Button(publishing.put_on_notice, _("公开征求意见"), (DraftState.EVALUATION,)),
        Button(publishing.return_draft, _("退回修改"), (DraftState.EVALUATION, DraftState.NOTICE), True),
        Button(publishing.file_draft, _("备案发布"), (DraftState.NOTICE,)),
        Button(publishing.adopt_draft, _("核对无误，发布"), (DraftState.DRAFT,)),
        Button(
            publishing.reject_draft,
            _("不予备案"),
            (DraftState.SUBMITTED, DraftState.SCREENING, DraftState.EVALUATION, DraftState.NOTICE),
            True,
            harm=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without drafts that are still being written for the long way."""
        return super().get_queryset(request).exclude(state=DraftState.DRAFT, adopted_from="")

    def waiting(self, request: HttpRequest) -> QuerySet[Any]:
        """Those the person did not write: they wait for somebody else."""
        return super().waiting(request).exclude(drafted_by=request.user).exclude(edited_by=request.user)


@admin.register(MethodDeskRow)
class MethodDesk(MethodAdmin, Desk):
    """Versions that are in force or were."""

    waits = ()
    list_display = ("number", "title", "badge_of", "document_no", "published_at")
    told = ("number", "title", "badge_of", "document_no")
    buttons = (
        Button(publishing.repeal_method, _("废止"), (MethodState.PUBLISHED, MethodState.SUPERSEDED), True, harm=True),
    )


def _counted(rows: Sequence[Row], fields: Fields, by: User) -> list[tuple[Any, Any]]:
    taken = importing.take_all(rows)
    ended = [one for one in taken if one.ended is not None]
    new = sum(one.new for one in taken)
    listed = [(one.ended, _told(one)) for one in ended[:SHOWN_ENDED]]
    return [(_("新增"), new), (_("已有，不变"), len(taken) - new), (_("接替旧值"), len(ended)), *listed]


def _told(one: importing.Taken) -> str:
    assert one.ended is not None  # noqa: S101 - only those that end an older one are told
    said = gettext("%(old)s 到 %(until)s 止；从 %(since)s 起 %(new)s %(unit)s")
    days = {"until": one.ended.valid_to, "since": one.factor.valid_from}
    return said % {"old": one.ended.figure, "new": one.factor.figure, "unit": one.factor.unit, **days}


FACTORS = Taking(
    importing.PURPOSE,
    _("导入排放因子"),
    importing.COLUMNS,
    importing.MOST_ROWS,
    TableForm,
    _counted,
    lambda table, fields, by: importing.import_factors(table, by=by),
    back="",
    note=_(
        "已载入的数值不改；新的一行从它的起始日起生效，同一因子还没有止日的旧值到前一天为止。方法学文本里的数值不随之改变，要改请起草新版本。"
    ),
)


@admin.register(Factor)
class FactorAdmin(ReadOnly):
    """The library of factors."""

    list_display = ("name", "area", "year", "value", "unit", "valid_from", "valid_to", "evidence")
    list_filter = ("kind", "year")
    search_fields = ("name", "area", "region")
    list_before_template = "admin/import_factors.html"

    def get_urls(self) -> list[Any]:
        """Add the page that takes in a table of factors."""
        view = self.admin_site.admin_view(self.take_in)
        return [path("import/", view, name="methodologies_factor_import"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the import who may."""
        return super().changelist_view(
            request, {"may_import": may(request, importing.PURPOSE), **(extra_context or {})}
        )

    def take_in(self, request: HttpRequest) -> HttpResponse:
        """Take in a table of factors."""
        return take_in(self, request, FACTORS._replace(back=reverse("admin:methodologies_factor_changelist")))

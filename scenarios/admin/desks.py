"""The operator's desks: scenes and partners, citizens masked, and what was agreed to or not counted, to look at."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.desk import Button, Desk, ReadOnly, may
from accounts.models import Organisation, User
from kernel.rules import RuleViolation
from scenarios.forms import PartnerForm
from scenarios.models import Citizen, Consent, Partner, Refusal, Scene, Upload
from scenarios.services import partners, people
from scenarios.states import CitizenState

MOST_COUNTED = 5_000


class SceneDeskRow(Scene):
    """A scene, to be switched on or off."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("场景台")


class CitizenDeskRow(Citizen):
    """A citizen, masked."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("公众账户台")


@admin.register(SceneDeskRow)
class SceneDesk(Desk):
    """Switch scenes."""

    waits = ()

    buttons = (
        Button(partners.close_scene, _("停用场景"), ("ON",), needs_reason=True, harm=True),
        Button(partners.open_scene, _("启用场景"), ("OFF",)),
    )
    list_display = ("title", "code", "badge_of", "method", "late_window_days", "history_allowed", "consent_version")
    list_select_related = ("method",)
    fields = (
        ("title", "code", "active"),
        ("method", "input_name", "mode"),
        ("shortest_m", "fastest_kmh"),
        ("late_window_days", "history_allowed"),
        "consent_version",
        "consent_text",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """All scenes: both states have a button."""
        return self.model._default_manager.order_by("code")

    @admin.display(description=_("状态"), ordering="active")
    def badge_of(self, obj: Any) -> str:
        """On or off, in words and tone."""
        tone, said = ("good", _("启用")) if obj.active else ("draft", _("停用"))
        return format_html('<span class="desk-badge {}">{}</span>', tone, said)


@admin.register(Partner)
class PartnerAdmin(ReadOnly):
    """Partners in scope; the operator takes in new ones."""

    needs = "scenarios.add_partner"
    list_display = ("name", "organisation", "zone", "active", "joined_at")
    list_select_related = ("organisation",)
    search_fields = ("name", "organisation__name")
    fields = ("name", "organisation", "zone", "scenes", "active", "joined_at")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Whoever has the verb."""
        return may(request, "scenarios.add_partner")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask what the verb needs, then call it."""
        if not self.has_add_permission(request):
            raise PermissionDenied(_("您没有办理这件事的权限，请联系单位管理员"))
        form = PartnerForm(request.POST if request.method == "POST" else None)
        companies = Organisation.objects.visible_to(request.user).units().exclude(kind=Organisation.Kind.BUREAU)
        form.fields["organisation"].queryset = companies.filter(partner=None)  # type: ignore[attr-defined]
        form.fields["scenes"].queryset = Scene.objects.all()  # type: ignore[attr-defined]
        said = ""
        if form.is_valid():
            try:
                made = partners.add_partner(by=cast(User, request.user), **form.cleaned_data)
            except RuleViolation as refusal:
                said = str(refusal.message)
            else:
                messages.success(request, _("已办理：接入合作方 %s") % made)
                return redirect("admin:scenarios_partner_changelist")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("接入合作方"),
            "form": form,
            "said": said,
            "back": reverse("admin:scenarios_partner_changelist"),
        }
        status = 409 if said else 400 if form.errors else 200
        return TemplateResponse(request, "admin/partner_new.html", context, status=status)


@admin.register(CitizenDeskRow)
class CitizenDesk(Desk):
    """Find an account by its number; who it is takes a reason, and the person can read it."""

    waits = ()

    buttons = (
        Button(
            people.unmask,
            _("查看身份，留下记录"),
            (CitizenState.UNVERIFIED, CitizenState.ACTIVE),
            needs_reason=True,
        ),
    )
    list_display = ("number", "masked", "badge_of", "division", "opened_at")
    list_select_related = ("user", "division")
    list_filter = ("state",)
    search_fields = ("=pk",)
    search_help_text = _("输入账户号里的数字")
    fields = (("number", "state"), "masked", "division", ("opened_at", "verified_at"), "grams")
    readonly_fields: ClassVar[tuple[str, ...]] = ("number", "masked", "grams")

    @admin.display(description=_("姓名（脱敏）"))
    def masked(self, obj: Citizen) -> str:
        """The masked name."""
        return obj.user.full_name

    @admin.display(description=_("碳账户"))
    def grams(self, obj: Citizen) -> str:
        """Acts and milligrams."""
        return _("%(acts)d 次，%(mg)d mg") % {"acts": obj.carbon.acts, "mg": obj.carbon.balance_mg}

    def press(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """Show who it is on the answer to the very press, nowhere else."""
        reason = request.POST.get("reason", "").strip()
        if request.method != "POST" or not reason or slug != self.buttons[0].slug:
            return super().press(request, pk, slug)
        citizen = Citizen.objects.select_related("identity").filter(pk=pk).first()
        if citizen is None:
            raise Http404
        try:
            seen = people.unmask(citizen, by=cast(User, request.user), reason=reason)
        except RuleViolation as refusal:
            return self._confirm_page(request, self.buttons[0], citizen, reason, refusal)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": citizen.number,
            "seen": seen,
            "back": reverse("admin:scenarios_citizendeskrow_changelist"),
        }
        return TemplateResponse(request, "admin/unmasked.html", context)


@admin.register(Consent)
class ConsentAdmin(ReadOnly):
    """Consents in scope, by account number."""

    needs = "scenarios.unmask"
    list_display = ("citizen", "scene", "partner", "version", "granted_at", "covers_from", "withdrawn_at")
    list_select_related = ("citizen", "scene", "partner")
    list_filter = ("scene", "partner", ("withdrawn_at", admin.EmptyFieldListFilter))


class ShortPaginator(Paginator):
    """Counts no further than anybody turns pages, since the table is large."""

    @cached_property
    def count(self) -> int:
        """At most ``MOST_COUNTED``."""
        return len(cast(QuerySet[Any], self.object_list).values_list("pk", flat=True)[:MOST_COUNTED])


@admin.register(Refusal)
class RefusalAdmin(ReadOnly):
    """Acts that were not counted, newest first."""

    needs = "scenarios.unmask"
    paginator = ShortPaginator
    list_display = ("upload", "row", "code", "citizen", "started_at")
    list_select_related = ("upload", "citizen")
    list_filter = ("code", "upload__partner", "upload__scene")
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those of the uploads in scope."""
        return super().get_queryset(request).filter(upload__in=Upload.objects.visible_to(request.user))

"""Claims, and the page on which an operator gathers a month."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import ReadOnly
from accounts.models import User
from accounts.workflow import RuleViolation, Unavailable, sentence
from kernel.quantities import tonnes_exact
from scenarios.models import ClaimBatch, Partner, Scene
from scenarios.services.claims import close_claim, waiting

MAY = "scenarios.close_claim"


class GatherForm(forms.Form):
    """Whose acts, and of which month."""

    source = forms.ChoiceField(label=gettext_lazy("平台和场景"))
    month = forms.CharField(label=gettext_lazy("月份"), max_length=7, help_text=gettext_lazy("例如 2021-01"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pairs = {
            f"{partner.pk}-{scene.pk}": (partner, scene)
            for partner in Partner.objects.visible_to(user).prefetch_related("scenes")
            for scene in partner.scenes.all()
        }
        named = [(key, f"{partner} · {scene}") for key, (partner, scene) in self.pairs.items()]
        self.fields["source"].choices = named  # type: ignore[attr-defined]

    def clean_month(self) -> date:
        """Read the month as its first day."""
        found = re.fullmatch(r"(20[0-9]{2})-(0[1-9]|1[0-2])", self.cleaned_data["month"].strip())
        if found is None:
            raise ValidationError(_("请写成年-月，例如 2021-01"))
        return date(int(found[1]), int(found[2]), 1)

    @property
    def chosen(self) -> tuple[Partner, Scene, date]:
        """Partner, scene and month of a valid form."""
        partner, scene = self.pairs[self.cleaned_data["source"]]
        return partner, scene, self.cleaned_data["month"]


@admin.register(ClaimBatch)
class ClaimBatchAdmin(ReadOnly):
    """Claims with how many acts each used, and the door to the next one."""

    change_list_template = "admin/claims.html"
    list_display = ("number", "month", "scene", "partner", "acts", "citizens", "saved", "closed_by", "closed_at")
    list_select_related = ("scene", "partner", "closed_by")
    list_filter = ("scene", "partner")
    search_fields = ("number",)
    fields = (
        ("number", "month"),
        ("scene", "partner", "method"),
        ("acts", "citizens", "amount", "saved"),
        "merkle_root",
        ("consents", "consent_versions"),
        "consent_digest",
        ("closed_by", "closed_at"),
    )
    readonly_fields = ("saved", "amount")

    @admin.display(description=gettext_lazy("减排量 t"), ordering="saved_mg")
    def saved(self, claim: ClaimBatch) -> str:
        """Tonnes with all nine decimals."""
        return tonnes_exact(claim.saved_mg)

    @admin.display(description=gettext_lazy("数量合计"))
    def amount(self, claim: ClaimBatch) -> str:
        """The sum of the method's input."""
        return f"{claim.amount.normalize():f}"

    def get_urls(self) -> list[Any]:
        """Add the page that gathers."""
        view = self.admin_site.admin_view(self.gather)
        return [path("gather/", view, name="scenarios_claimbatch_gather"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Offer the page to those who may gather."""
        return super().changelist_view(request, {**(extra_context or {}), "may_gather": request.user.has_perm(MAY)})

    def gather(self, request: HttpRequest) -> HttpResponse:
        """Show what a month has that nobody claimed yet; a POST claims it."""
        if not request.user.has_perm(MAY):
            raise PermissionDenied
        form = GatherForm(request.POST or request.GET or None, user=request.user)
        refusal: Exception | None = None
        if request.method == "POST" and form.is_valid():
            partner, scene, month = form.chosen
            by, reason = cast(User, request.user), request.POST.get("reason", "").strip()
            try:
                claim = close_claim(scene, partner, month, by=by, reason=reason)
            except (RuleViolation, Unavailable, PermissionDenied) as refused:
                refusal = refused
            else:
                messages.success(request, _("已归集：%(number)s，%(acts)d 次") % vars(claim))
                return redirect("admin:scenarios_claimbatch_changelist")
        return self._gather_page(request, form, refusal)

    def _gather_page(self, request: HttpRequest, form: GatherForm, refusal: Exception | None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("归集一个月"),
            "form": form,
            "said": sentence(refusal) if refusal else "",
        }
        if form.is_bound and form.is_valid():
            partner, scene, month = form.chosen
            context["waiting"] = waiting(scene, partner, month)
            context["before"] = ClaimBatch.objects.filter(scene=scene, partner=partner, month=month)
        wrong = form.is_bound and not form.is_valid()
        return TemplateResponse(request, "admin/gather.html", context, status=409 if refusal else 400 if wrong else 200)

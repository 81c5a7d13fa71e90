"""Consents: read the text, agree, withdraw with one press, and take a code to the partner."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kernel.digest import sha256
from kernel.rules import RuleViolation
from scenarios.forms import ConsentForm
from scenarios.models import Citizen, Consent, Partner, PartnerLink, Scene
from scenarios.services import consents as verbs
from scenarios.views.access import citizen_only
from scenarios.views.entering import CONSENT_STEP


def _offers(citizen: Citizen) -> list[tuple[Scene, Partner]]:
    """Return what the citizen may still consent to: scene and partner."""
    given = set(Consent.objects.open().filter(citizen=citizen).values_list("scene_id", "partner_id"))
    partners = Partner.objects.filter(active=True).prefetch_related("scenes")
    return [
        (scene, partner)
        for partner in partners
        for scene in partner.scenes.all()
        if scene.active and (scene.pk, partner.pk) not in given
    ]


@never_cache
@require_safe
@citizen_only()
def consents(request: HttpRequest, citizen: Citizen, refusal: RuleViolation | None = None) -> HttpResponse:
    """List consents given and withdrawn, what else can be consented to, and the partners to be bound."""
    given = list(citizen.consents.select_related("scene", "partner").order_by("withdrawn_at", "-pk")[:100])
    linked = set(PartnerLink.objects.filter(citizen=citizen).values_list("partner_id", flat=True))
    opened = [one for one in given if one.withdrawn_at is None]
    partners = {one.partner_id: one.partner for one in opened}
    context = {
        "citizen": citizen,
        "given": opened,
        "ended": [one for one in given if one.withdrawn_at is not None],
        "offers": _offers(citizen),
        "partners": [(partner, pk in linked) for pk, partner in partners.items()],
        "refusal": refusal,
        "tab": "consents",
    }
    return render(request, "scenarios/consents.html", context, status=409 if refusal else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@citizen_only()
def new(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Show the text of one scene and take the agreement; without a choice, offer what there is."""
    offers = _offers(citizen)
    wanted = (request.GET.get("scene"), request.GET.get("partner"))
    found = next((pair for pair in offers if (pair[0].code, str(pair[1].pk)) == wanted), None)
    step = CONSENT_STEP if not citizen.consents.exists() else None
    if found is None:
        return render(request, "scenarios/offers.html", {"citizen": citizen, "offers": offers, "step": step})
    scene, partner = found
    form = ConsentForm(
        request.POST if request.method == "POST" else None, history=scene.history_allowed, zone=partner.zone
    )
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            verbs.consent(citizen, scene, partner, covers_from=form.covers_from(), by=citizen.user)
        except RuleViolation as refused:
            refusal = refused
        else:
            messages.success(request, _("已授权。取一个绑定码，到平台里绑定，骑行就开始记入。"))
            return redirect("me-consents")
    context = {
        "citizen": citizen,
        "scene": scene,
        "partner": partner,
        "form": form,
        "refusal": refusal,
        "digest": sha256(scene.consent_text.encode()),
        "step": step,
        "back": "me-consents",
    }
    return render(request, "scenarios/consent.html", context, status=409 if refusal else 400 if form.errors else 200)


@require_POST
@citizen_only()
def withdraw(request: HttpRequest, citizen: Citizen, pk: int) -> HttpResponse:
    """Withdraw with one press."""
    consent = get_object_or_404(Consent, pk=pk)
    try:
        verbs.withdraw(consent, by=citizen.user)
    except RuleViolation as refusal:
        messages.warning(request, str(refusal.message))
    else:
        messages.success(request, _("已撤回。以后的骑行不再记入，已记入的仍归您。"))
    return redirect("me-consents")


@never_cache
@require_POST
@citizen_only()
def binding(request: HttpRequest, citizen: Citizen, pk: int) -> HttpResponse:
    """Show a binding code, this once."""
    partner = Partner.objects.filter(pk=pk, active=True).first()
    if partner is None:
        raise Http404
    try:
        code = verbs.binding_code(citizen, partner, by=citizen.user)
    except RuleViolation as refusal:
        messages.warning(request, str(refusal.message))
        return redirect("me-consents")
    shown = f"{code[:4]} {code[4:]}"
    context = {"partner": partner, "code": shown, "minutes": verbs.CODE_MINUTES, "back": "me-consents"}
    return render(request, "scenarios/binding.html", context)


@require_safe
def text(request: HttpRequest, code: str) -> HttpResponse:
    """Show the text of a scene to anybody."""
    scene = get_object_or_404(Scene, code=code)
    digest = sha256(scene.consent_text.encode())
    return render(request, "scenarios/text.html", {"scene": scene, "digest": digest, "back": "me-consents"})

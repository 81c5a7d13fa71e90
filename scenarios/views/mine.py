"""My things: certificates, a copy of my data, and the way out."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kernel import clock
from kernel.identifiers import mask_identity, mask_phone
from kernel.rules import RuleViolation
from scenarios.forms import ClosingForm, RangeForm
from scenarios.models import Citizen, PersonalStatement
from scenarios.services import people
from scenarios.services.export import export_data
from scenarios.services.statements import certificates_of, certify
from scenarios.views.access import citizen_only


@never_cache
@require_safe
@citizen_only(verified=False)
def mine(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Show who is signed in, masked, and lead to everything that is the citizen's."""
    known = people.person(citizen)
    context = {
        "citizen": citizen,
        "phone": mask_phone(known.phone),
        "identity_no": mask_identity(known.identity_no) if known.identity_no else "",
        "tab": "mine",
    }
    return render(request, "scenarios/mine.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@citizen_only()
def certificates(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """List one's certificates and have a range of days certified."""
    today = clock.today()
    form, refusal = (
        RangeForm(
            request.POST if request.method == "POST" else None,
            initial={"starts_on": today.replace(day=1), "ends_on": today},
        ),
        None,
    )
    if request.method == "POST" and form.is_valid():
        try:
            certify(citizen, by=citizen.user, **form.cleaned_data)
        except RuleViolation as refused:
            refusal = refused
        else:
            messages.success(request, _("已开具，文件一般在一分钟内生成。"))
            return redirect("me-certificates")
    ranges = {row.pk: row for row in PersonalStatement.objects.filter(citizen=citizen)}
    rows = [(row, ranges[row.subject_id]) for row in certificates_of(citizen)]
    context = {"citizen": citizen, "form": form, "refusal": refusal, "rows": rows, "back": "me-mine"}
    return render(
        request, "scenarios/certificates.html", context, status=409 if refusal else 400 if form.errors else 200
    )


@never_cache
@require_safe
@citizen_only(verified=False)
def data(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Say what is held and offer the copy."""
    return render(request, "scenarios/data.html", {"citizen": citizen, "back": "me-mine"})


@never_cache
@require_POST
@citizen_only(verified=False)
def take_data(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Give the copy as a file, made now."""
    content = export_data(citizen, by=citizen.user)
    name = f"{citizen.number}-{clock.today():%Y%m%d}.zip"
    return HttpResponse(
        content, content_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@never_cache
@require_http_methods(["GET", "POST"])
@citizen_only(verified=False)
def close(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Say what closing does, want it in words, then close and sign out."""
    form, refusal = ClosingForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        try:
            people.close_account(citizen, by=citizen.user, reason=form.cleaned_data["reason"])
        except RuleViolation as refused:
            refusal = refused
        else:
            logout(request)
            return render(request, "scenarios/closed.html", {"number": citizen.number})
    context = {"citizen": citizen, "form": form, "refusal": refusal, "back": "me-mine"}
    return render(request, "scenarios/close.html", context, status=409 if refusal else 400 if form.errors else 200)

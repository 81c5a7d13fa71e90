"""Public pages: ask for a number, read the verdict, take the proof and the file away."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from certificates import facts
from certificates.forms import NumberForm
from certificates.models import Certificate, LogLeaf
from certificates.services import log, verification
from certificates.services.verification import Outcome, Verdict
from kernel import clock

STATUS = {Outcome.VALID: 200, Outcome.REVOKED: 200, Outcome.TAMPERED: 409, Outcome.UNKNOWN: 404}


@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the number. A filled form leads to the number's own page."""
    form = NumberForm(request.GET) if "number" in request.GET else NumberForm()
    if form.is_bound and form.is_valid() and form.cleaned_data["number"]:
        return redirect("verify-number", form.cleaned_data["number"][:60].replace("/", ""))
    return render(
        request, "certificates/ask.html", {"form": form, "head": log.head()}, status=400 if form.errors else 200
    )


@require_safe
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Say whether the certificate is good, with everything that was checked."""
    if number != verification.typed(number) and verification.typed(number):
        return redirect("verify-number", verification.typed(number))
    return _verdict_page(request, verification.check(number))


def _verdict_page(request: HttpRequest, verdict: Verdict, status: int | None = None) -> HttpResponse:
    certificate = verdict.certificate
    context: dict[str, Any] = {
        "verdict": verdict,
        "certificate": certificate,
        "checked_at": clock.now(),  # the clock that revocations are told by
        "form": NumberForm(initial={"number": verdict.number}),
    }
    if certificate is not None and verdict.outcome != Outcome.TAMPERED:
        kind, snapshot = certificate.kind, certificate.snapshot
        context["rows"] = [
            *facts.headline(kind, snapshot),
            *facts.listed(kind, snapshot),
            *facts.further(kind, snapshot),
        ]
        context["batches"] = facts.batches(snapshot)
    response = render(
        request, f"certificates/{verdict.outcome}.html", context, status=status or STATUS[verdict.outcome]
    )
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def proof(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out the proof of a valid certificate; ``docs/verify-offline.md`` says how to check it."""
    verdict = verification.check(number)
    if verdict.outcome in (Outcome.UNKNOWN, Outcome.TAMPERED):
        raise Http404
    content = verification.proof(verdict)
    if content is None:
        return JsonResponse(
            {"detail": _("这一页日志还没有签名，请一分钟后再取")}, status=503, headers={"Retry-After": "60"}
        )
    return JsonResponse(
        content,
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        headers={"Content-Disposition": f'attachment; filename="{verdict.number}-proof.json"'},
    )


@require_safe
def log_head(request: HttpRequest) -> HttpResponse:
    """Publish the latest signed head. ``?since=N`` adds the proof that the log of N pages is its beginning."""
    sealed = log.head()
    if sealed is None:
        raise Http404
    content = {"pages": LogLeaf.objects.count(), "head": log.as_json(sealed)}
    if since := request.GET.get("since", ""):
        if not (since.isascii() and since.isdigit() and 0 < int(since) <= sealed.size):
            return JsonResponse({"detail": _("since 应为 1 至 %d 的整数") % sealed.size}, status=400)
        content |= {"since": int(since), "consistency": log.consistency(int(since), sealed)}
    return JsonResponse(content, json_dumps_params={"indent": 1})


@require_safe
def pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Give the file of a certificate that may be relied on; otherwise its verdict. A changed file is not given out."""
    verdict = verification.check(number)
    if verdict.outcome != Outcome.VALID or verdict.certificate is None:
        return _verdict_page(request, verdict, status=410 if verdict.outcome == Outcome.REVOKED else None)
    certificate = verdict.certificate
    if not certificate.pdf:
        waiting = render(request, "certificates/waiting.html", {"certificate": certificate}, status=503)
        waiting["Retry-After"] = "60"
        return waiting
    content = _content(certificate)
    if hashlib.sha256(content).hexdigest() != certificate.pdf_sha256:
        return render(request, "certificates/broken.html", {"certificate": certificate}, status=409)
    name = f"{certificate.number}{'（演示）' if settings.DEMO else ''}.pdf"
    disposition = f"inline; filename=\"{certificate.number}.pdf\"; filename*=UTF-8''{quote(name)}"
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})


def _content(certificate: Certificate) -> bytes:
    """Return the file's bytes; a file that is gone is as good as a changed one."""
    try:
        with certificate.pdf.open("rb") as file:
            return bytes(file.read())
    except FileNotFoundError:
        return b""

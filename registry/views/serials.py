"""The life of a serial number on one page: which batch it is of, who held it in which state from when to when, and where it is now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from certificates.models import Certificate
from kernel.rules import RuleViolation
from registry.models import Retirement
from registry.services.serials import Life, public_life


@require_GET
def serial(request: HttpRequest) -> HttpResponse:
    """Ask for a number; one that is not right is refused with what is wrong with it."""
    query = request.GET.get("q", "").strip()[:100]
    life, refusal = None, None
    if query:
        try:
            life = public_life(query)
        except RuleViolation as refused:
            refusal = refused
    context = {
        "query": query,
        "life": life,
        "refusal": refusal,
        "papers": _papers(life) if life else [],
        "trail": [(_("登记簿"), reverse("registry"))],
    }
    return render(request, "registry/serial.html", context, status=404 if refusal else 200)


def _papers(life: Life) -> list[Certificate]:
    """Return the certificates of the batch and of what was retired of the asked serials."""
    ended = [stage.block.opened_by_id for stage in life.now if stage.block.state == "RETIRED"]
    rows = [life.batch, *Retirement.objects.filter(journal__in=ended)]
    return [paper for row in rows if (paper := Certificate.objects.for_subject(row).first()) is not None]

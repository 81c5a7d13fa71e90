"""What anybody may read about neutral events: boundary, inventory, serials, certificate, and who declares it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from certificates.models import Certificate
from registry.models import Retirement
from registry.states import RetirementState
from trading.models import NeutralEvent


@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The neutral events, newest first."""
    rows = NeutralEvent.objects.public().select_related("organiser").order_by("-neutral_at")[:100]
    return render(request, "trading/public_events.html", {"rows": rows})


@require_GET
def event(request: HttpRequest, number: str) -> HttpResponse:
    """One neutral event, whole; the evidence of its lines stays with the organiser and the bureau."""
    row = get_object_or_404(NeutralEvent.objects.public().select_related("organiser"), number=number)
    context = {
        "event": row,
        "items": row.items.select_related("method"),
        "offsets": row.offsets.select_related("block__series__project", "block__batch__series"),
        "orders": Retirement.objects.filter(for_events__event=row, state=RetirementState.RETIRED),
        "certificate": Certificate.objects.for_subject(row).first(),
        "trail": [(_("碳中和活动"), reverse("public-events"))],
    }
    return render(request, "trading/public_event.html", context)

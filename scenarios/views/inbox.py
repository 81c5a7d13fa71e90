"""A citizen's messages, in the frame of the phone pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from office import inbox as pages
from scenarios.models import Citizen
from scenarios.views.access import citizen_only

FRAME = pages.Frame(
    "scenarios/inbox.html", "scenarios/inbox_settings.html", "me-inbox", "me-inbox-settings", {"back": "me-mine"}
)


@require_http_methods(["GET", "POST"])
@citizen_only(verified=False)
def inbox(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """The messages of the citizen who is signed in."""
    return pages.inbox(request, FRAME)


@require_http_methods(["GET", "POST"])
@citizen_only(verified=False)
def settings(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """How messages come to the citizen who is signed in."""
    return pages.settings(request, FRAME)

"""The wallet: what points there are, until when, how they came and went, and what sales of one's grams brought in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rewards.models import PointAccount
from rewards.services.points import spendable
from rewards.services.proceeds import amounts_of
from scenarios.models import Citizen
from scenarios.views.access import citizen_only

SHOWN = 50


def balance(citizen: Citizen) -> dict[str, Any]:
    """Return what a citizen can spend today, and how much of it ends first, on which day."""
    account = PointAccount.objects.filter(citizen=citizen).first()
    lots = list(account.lots.spendable()) if account else []
    ends_on = lots[0].expires_on if lots else None
    ending = sum(lot.left_points for lot in lots if lot.expires_on == ends_on)
    return {"account": account, "points": spendable(account), "lots": lots, "ends_on": ends_on, "ending": ending}


@never_cache
@require_safe
@citizen_only()
def wallet(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Show lots, entries and shares."""
    held = balance(citizen)
    entries = held["account"].entries.all()[:SHOWN] if held["account"] else []
    context = {**held, "entries": entries, "shares": amounts_of(citizen)[:SHOWN], "back": "me-home", "tab": "mall"}
    return render(request, "rewards/wallet.html", context)

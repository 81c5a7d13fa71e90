"""What a sale of riders' units brought in goes back to those whose grams they were made of (domain §4.8).

A tonne is made of all that was verified before it, carry included, so the weights are the grams of every claim of the project up to
the period that issued the units.
"""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import RuleViolation, lock, require, verb
from projects.models import MonitoringPeriod
from projects.states import PeriodState
from rewards.models import ProceedsPool
from rewards.services.proceeds import open_pool, share_proceeds
from trading.models import Agreement
from trading.states import AgreementState

GRAMS = """
SELECT act.citizen_id, sum(act.saved_mg)::bigint FROM scenarios_actuse used
JOIN scenarios_act act ON act.id = used.act_id AND act.on_day = used.on_day
WHERE used.claim_id = ANY(%s) GROUP BY act.citizen_id HAVING sum(act.saved_mg) > 0
"""


def claims_behind(agreement: Agreement) -> list[int]:
    """Return the keys of the claims that the delivered units were made of; none when they are no riders' units."""
    periods = [block.batch.period for block in agreement.delivered_blocks()]
    claims: set[int] = set()
    for period in periods:
        before = MonitoringPeriod.objects.filter(
            project=period.project_id, state=PeriodState.ISSUED, starts_on__lte=period.starts_on, claim__isnull=False
        )
        claims.update(before.values_list("claim_id", flat=True))
    return sorted(claims)


def grams_behind(agreement: Agreement) -> dict[int, int]:
    """Return citizen → milligrams of CO2e in the claims behind the delivered units."""
    with connection.cursor() as cursor:
        cursor.execute(GRAMS, [claims_behind(agreement)])
        return dict(cursor.fetchall())


@verb("rewards.open_riders_pool")
def open_riders_pool(agreement: Agreement, *, by: User, reason: str = "", key: str = "") -> ProceedsPool:
    """Write down what a delivered agreement over riders' units brought in, less its fee.

    Raises RuleViolation ``not_delivered``, ``not_of_riders`` or ``pool_known``.
    """
    agreement = lock(agreement)
    require(agreement.state == AgreementState.DELIVERED, "not_delivered", _("这笔协议还没有交割"))
    require(claims_behind(agreement), "not_of_riders", _("这笔协议卖的不是公众的减排量，没有可分给公众的收益"))
    known = ProceedsPool.objects.filter(agreement=agreement).exists()
    require(not known, "pool_known", _("这笔成交已经登记过收益池"))
    return open_pool(
        division=agreement.seller.organisation.division,
        reference=agreement.number,
        total_fen=agreement.amount_fen,
        fee_fen=agreement.fee_fen,
        tax_note=_("口径待核"),
        agreement=agreement,
        by=by,
        reason=reason,
    )


@verb("rewards.share_among_riders")
def share_among_riders(pool: ProceedsPool, *, by: User, reason: str = "", key: str = "") -> ProceedsPool:
    """Share a riders' pool by the grams each gave. Raises ``not_of_riders`` and what ``share_proceeds`` raises."""
    if pool.agreement is None:
        raise RuleViolation("not_of_riders", _("这个收益池不是由公众减排量的协议登记的"))
    return share_proceeds(pool, weights=grams_behind(pool.agreement), by=by, reason=reason)

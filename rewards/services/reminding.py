"""The night's reminders: points and coupons that end within a week, and shares of proceeds that were made out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Min, Sum

from kernel import clock
from office.services.jobs import job_run
from office.services.messages import PART, remind
from rewards.models import Coupon, PointAccount, PointLot, ProceedsShare
from rewards.states import CouponState, PoolState

DAYS_BEFORE = 7
SHARED_WITHIN = timedelta(days=3)  # so that a night that was missed is made up for
CENT = 100


def remind_all() -> int:
    """Remind citizens in the portal, everybody once of each thing; returns how many reminders were looked at."""
    with job_run("rewards.remind") as run:
        run.done = points_end() + coupons_end() + shares_made()
    return run.done


def points_end() -> int:
    """Remind of points that end within a week: once for each day on which an account's points begin to end."""
    today = clock.today()
    ending = PointLot.objects.filter(
        left_points__gt=0,
        expires_on__range=(today, today + timedelta(days=DAYS_BEFORE)),
        account__citizen__user__is_active=True,
    )
    found = {
        row["account"]: (row["points"], row["day"])
        for row in ending.order_by().values("account").annotate(points=Sum("left_points"), day=Min("expires_on"))
    }
    done = 0
    for part in _parts(sorted(found)):
        accounts = PointAccount.objects.filter(pk__in=part).select_related("citizen__user")
        by_day: dict[str, list[PointAccount]] = {}
        for account in accounts:
            by_day.setdefault(found[account.pk][1].isoformat(), []).append(account)
        for day, those in by_day.items():
            rows = ((one.citizen.user, one, {"points": found[one.pk][0], "day": found[one.pk][1]}) for one in those)
            done += remind("rewards.points_end", rows, occasion_key=day)
    return done


def coupons_end() -> int:
    """Remind of each unused coupon that ends within a week."""
    today = clock.today()
    ending = Coupon.objects.filter(
        state=CouponState.ISSUED,
        expires_on__range=(today, today + timedelta(days=DAYS_BEFORE)),
        citizen__user__is_active=True,
    )
    done = 0
    for part in _parts(list(ending.order_by("pk").values_list("pk", flat=True))):
        coupons = Coupon.objects.filter(pk__in=part).select_related("citizen__user", "offer__merchant")
        rows = (
            (one.citizen.user, one, {"title": one.offer.title, "shop": one.offer.merchant.name, "day": one.expires_on})
            for one in coupons
        )
        done += remind("rewards.coupon_ends", rows, occasion_key="ends")
    return done


def shares_made() -> int:
    """Tell each citizen of his share of a pool that was shared in the last days."""
    shared = ProceedsShare.objects.filter(
        pool__state=PoolState.SHARED,
        pool__shared_at__gte=clock.now() - SHARED_WITHIN,
        amount_fen__gt=0,
        citizen__user__is_active=True,
    )
    done = 0
    for part in _parts(list(shared.order_by("pk").values_list("pk", flat=True))):
        shares = ProceedsShare.objects.filter(pk__in=part).select_related("citizen__user", "pool")
        rows = (
            (
                one.citizen.user,
                one,
                {
                    "amount": f"{one.amount_fen // CENT:,}.{one.amount_fen % CENT:02d}",
                    "reference": one.pool.reference,
                    "channel": one.get_channel_display(),
                },
            )
            for one in shares
        )
        done += remind("rewards.shared", rows, occasion_key="shared")
    return done


def _parts(keys: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), PART):
        yield keys[start : start + PART]

"""Sweeps of the rewards."""

from __future__ import annotations

from celery import shared_task

from rewards.services.checking import check_points
from rewards.services.coupons import expire_all
from rewards.services.crediting import credit_waiting
from rewards.services.expiring import end_all
from rewards.services.reminding import remind_all


@shared_task(name="rewards.tasks.credit")
def credit() -> None:
    """Credit the points of files settled since the last round."""
    credit_waiting()


@shared_task(name="rewards.tasks.end")
def end() -> None:
    """Expire coupons and points past their last day, and take the points of closed accounts."""
    expire_all()
    end_all()


@shared_task(name="rewards.tasks.check")
def check() -> None:
    """Prove points, coupons and shares; a difference stands in the job's run."""
    check_points()


@shared_task(name="rewards.tasks.remind")
def remind() -> None:
    """Remind citizens of points and coupons that end soon, and tell them of their shares."""
    remind_all()

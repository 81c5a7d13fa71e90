"""Rules of points: what a scene gives from a day on."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import record, require, verb
from kernel import clock
from rewards.models import PointRule
from scenarios.models import Scene


@verb("rewards.set_rule")
def set_rule(
    scene: Scene,
    *,
    by: User,
    points_per_kg: int = 100,
    daily_cap: int | None = None,
    expiry_months: int = 24,
    valid_from: date | None = None,
    reason: str = "",
) -> PointRule:
    """Let a scene give points from a day on: points a kilogram, at most ``daily_cap`` points a person and day of the act.

    Files settled from that day on are credited by it. Raises RuleViolation ``rule_in_the_past``, ``bad_rule``, ``rule_known``.
    """
    valid_from = valid_from or clock.today()
    require(valid_from >= clock.today(), "rule_in_the_past", _("积分规则不能改变以前的积分，请从今天或以后的一天起用"))
    rule = PointRule.objects.create(
        scene=scene,
        points_per_kg=points_per_kg,
        daily_cap=daily_cap,
        expiry_months=expiry_months,
        valid_from=valid_from,
        made_by=by,
    )
    record("rewards.set_rule", rule, by=by, reason=reason)
    return rule


def rule_on(scene: Scene, day: date) -> PointRule | None:
    """Return the rule of a scene in force on a day, or None."""
    return PointRule.objects.filter(scene=scene, valid_from__lte=day).order_by("-valid_from").first()

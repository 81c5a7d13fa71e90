"""Naming who stands in for an absent officer."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from accounts.models import Deputy, Division, User
from accounts.roles import DEPUTISED
from accounts.scope import Acting, scope
from accounts.workflow import PermissionDenied, RuleViolation, lock, record, require, verb
from kernel import clock

LONGEST_DAYS = 90  # after that it is not an absence but another person's post


def answers_for(by: User, person: User, division: Division) -> bool:
    """Tell whether somebody may arrange a person's work: the person, or a superior of the division (who signs)."""
    return by.pk == person.pk or scope(Acting(by, "office.sign_off")).covers(division)


def place_of(person: User) -> Division | None:
    """Return the division of a person's own roles that can be deputised, or None."""
    grant = (
        person.grants_now().filter(user=person, role__in=DEPUTISED).select_related("division").order_by("pk").first()
    )
    return grant.division if grant is not None else None


@verb("accounts.name_deputy")
def name_deputy(absent: User, deputy: User, *, from_on: date, to_on: date, by: User, reason: str) -> Deputy:
    """Let somebody of the same office stand in for an officer from one day to another, both counted.

    Named by the officer or a superior. Raises RuleViolation ``no_reason``, ``no_office``, ``other_office``, ``past_days``,
    ``too_long``, ``same_person``, ``deputy_period``, ``deputy_known`` or ``deputy_away``.
    """
    division = place_of(absent)
    if division is None:
        raise RuleViolation("no_office", _("这个人没有可以代办的岗位"))
    if not answers_for(by, absent, division):
        raise PermissionDenied(_("只有本人或上级可以指定代办人"))
    absent, deputy = lock(absent, deputy) if absent.pk != deputy.pk else (absent, deputy)
    require(bool(reason.strip()), "no_reason", _("请写明不在岗的理由"))
    require(to_on >= from_on, "deputy_period", _("代办的止期不能早于起期"))
    require(from_on >= clock.today(), "past_days", _("代办不能从过去的日子开始"))
    require((to_on - from_on).days < LONGEST_DAYS, "too_long", _("代办最长 %d 天") % LONGEST_DAYS)
    same = deputy.is_active and any(
        grant.division is not None and f"{division.path}.".startswith(f"{grant.division.path}.")
        for grant in deputy.grants_now().filter(user=deputy, role__in=DEPUTISED).select_related("division")
    )
    require(same, "other_office", _("代办人要是同一辖区（或上级）在岗的人员"))
    row = Deputy.objects.create(
        absent=absent,
        deputy=deputy,
        division=division,
        from_on=from_on,
        to_on=to_on,
        reason=reason.strip(),
        named_by=by,
    )
    days = {"absent": absent.pk, "deputy": deputy.pk, "from": from_on.isoformat(), "to": to_on.isoformat()}
    record("accounts.name_deputy", row, by=by, reason=reason, data=days)
    return row


@verb("accounts.end_deputy")
def end_deputy(row: Deputy, *, by: User, reason: str) -> Deputy:
    """End a deputy before the last day; from now on the deputy acts for nobody."""
    if not answers_for(by, row.absent, row.division):
        raise PermissionDenied(_("只有本人或上级可以结束代办"))
    row = lock(row)
    require(bool(reason.strip()), "no_reason", _("请写明提前结束的理由"))
    require(row.ended_at is None and row.to_on >= clock.today(), "deputy_over", _("这项代办已经结束"))
    row.ended_at, row.ended_by = clock.now(), by
    row.save(update_fields=["ended_at", "ended_by"])
    record("accounts.end_deputy", row, by=by, reason=reason)
    return row

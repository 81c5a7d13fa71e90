"""Who has a case in hand: given, given on, and handed over all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Division, RoleGrant, User
from accounts.roles import DEPUTISED
from accounts.services.deputies import answers_for
from accounts.workflow import PermissionDenied, lock, record, require, verb
from kernel import clock
from office.models import Assignment


def colleagues(division: Division) -> QuerySet[User]:
    """Return the officers whose own roles in force reach a division."""
    held = RoleGrant.objects.in_force().reaching(division).filter(role__in=DEPUTISED)
    return User.objects.filter(is_active=True, pk__in=held.values("user")).order_by("full_name", "pk")


def in_hand(person: User) -> QuerySet[Assignment]:
    """Return what a person has in hand, the oldest first."""
    return Assignment.objects.open().filter(assignee=person).select_related("division").order_by("pk")


def of_case(case: Any) -> Assignment | None:
    """Return who has a case in hand, or None."""
    label = case._meta.concrete_model._meta.label_lower
    return Assignment.objects.open().filter(object_type=label, object_id=case.pk).select_related("assignee").first()


def _fits(to: User, division: Division) -> None:
    require(colleagues(division).filter(pk=to.pk).exists(), "other_office", _("只能交给同一辖区（或上级）在岗的人员"))


@verb("office.assign")
def assign(case: Any, *, to: User, by: User, reason: str = "") -> Assignment:
    """Give a case into an officer's hand, or take it from whoever has it. Raises ``other_office``, ``assigned``."""
    case = lock(case)
    _fits(to, case.division)
    now, before = clock.now(), of_case(case)
    if before is not None:
        require(before.assignee_id != to.pk, "assigned", _("这一件已经在这个人手上"))
        before.ended_at = now
        before.save(update_fields=["ended_at"])
    row = Assignment.objects.create(
        object_type=case._meta.concrete_model._meta.label_lower,
        object_id=case.pk,
        object_label=str(case)[:200],
        division=case.division,
        assignee=to,
        given_by=by,
        given_at=now,
        reason=reason.strip(),
    )
    record(
        "office.assign", case, by=by, reason=reason, data={"to": to.pk, "from": before.assignee_id if before else None}
    )
    return row


@verb("office.hand_over")
def hand_over(absent: User, *, to: User, rows: Sequence[Assignment], by: User, reason: str) -> list[Assignment]:
    """Give what a person has in hand to another: by the person or a superior, every case with an event of its own.

    Raises RuleViolation ``no_reason``, ``nothing_to_hand_over``, ``not_in_hand``, ``other_office``.
    """
    require(bool(reason.strip()), "no_reason", _("请写明交接的理由"))
    require(bool(rows), "nothing_to_hand_over", _("没有选择要交接的事项"))
    rows = lock(*rows) if len(rows) > 1 else [lock(rows[0])]
    for row in rows:
        if not answers_for(by, absent, row.division):
            raise PermissionDenied(_("只有本人或上级可以办理交接"))
        require(
            row.ended_at is None and row.assignee_id == absent.pk, "not_in_hand", _("有的事项已不在他手上，请刷新页面")
        )
        _fits(to, row.division)
    now = clock.now()
    made = []
    for row in rows:
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        case = {name: getattr(row, name) for name in ("object_type", "object_id", "object_label", "division")}
        made.append(Assignment.objects.create(**case, assignee=to, given_by=by, given_at=now, reason=reason.strip()))
        told = {"object_type": row.object_type, "object_id": row.object_id, "from": absent.pk, "to": to.pk}
        record("office.hand_over", made[-1], by=by, reason=reason, data=told)
    return made

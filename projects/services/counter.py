"""Verbs of the counter: an application that came on paper is entered for its owner, from the scan of what was signed (代录).

The paper stands for the owner's two people. Who entered it takes no further step of the office on the case.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from accounts.content import taken_in
from accounts.context import noting, stands_in_for
from accounts.models import Division, Organisation, User
from accounts.scope import Acting, scope
from accounts.services.attachments import keep_paper
from accounts.workflow import PermissionDenied, lock, require, verb
from kernel import clock
from projects.models import CounterEntry, Project
from projects.models.projects import ENTERED_BY_ANOTHER
from projects.services.applications import arrive, begun, changes, complete
from projects.states import PROJECT_EDITABLE, ProjectState


class Signed(NamedTuple):
    """A paper: name and content of its scan, who signed it, on which day."""

    scan: tuple[str, bytes] | None
    signed_by: str
    signed_on: date


@verb("projects.enter_for_owner")
def enter_for_owner(owner: Organisation, *, paper: Signed, by: User, reason: str = "", **fields: Any) -> Project:
    """Enter an application that an organisation brought on paper; it is before the office at once.

    ``fields`` are those of ``applications.FIELDS``. Raises RuleViolation ``no_scan``, ``not_signed``, a gate of ``submit`` or a
    rule of the table, PermissionDenied for a place outside the officer's division.
    """
    _inside(by, "projects.enter_for_owner", fields.get("division"))
    _checked(paper)
    project = lock(begun(owner, fields))
    _arrive(project, paper, by=by, reason=reason)
    return project


@verb("projects.correct_for_owner")
def correct_for_owner(project: Project, *, paper: Signed, by: User, reason: str = "", **fields: Any) -> Project:
    """Enter what an owner corrected on paper; the event keeps old and new values.

    Raises RuleViolation ``wrong_state`` unless a correction was asked for, else as ``enter_for_owner`` does.
    """
    project = lock(project)
    _inside(by, "projects.correct_for_owner", fields.get("division"))
    said = _("只有待补正的申请能代录补正，现在是“%s”") % project.get_state_display()
    require(project.state == ProjectState.CORRECTION, "wrong_state", said)
    _checked(paper)
    _arrive(project, paper, by=by, reason=reason, changed=changes(project, fields))
    return project


def apart(project: Project, *, by: User) -> None:
    """Refuse who entered the case from paper, and who stands in for that officer. Raises RuleViolation ``same_person``."""
    absent = stands_in_for(by)
    now = {by.pk, absent.pk if absent is not None else None} - {None}
    entered = {pk for pair in project.counter_entries.values_list("entered_by", "entered_for") for pk in pair}
    require(not now & entered, "same_person", ENTERED_BY_ANOTHER)


def _inside(by: User, name: str, division: Division | None) -> None:
    if division is not None and not scope(Acting(by, name)).covers(division):
        raise PermissionDenied(_("这件事不在您的辖区范围内"))


def _checked(paper: Signed) -> None:
    require(paper.scan is not None, "no_scan", _("没有申请人签字的原件扫描件，不能代录"))
    signed = paper.signed_by.strip() and paper.signed_on <= clock.today()
    require(signed, "not_signed", _("代录要写明签字人和签字日期，签字日期不能晚于今天"))


def _arrive(
    project: Project, paper: Signed, *, by: User, reason: str, changed: dict[str, list[str]] | None = None
) -> None:
    complete(project)
    scan = keep_paper(taken_in(*paper.scan), by=by) if paper.scan is not None else None
    entry = CounterEntry.objects.create(
        project=project,
        scan=scan,
        signed_by=paper.signed_by.strip(),
        signed_on=paper.signed_on,
        entered_by=by,
        entered_for=stands_in_for(by),
        entered_on=clock.today(),
    )
    said = _("%(who)s于 %(day)s 在纸质申请上签字，按原件扫描件代录") % {"who": entry.signed_by, "day": entry.signed_on}
    with noting(entry=entry.pk, scan=scan.sha256 if scan is not None else "", changed=changed or {}):
        told = f"{said}。{reason.strip()}" if reason.strip() else said
        arrive(project, out_of=PROJECT_EDITABLE, by=by, reason=told, submitted_by=None, confirmed_by=None)

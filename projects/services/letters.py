"""Verbs of letters to other bureaus. While one waits the clock of the case stands still (clarification 17)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts.content import taken_in
from accounts.models import User
from accounts.services.attachments import keep_paper
from accounts.workflow import advance, lock, record, require, verb
from kernel import clock
from office.services.calendar import calendar
from office.services.numbers import next_number
from projects.models import OpinionLetter, Project
from projects.states import LetterState, ProjectState

LONGEST_WORKDAYS = 30


@verb("projects.ask_opinion")
def ask_opinion(
    project: Project, *, addressee: str, question: str, workdays: int, by: User, reason: str = ""
) -> OpinionLetter:
    """Ask another bureau for its opinion on a case in review; the clock of the case stops until the last reply.

    Raises RuleViolation ``not_in_review``, ``no_question``, ``bad_deadline``.
    """
    project, today = lock(project), clock.today()
    require(project.state == ProjectState.ACCEPTED, "not_in_review", _("只有审核中的项目能征求意见"))
    require(addressee.strip() and question.strip(), "no_question", _("请写明征求哪个单位的什么意见"))
    require(0 < workdays <= LONGEST_WORKDAYS, "bad_deadline", _("复函期限是 1 至 %d 个工作日") % LONGEST_WORKDAYS)
    adm6 = project.division.adm6
    letter = OpinionLetter.objects.create(
        number=f"{adm6}-ZX-{today:%Y}-{next_number(f'ZX-{adm6}-{today.year}'):04d}",
        project=project,
        addressee=addressee.strip(),
        question=question.strip(),
        sent_on=today,
        due_on=calendar().add_workdays(today, workdays),
        sent_by=by,
    )
    if project.paused_on is None:
        project.paused_on = today
        project.save(update_fields=["paused_on"])
    said = _("%(who)s：%(what)s") % {"who": letter.addressee, "what": letter.question}
    record("projects.ask_opinion", project, by=by, reason=said, data=_told(letter))
    return letter


@verb("projects.record_opinion")
def record_opinion(
    letter: OpinionLetter, *, reply: str, file: tuple[str, bytes] | None = None, by: User, reason: str = ""
) -> OpinionLetter:
    """Write down a reply, with the paper as name and content. With the last one the clock goes on.

    The due date moves by exactly the working days that the clock stood still. Raises RuleViolation ``no_reply``.
    """
    letter, project = lock(letter, Project(pk=letter.project_id))
    require(reply.strip(), "no_reply", _("请写复函的意见"))
    kept = keep_paper(taken_in(*file), by=by) if file else None
    _end(letter, LetterState.ANSWERED, by=by, reply=reply.strip(), reply_file=kept)
    _go_on(project)
    said = _("%(who)s：%(what)s") % {"who": letter.addressee, "what": letter.reply}
    record("projects.record_opinion", project, by=by, reason=said, data=_told(letter, project))
    return letter


@verb("projects.lapse_opinion")
def lapse_opinion(letter: OpinionLetter, *, by: User, reason: str) -> OpinionLetter:
    """Go on without a reply, from the day after its deadline, with the reason. Raises ``letter_running``, ``no_reason``."""
    letter, project = lock(letter, Project(pk=letter.project_id))
    require(reason.strip(), "no_reason", _("请写明为什么不再等复函"))
    require(clock.today() > letter.due_on, "letter_running", _("复函期限到 %s，次日起才能按逾期处理") % letter.due_on)
    _end(letter, LetterState.LAPSED, by=by, reason=reason)
    _go_on(project)
    record("projects.lapse_opinion", project, by=by, reason=reason, data=_told(letter, project))
    return letter


def _end(letter: OpinionLetter, to: LetterState, *, by: User, reason: str = "", **fields: Any) -> None:
    advance(letter, to, by=by, reason=reason, ended_on=clock.today(), ended_by=by, **fields)


def _go_on(project: Project) -> None:
    """Let the clock go on when no letter waits any more; a case that ended meanwhile has no clock."""
    if project.paused_on is None or project.letters.waiting().exists():
        return
    days = calendar()
    stood = days.workdays_between(project.paused_on, clock.today())
    project.paused_on, project.paused_workdays = None, project.paused_workdays + stood
    if project.due_on is not None:
        project.due_on = days.add_workdays(project.due_on, stood)
    project.save(update_fields=["paused_on", "paused_workdays", "due_on"])


def _told(letter: OpinionLetter, project: Project | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {"letter": letter.number}
    if project is not None:
        told["resumed"] = project.paused_on is None
    return told

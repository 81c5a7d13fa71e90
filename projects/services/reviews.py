"""Verbs of the bureau on an application: accept, review, notice, register, revoke."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import advance, lock, require, verb
from certificates.models import Certificate
from certificates.services.certificates import award, revoke_for
from kernel import clock, identifiers
from office.models import Notice
from office.services.calendar import calendar
from office.services.notices import publish, settle
from office.services.numbers import next_number
from office.services.objections import holding
from office.services.signoffs import signed_off
from projects.models import Project
from projects.services import published
from projects.services.counter import apart
from projects.services.decisions import Grounds, decide, drafted
from projects.states import ProjectState

CONTACT = "业务咨询 0990-1234-5678（工作日 9:00—17:30）"


@verb("projects.accept")
def accept(project: Project, *, by: User, reason: str = "") -> Project:
    """Accept a complete application; it gets its acceptance number and the clock for the review starts.

    Raises RuleViolation ``same_person`` when the officer who entered it from paper accepts.
    """
    project = lock(project)
    apart(project, by=by)
    today, adm6 = clock.today(), project.division.adm6
    advance(
        project,
        ProjectState.ACCEPTED,
        by=by,
        reason=reason,
        accepted_by=by,
        accepted_at=clock.now(),
        due_on=calendar().add_workdays(today, project.profile.review_workdays),
        acceptance_no=identifiers.acceptance_no(adm6, today, next_number(f"SL-{adm6}-{today:%Y%m%d}")),
    )
    return project


@verb("projects.ask_correction")
def ask_correction(project: Project, *, by: User, reason: str) -> Project:
    """Tell the owner once and completely what to correct; the clock stops until the application comes back."""
    return _with_reason(project, ProjectState.CORRECTION, by=by, reason=reason, due_on=None)


@verb("projects.refuse_acceptance")
def refuse_acceptance(project: Project, *, by: User, reason: str, grounds: Grounds | None = None) -> Project:
    """Do not accept, by a decision: ``reason`` has the facts, ``grounds`` article and service. Raises as ``decide`` does."""
    return _against(project, ProjectState.NOT_ACCEPTED, by=by, reason=reason, grounds=grounds)


@verb("projects.reject")
def reject(project: Project, *, by: User, reason: str, grounds: Grounds | None = None) -> Project:
    """Reject after review, or after an objection to the notice was upheld, by a decision.

    Raises RuleViolation ``objection_open`` while one is not answered, ``no_upheld_objection`` when the notice stands.
    """
    project, notice = _with_notice(project)
    signed_off(project, project.profile, "projects.reject")
    if notice is not None and project.state == ProjectState.PUBLIC_NOTICE:
        _answered(notice)
        said = _("公示期间没有成立的异议，不能改为不通过")
        require(notice.objections.upheld().exists(), "no_upheld_objection", said)
        settle(notice)
    _replied(project)
    return _against(project, ProjectState.REJECTED, by=by, reason=reason, grounds=grounds)


def _against(project: Project, to: str, *, by: User, reason: str, grounds: Grounds | None) -> Project:
    project = _with_reason(project, to, by=by, reason=reason, due_on=None)
    name = {
        ProjectState.NOT_ACCEPTED: "refuse_acceptance",
        ProjectState.REJECTED: "reject",
        ProjectState.REVOKED: "revoke",
    }
    grounds = grounds or drafted(project, f"projects.{name[ProjectState(to)]}")
    decide(project, facts=reason, grounds=grounds, by=by)
    return project


def _with_reason(project: Project, to: str, *, by: User, reason: str, **fields: Any) -> Project:
    project = lock(project)
    apart(project, by=by)
    require(bool(reason.strip()), "no_reason", _("请写明理由，申请人会看到原文"))
    advance(project, to, by=by, reason=reason, **fields)
    return project


@verb("projects.approve")
def approve(project: Project, *, by: User, reason: str = "") -> Project:
    """Approve and put the result on public notice for the profile's working days.

    Raises RuleViolation ``same_person`` when the officer who accepted approves, ``opinion_waiting`` while a letter is out.
    """
    project = lock(project)
    signed_off(project, project.profile, "projects.approve")
    require(by.pk != project.accepted_by_id, "same_person", _("受理的人不能审核，请另一位人员办理"))
    apart(project, by=by)
    _replied(project)
    notice = publish(
        title=published.notice_title(project),
        text=published.notice_text(project),
        division=project.division,
        workdays=project.profile.notice_workdays,
        contact=CONTACT,
        by=by,
        papers=[published.application_paper(project, by=by)],
    )
    advance(
        project, ProjectState.PUBLIC_NOTICE, by=by, reason=reason, approved_by=by, notice=notice, due_on=notice.ends_on
    )
    return project


@verb("projects.register")
def register(project: Project, *, by: User, reason: str = "") -> Project:
    """Register after the notice has ended: project number, certificate.

    Raises RuleViolation ``notice_running`` until the day after the last day, ``objection_open`` while an objection is not answered,
    ``objection_upheld`` when one was found right, ``same_person`` when the reviewer registers.
    """
    project, notice = _with_notice(project)
    signed_off(project, project.profile, "projects.register")
    require(by.pk != project.approved_by_id, "same_person", _("审核的人不能登记，请第二位人员办理"))
    apart(project, by=by)
    if notice is not None:
        require(notice.is_over, "notice_running", _("公示到 %s 结束，次日起才能登记") % notice.ends_on)
        _answered(notice)
        upheld = notice.objections.upheld().first()
        require(upheld is None, "objection_upheld", _("异议 %s 成立，不能登记，请审核人员按处理结果办理") % upheld)
    adm6 = project.division.adm6
    project_no = identifiers.project_no(adm6, clock.today().year, next_number(f"PHC-{adm6}"))
    advance(
        project,
        ProjectState.REGISTERED,
        by=by,
        reason=reason,
        registered_by=by,
        registered_at=clock.now(),
        project_no=project_no,
        due_on=None,
    )
    if notice is not None:
        settle(notice)
    award(
        Certificate.Kind.REGISTRATION,
        division=project.division,
        holder_name=project.owner.name,
        snapshot=_facts(project),
        subject=project,
        by=by,
    )
    return project


def _replied(project: Project) -> None:
    waiting = project.letters.waiting().order_by("pk").first()
    said = _("征求意见函 %s 还没有复函，复函或逾期处理后再审核") % waiting
    require(waiting is None, "opinion_waiting", said)


def _answered(notice: Notice) -> None:
    waiting = holding(notice)
    require(waiting is None, "objection_open", _("异议 %s 还没有答复，答复后才能办下一步") % waiting)


def _with_notice(project: Project) -> tuple[Project, Notice | None]:
    """Lock a project and its notice, so that nobody objects or extends while the next step is taken."""
    if project.notice_id is None:
        return lock(project), None
    locked, notice = lock(project, Notice(pk=project.notice_id))
    return locked, notice


def _facts(project: Project) -> dict[str, Any]:
    metered = {"capacity_kw": str(published.kilowatts(project))} if project.scene is None else {}
    return metered | {
        "project_no": project.project_no,
        "project_name": project.name,
        "owner_uscc": project.owner.uscc,
        "method": str(project.method),
        "crediting_from": project.crediting_from.isoformat(),
        "crediting_to": project.crediting_to.isoformat(),
        "registered_on": clock.today().isoformat(),
    }


@verb("projects.revoke")
def revoke(project: Project, *, by: User, reason: str, grounds: Grounds | None = None) -> Project:
    """Revoke a registration by decision; its certificate is revoked with it. Units are dealt with by the registry's verbs."""
    project = _against(project, ProjectState.REVOKED, by=by, reason=reason, grounds=grounds)
    revoke_for(project, by=by, reason=reason)
    return project

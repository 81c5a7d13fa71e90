"""Whose turn a case is, how many working days are left, what the visitor may do now, and what comes next."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Set
from datetime import date
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organisation, User
from accounts.roles import VERBS
from kernel import clock
from kernel.workdays import Calendar
from office.services.calendar import calendar, lost_days
from projects.models import MonitoringPeriod, Project
from projects.states import PeriodState, ProjectState

Words = str | Promise
Verbs = Mapping[int, Set[str]]


class Action(NamedTuple):
    """A button: the verb it needs, its words, its address by name; ``posts`` at once or opens a page first."""

    verb: str
    words: Words
    url_name: str
    posts: bool = True
    style: str = ""


def offered(buttons: Iterable[Action]) -> dict[str, Any]:
    """Return what a row's page says of its buttons: those of the turn, those one may press besides, and the key of a press."""
    buttons = list(buttons)
    return {
        "actions": [action for action in buttons if action.style != "plain"],
        "asides": [action for action in buttons if action.style == "plain"],
        "key": uuid.uuid4().hex,
    }


class Limit(NamedTuple):
    """A running time limit in working days: day ``spent`` of ``total``, to be done by ``due_on``."""

    spent: int
    total: int
    due_on: date
    provisional: bool
    paused_on: date | None = None

    @property
    def tone(self) -> str:
        """Pine to 60 %, amber from there, red on the last day and after; dashed while the clock stands still."""
        if self.paused_on is not None:
            return "paused"
        if self.spent >= self.total:
            return "over"
        return "near" if self.spent * 10 >= self.total * 6 else ""


_P, _R = ProjectState, PeriodState
_MAKER, _CHECKER = gettext_lazy("贵单位 发起代表"), gettext_lazy("贵单位 确认代表")
_NOBODY = gettext_lazy("办完了")

PROJECT_TURNS: dict[str, Words] = {
    _P.DRAFT: _MAKER,
    _P.CONFIRMING: _CHECKER,
    _P.SUBMITTED: gettext_lazy("主管部门 受理"),
    _P.CORRECTION: _MAKER,
    _P.ACCEPTED: gettext_lazy("主管部门 审核"),
    _P.PUBLIC_NOTICE: gettext_lazy("公示，结束后主管部门登记"),
}
PERIOD_TURNS: dict[str, Words] = {
    _R.DRAFT: _MAKER,
    _R.VERIFYING: gettext_lazy("核证机构"),
    _R.RECTIFY: _MAKER,
    _R.VERIFIED: _MAKER,
    _R.CONFIRMING: _CHECKER,
    _R.APPLIED: gettext_lazy("主管部门 审核签发申请"),
    _R.APPROVED: gettext_lazy("登记人员 签发"),
}

_EDIT = Action("projects.edit", gettext_lazy("修改申请"), "project-edit", posts=False, style="quiet")
_WITHDRAW = Action("projects.withdraw", gettext_lazy("撤回申请"), "project-withdraw", posts=False, style="plain")
_SUBMIT = Action("projects.submit", gettext_lazy("提交，请确认代表确认"), "project-submit")
PROJECT_ACTIONS: dict[str, tuple[Action, ...]] = {
    _P.DRAFT: (_SUBMIT, _EDIT, _WITHDRAW),
    _P.CORRECTION: (_SUBMIT._replace(words=gettext_lazy("提交补正，请确认代表确认")), _EDIT, _WITHDRAW),
    _P.CONFIRMING: (
        Action("projects.confirm", gettext_lazy("确认提交"), "project-confirm"),
        Action("projects.send_back", gettext_lazy("退回发起代表"), "project-send-back", posts=False, style="quiet"),
        _WITHDRAW,
    ),
    _P.SUBMITTED: (_WITHDRAW,),
    _P.ACCEPTED: (_WITHDRAW,),
    _P.REGISTERED: (Action("projects.open_period", gettext_lazy("申报一个核算期"), "period-new", posts=False),),
}
# A registered project waits for nobody; a scene's project claims what was gathered for it.
_FROM_CLAIM = Action("projects.open_claim_period", gettext_lazy("用归集批次申报"), "claim-period-new", posts=False)
OPENING = {"projects.open_period", "projects.open_claim_period"}
PERIOD_ACTIONS: dict[str, tuple[Action, ...]] = {
    _R.VERIFIED: (Action("projects.apply_issue", gettext_lazy("申请签发，请确认代表确认"), "period-apply"),),
    _R.CONFIRMING: (Action("projects.confirm_issue", gettext_lazy("确认申请签发"), "period-confirm"),),
}


def verbs_of(user: User) -> Verbs:
    """Return the verbs a person may call now, by the key of the organisation they are for; one query for a whole list."""
    verbs: dict[int, set[str]] = {}
    for key, role in user.grants_now().exclude(organisation=None).values_list("organisation", "role"):
        verbs.setdefault(key, set()).update(VERBS[role])
    return verbs


def verbs_in(user: User, organisation: Organisation | None) -> Set[str]:
    """Return the verbs a person may call for one organisation now."""
    return frozenset() if organisation is None else verbs_of(user).get(organisation.pk, frozenset())


def project_actions(project: Project, verbs: Verbs) -> list[Action]:
    """Return the buttons that the verbs of a person give on a project now."""
    mine = verbs.get(project.owner_id, ())
    actions = PROJECT_ACTIONS.get(project.state, ())
    if project.scene_id is not None and project.state == _P.REGISTERED:
        actions = (_FROM_CLAIM,)
    return [action for action in actions if action.verb in mine]


def period_actions(period: MonitoringPeriod, verbs: Verbs) -> list[Action]:
    """Return the buttons that the verbs of a person give on a monitored period now, as its owner's representative."""
    mine = verbs.get(period.project.owner_id, ())
    return [action for action in PERIOD_ACTIONS.get(period.state, ()) if action.verb in mine]


def mine(actions: list[Action]) -> bool:
    """Tell whether the case waits for the person: a main button is there. A registered project waits for nobody."""
    return any(action.style == "" and action.verb not in OPENING for action in actions)


def turn(case: Project | MonitoringPeriod) -> Words:
    """Return who has the case."""
    turns = PROJECT_TURNS if isinstance(case, Project) else PERIOD_TURNS
    return turns.get(case.state, _NOBODY)


class Calendars(NamedTuple):
    """The working days of the office, and those of notices, on which the site could be read too."""

    office: Calendar
    notices: Calendar


def calendars() -> Calendars:
    """Return both calendars as they are now."""
    office = calendar()
    return Calendars(office, office.without(lost_days()))


def limit(project: Project, known: Calendars | None = None) -> Limit | None:
    """Return the running time limit of the office or of the notice; the start day is not counted.

    ``known`` are the calendars of whoever asks for many projects.
    """
    starts: dict[str, date | None] = {
        _P.SUBMITTED: clock.local(project.submitted_at).date() if project.submitted_at else None,
        _P.ACCEPTED: clock.local(project.accepted_at).date() if project.accepted_at else None,
        _P.PUBLIC_NOTICE: project.notice.starts_on if project.notice else None,
    }
    start, due_on = starts.get(project.state), project.due_on
    if not start or due_on is None:
        return None
    known = known or calendars()
    days = known.office
    if project.state == _P.PUBLIC_NOTICE and project.notice is not None:
        due_on, days = project.notice.ends_on, known.notices
    reviewed = project.state == _P.ACCEPTED
    paused_on, stood = (project.paused_on, project.paused_workdays) if reviewed else (None, 0)
    spent = max(days.workdays_between(start, paused_on or clock.today()) - stood, 0)
    total = days.workdays_between(start, due_on) - stood
    return Limit(spent, total, due_on, days.provisional(due_on), paused_on)


class Stage(NamedTuple):
    """A stage ahead: its name, what happens, by when it is expected."""

    title: Words
    text: str
    until: date | None
    provisional: bool


def ahead(project: Project) -> list[Stage]:
    """Return the stages still ahead of a project; dates are computed from the running limit, working days only."""
    order: tuple[ProjectState, ...] = (_P.CONFIRMING, _P.SUBMITTED, _P.ACCEPTED, _P.PUBLIC_NOTICE, _P.REGISTERED)
    if project.state in (_P.DRAFT, _P.CORRECTION):
        left = order
    elif project.state in order:
        left = order[order.index(_P(project.state)) + 1 :]
    else:
        return []
    days, until = calendar(), None if project.paused_on else project.due_on
    stages = []
    for state in left:
        title, text, workdays = _stage(project, state)
        until = days.add_workdays(until, workdays) if until else None
        stages.append(Stage(title, text, until, bool(until and days.provisional(until))))
    return stages


def _stage(project: Project, state: ProjectState) -> tuple[str, str, int]:
    profile = project.profile
    within = _("%d 个工作日内")
    return {
        _P.CONFIRMING: (_("确认代表确认"), _("由贵单位的另一个人核对后确认"), 0),
        _P.SUBMITTED: (_("受理"), within % profile.acceptance_workdays, profile.acceptance_workdays),
        _P.ACCEPTED: (_("审核"), within % profile.review_workdays, profile.review_workdays),
        _P.PUBLIC_NOTICE: (_("结果公示"), _("%d 个工作日") % profile.notice_workdays, profile.notice_workdays),
        _P.REGISTERED: (_("登记"), _("公示结束次日起，得到项目编号和登记证书"), 1),
    }[state]


def steps(period: MonitoringPeriod) -> list[tuple[Any, str]]:
    """Return the steps of a period with ``done``, ``now`` or nothing."""
    order = [_R.DRAFT, _R.VERIFYING, _R.VERIFIED, _R.CONFIRMING, _R.APPLIED, _R.APPROVED, _R.ISSUED]
    words = [_("数据和报告"), _("核证"), _("申请签发"), _("确认代表确认"), _("审核"), _("签发确认"), _("已签发")]
    at = 0 if period.state == _R.RECTIFY else order.index(PeriodState(period.state))
    finished = period.state == _R.ISSUED
    return [
        (word, "done" if place < at or finished else "now" if place == at else "") for place, word in enumerate(words)
    ]

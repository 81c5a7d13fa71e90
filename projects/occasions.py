"""What owners, verifiers and officers are told of applications and periods."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Event, User
from accounts.roles import Role
from kernel import clock
from office.announcing import BY_EMAIL, Occasion, desk_link, people_of, with_deputies
from office.models import Assignment, Objection
from office.services.calendar import calendar
from projects.models import MonitoringPeriod, OpinionLetter, Project

CORRECTION_WORKDAYS = 10  # what an owner has to correct an application (domain §1.4.3, P3; a length of our own)
_PROJECT, _PERIOD = "projects.project", "projects.monitoringperiod"
_OF_PROJECT = {"name": "城北仓库屋顶光伏项目"}
_OF_PERIOD = {"name": "城北仓库屋顶光伏项目", "from_on": date(2026, 1, 1), "to_on": date(2026, 9, 30)}


def _facts(event: Event, row: Project) -> dict[str, Any]:
    return {"name": row.name, "said": event.reason}


def _page(_event: Event, row: Project) -> str:
    return reverse("project-case", args=[row.pk])


def _owner(_event: Event, row: Project) -> list[User]:
    return people_of(row.owner_id)


def _makers(_event: Event, row: Project) -> list[User]:
    return people_of(row.owner_id, Role.MAKER)


def _checkers(_event: Event, row: Project) -> list[User]:
    return people_of(row.owner_id, Role.CHECKER)


def _correct_by(_event: Event, _row: Project) -> date:
    return calendar().add_workdays(clock.today(), CORRECTION_WORKDAYS)


def _on_notice(_event: Event, row: Project) -> dict[str, Any]:
    return {"name": row.name, "ends_on": row.notice.ends_on if row.notice else row.due_on}


def _objected(_event: Event, row: Objection) -> Project | None:
    return Project.objects.filter(notice=row.notice_id).first()


def _letter(event: Event) -> OpinionLetter | None:
    return OpinionLetter.objects.select_related("sent_by").filter(number=event.data.get("letter")).first()


def _asked(event: Event, row: Project) -> list[User]:
    letter = _letter(event)
    hand = Assignment.objects.open().filter(object_type=_PROJECT, object_id=row.pk).select_related("assignee").first()
    return with_deputies([letter.sent_by if letter else None, hand.assignee if hand else None])


def _replied(event: Event, row: Project) -> dict[str, Any]:
    letter = _letter(event)
    return {"name": row.name, "who": letter.addressee if letter else ""}


def _period(event: Event, row: MonitoringPeriod) -> dict[str, Any]:
    return {"name": row.project.name, "from_on": row.starts_on, "to_on": row.ends_on, "said": event.reason}


def _period_page(_event: Event, row: MonitoringPeriod) -> str:
    return reverse("period", args=[row.pk])


def _period_makers(_event: Event, row: MonitoringPeriod) -> list[User]:
    return people_of(row.project.owner_id, Role.MAKER)


OF_PROJECTS = (
    Occasion(
        code="projects.to_confirm",
        of=_PROJECT,
        states=("CONFIRMING",),
        who=_checkers,
        facts=_facts,
        link=_page,
        action=True,
        subject=_("请确认申请：%(name)s"),
        text=_("发起代表提交了“%(name)s”的申请，请您核对并确认；确认后才送达主管部门。"),
        sms=_("“%(name)s”的申请等您确认，请登录办理。"),
        example=_OF_PROJECT,
    ),
    Occasion(
        code="projects.sent_back",
        of=_PROJECT,
        verbs=("projects.send_back",),
        who=_makers,
        facts=_facts,
        link=_page,
        action=True,
        channels=BY_EMAIL,
        subject=_("申请退回修改：%(name)s"),
        text=_("确认代表退回了“%(name)s”的申请：%(said)s。请修改后再提交。"),
        example=_OF_PROJECT | {"said": "装机容量与并网验收单不符"},
    ),
    Occasion(
        code="projects.accepted",
        of=_PROJECT,
        states=("ACCEPTED",),
        who=_owner,
        facts=lambda _event, row: {"name": row.name, "number": row.acceptance_no, "due_on": row.due_on},
        link=_page,
        necessary=True,
        subject=_("申请已受理：%(name)s"),
        text=_("“%(name)s”的申请已受理，受理号 %(number)s，审核期限 %(due_on)s。"),
        sms=_("“%(name)s”的申请已受理，受理号%(number)s。"),
        example=_OF_PROJECT | {"number": "990100-SL-20261125-0007", "due_on": date(2026, 12, 9)},
    ),
    Occasion(
        code="projects.correction",
        of=_PROJECT,
        states=("CORRECTION",),
        who=_owner,
        facts=lambda event, row: _facts(event, row) | {"due_on": _correct_by(event, row)},
        link=_page,
        due=_correct_by,
        action=True,
        subject=_("申请要补正：%(name)s"),
        text=_("“%(name)s”的申请需要补正：%(said)s。请在 %(due_on)s前补正并重新提交。"),
        sms=_("“%(name)s”的申请需要补正，请在%(due_on)s前登录办理。"),
        example=_OF_PROJECT | {"said": "缺并网验收单", "due_on": date(2026, 12, 9)},
    ),
    Occasion(
        code="projects.refused",
        of=_PROJECT,
        states=("NOT_ACCEPTED", "REJECTED", "REVOKED"),
        who=_owner,
        facts=lambda _event, row: {"name": row.name, "state": row.get_state_display()},
        link=_page,
        necessary=True,
        subject=_("%(name)s：%(state)s"),
        text=_("“%(name)s”：%(state)s。决定书写明了事实、依据和救济途径，请登录查看并下载。"),
        sms=_("“%(name)s”：%(state)s，决定书请登录查看。"),
        example=_OF_PROJECT | {"state": _("不予受理")},
    ),
    Occasion(
        code="projects.on_notice",
        of=_PROJECT,
        states=("PUBLIC_NOTICE",),
        who=_owner,
        facts=_on_notice,
        link=_page,
        subject=_("开始公示：%(name)s"),
        text=_("“%(name)s”审核通过，公示到 %(ends_on)s；期间有异议的，答复后再登记。"),
        sms=_("“%(name)s”审核通过，公示到%(ends_on)s。"),
        example=_OF_PROJECT | {"ends_on": date(2026, 12, 9)},
    ),
    Occasion(
        code="projects.objected",
        of="office.objection",
        verbs=("office.file_objection",),
        about=_objected,
        who=_owner,
        facts=lambda _event, row: {"name": row.name},
        link=_page,
        necessary=True,
        subject=_("公示收到异议：%(name)s"),
        text=_("对“%(name)s”的公示收到异议，主管部门正在处理，答复前不能登记。需要您说明情况的，会另行联系。"),
        sms=_("对“%(name)s”的公示收到异议，主管部门正在处理。"),
        example=_OF_PROJECT,
    ),
    Occasion(
        code="projects.registered",
        of=_PROJECT,
        states=("REGISTERED",),
        who=_owner,
        facts=lambda _event, row: {"name": row.name, "number": row.project_no},
        link=_page,
        necessary=True,
        subject=_("项目已登记：%(name)s"),
        text=_("“%(name)s”已登记，项目编号 %(number)s，可以开始申报核算期。"),
        sms=_("“%(name)s”已登记，项目编号%(number)s。"),
        example=_OF_PROJECT | {"number": "PHC-990100-2026-00007"},
    ),
    Occasion(
        code="projects.entered",
        of=_PROJECT,
        verbs=("projects.enter_for_owner", "projects.correct_for_owner"),
        who=_owner,
        facts=_facts,
        link=_page,
        necessary=True,
        subject=_("纸质材料已代录：%(name)s"),
        text=_(
            "主管部门按贵单位提交的纸质材料代录了“%(name)s”的申请，扫描件附在申请里。不是贵单位提交的，请立即致电服务热线。"
        ),
        sms=_("按纸质材料代录了“%(name)s”的申请。不是贵单位提交的请致电服务热线。"),
        example=_OF_PROJECT,
    ),
    Occasion(
        code="projects.visit_to_confirm",
        of="projects.sitevisit",
        verbs=("projects.record_visit",),
        who=lambda _event, row: [row.second],
        facts=lambda _event, row: {"name": row.project.name, "who": row.visited_by.full_name},
        link=lambda _event, row: desk_link(row, "projects_visitdeskrow"),
        action=True,
        channels=BY_EMAIL,
        subject=_("请确认现场核实：%(name)s"),
        text=_("%(who)s记录了与您同去“%(name)s”的现场核实，请核对后确认或写明不同意的理由。"),
        example=_OF_PROJECT | {"who": "陈立"},
    ),
    Occasion(
        code="projects.visit_disputed",
        of="projects.sitevisit",
        states=("DISPUTED",),
        who=lambda _event, row: with_deputies([row.visited_by]),
        facts=lambda event, row: {"name": row.project.name, "who": row.second.full_name, "said": event.reason},
        link=lambda _event, row: desk_link(row.project),
        necessary=True,
        channels=BY_EMAIL,
        subject=_("现场核实没有得到确认：%(name)s"),
        text=_("%(who)s不同意“%(name)s”的现场核实记录：%(said)s。"),
        example=_OF_PROJECT | {"who": "周宁", "said": "组件数量记错"},
    ),
    Occasion(
        code="projects.replied",
        of=_PROJECT,
        verbs=("projects.record_opinion",),
        who=_asked,
        facts=_replied,
        link=lambda _event, row: desk_link(row),
        necessary=True,
        channels=BY_EMAIL,
        subject=_("收到复函：%(name)s"),
        text=_("%(who)s对“%(name)s”的征求意见函已复函；没有别的函在外时，时限接着走。"),
        example=_OF_PROJECT | {"who": "青岚市住房和城乡建设局"},
    ),
)
OF_PERIODS = (
    Occasion(
        code="projects.to_verify",
        of=_PERIOD,
        states=("VERIFYING",),
        who=lambda _event, row: people_of(row.verifier_id, Role.VERIFIER),
        facts=_period,
        link=lambda _event, row: reverse("verifier-period", args=[row.pk]),
        action=True,
        subject=_("核算报告待核证：%(name)s"),
        text=_("“%(name)s”%(from_on)s至%(to_on)s的核算报告已提交，请核证。"),
        sms=_("“%(name)s”的核算报告等您核证，请登录办理。"),
        example=_OF_PERIOD,
    ),
    Occasion(
        code="projects.rectify",
        of=_PERIOD,
        states=("RECTIFY",),
        who=_period_makers,
        facts=_period,
        link=_period_page,
        action=True,
        subject=_("核算报告要整改：%(name)s"),
        text=_("核证机构退回了“%(name)s”%(from_on)s至%(to_on)s的核算报告：%(said)s。请整改后再提交。"),
        sms=_("“%(name)s”的核算报告需要整改，请登录办理。"),
        example=_OF_PERIOD | {"said": "三月读数与结算单不符"},
    ),
    Occasion(
        code="projects.verified",
        of=_PERIOD,
        verbs=("projects.verify",),
        who=_period_makers,
        facts=_period,
        link=_period_page,
        subject=_("核证通过：%(name)s"),
        text=_("“%(name)s”%(from_on)s至%(to_on)s的减排量已核证，可以申请签发。"),
        sms=_("“%(name)s”的减排量已核证，可以申请签发。"),
        example=_OF_PERIOD,
    ),
    Occasion(
        code="projects.issue_to_confirm",
        of=_PERIOD,
        states=("CONFIRMING",),
        who=lambda _event, row: people_of(row.project.owner_id, Role.CHECKER),
        facts=_period,
        link=_period_page,
        action=True,
        subject=_("请确认签发申请：%(name)s"),
        text=_("发起代表申请签发“%(name)s”%(from_on)s至%(to_on)s的减排量，请您核对并确认。"),
        sms=_("“%(name)s”的签发申请等您确认，请登录办理。"),
        example=_OF_PERIOD,
    ),
    Occasion(
        code="projects.issue_returned",
        of=_PERIOD,
        verbs=("projects.return_issue",),
        who=_period_makers,
        facts=_period,
        link=_period_page,
        action=True,
        subject=_("签发申请退回：%(name)s"),
        text=_("“%(name)s”%(from_on)s至%(to_on)s的签发申请被退回：%(said)s。请按意见办理后重新申请。"),
        sms=_("“%(name)s”的签发申请被退回，请登录办理。"),
        example=_OF_PERIOD | {"said": "核证报告缺签章页"},
    ),
    Occasion(
        code="projects.issued",
        of=_PERIOD,
        states=("ISSUED",),
        who=lambda _event, row: people_of(row.project.owner_id),
        facts=lambda event, row: _period(event, row) | {"tonnes": row.issued_t},
        link=_period_page,
        necessary=True,
        subject=_("已签发 %(tonnes)s 吨：%(name)s"),
        text=_("“%(name)s”%(from_on)s至%(to_on)s签发减排量 %(tonnes)s 吨，已记入贵单位的持有账户。"),
        sms=_("“%(name)s”签发减排量%(tonnes)s吨，已入账。"),
        example=_OF_PERIOD | {"tonnes": 722},
    ),
)
OCCASIONS = OF_PROJECTS + OF_PERIODS

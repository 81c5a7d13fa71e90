"""What people are told of by this app and the one below it: officers about each other's steps, anybody about his own log-in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.apps import apps
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Deputy, Event, User
from office.announcing import ANY, BY_EMAIL, HERE_ONLY, Occasion, desk_link, officers, with_deputies
from office.models import Assignment, ExportJob, Objection, SignOff

_DAY = date(2026, 12, 9)
_CASE = {"name": "城北仓库屋顶光伏项目"}
_OBJECTION = {"number": "990100-YY-2026-0003", "notice": "关于“城北仓库屋顶光伏项目”拟予登记的公示", "day": _DAY}


def _named(_event: Event, row: Any) -> dict[str, Any]:
    return {"name": str(row)}


def _given_to(event: Event, _row: Any) -> list[User]:
    return list(User.objects.filter(pk=event.data.get("to"), is_active=True))


def _case(event: Event, row: Any) -> Any:
    """The case itself, also where the event is about who has it in hand."""
    if not isinstance(row, Assignment):
        return row
    return apps.get_model(event.data["object_type"])._base_manager.filter(pk=event.data["object_id"]).first()


def _security(_event: Event | None, _row: Any) -> str:
    return reverse("usersessions_list")


def _my_work(_event: Event | None, _row: Any) -> str:
    return reverse("admin:index")


def _sign_off_desk(_event: Event, row: SignOff) -> str:
    return desk_link(row, "office_signoffdeskrow")


def _drafted(event: Event, _row: Any) -> SignOff | None:
    return SignOff.objects.select_related("division").filter(pk=event.data.get("sign_off")).first()


def _reviewers(_event: Event, row: SignOff) -> list[User]:
    took_part = {row.drafted_by_id, row.drafted_for_id}
    return [one for one in officers(row.division, "office.review_sign_off") if one.pk not in took_part]


def _signers(_event: Event, row: SignOff) -> list[User]:
    took_part = {row.drafted_by_id, row.drafted_for_id, row.reviewed_by_id, row.reviewed_for_id}
    return [one for one in officers(row.division, "office.sign_off") if one.pk not in took_part]


def _objection(_event: Event, row: Objection) -> dict[str, Any]:
    return {"number": row.number, "notice": row.notice.title, "day": row.due_on}


def _not_the_publisher(_event: Event, row: Objection) -> list[User]:
    able = officers(row.notice.division, "office.accept_objection")
    return [one for one in able if one.pk != row.notice.published_by_id]


def _deputy(_event: Event, row: Deputy) -> dict[str, Any]:
    return {"absent": row.absent.full_name, "deputy": row.deputy.full_name, "from_on": row.from_on, "to_on": row.to_on}


def _key(_event: Event, row: ApiKey) -> dict[str, Any]:
    return {"key": row.key_id, "organisation": row.organisation.name}


def _follow(_event: Event, _row: Objection) -> str:
    return reverse("objection-follow")


def _export(event: Event, row: ExportJob) -> dict[str, Any]:
    return {"name": str(row), "rows": row.rows_done, "said": event.reason}


def _export_page(_event: Event | None, row: ExportJob) -> str:
    return reverse("admin:office_exportjob_change", args=[row.pk]) if row.desk else reverse("audit-exports")


OCCASIONS = (
    Occasion(
        code="office.export_ready",
        of="office.exportjob",
        states=("READY",),
        who=lambda _event, row: [row.asked_by],
        facts=_export,
        link=_export_page,
        channels=HERE_ONLY,
        subject=_("导出已生成：%(name)s"),
        text=_("“%(name)s”的导出已生成，共 %(rows)s 行，可以下载。"),
        example={"name": "单位", "rows": 1200, "said": ""},
    ),
    Occasion(
        code="office.export_failed",
        of="office.exportjob",
        states=("FAILED",),
        who=lambda _event, row: [row.asked_by],
        facts=_export,
        link=_export_page,
        channels=HERE_ONLY,
        subject=_("导出没有生成：%(name)s"),
        text=_("“%(name)s”的导出没有生成：%(said)s。处理以后可以重试。"),
        example={"name": "单位", "rows": 0, "said": "您现在没有导出的权限"},
    ),
    Occasion(
        code="office.assigned",
        of=ANY,
        verbs=("office.assign", "office.hand_over"),
        about=_case,
        who=_given_to,
        facts=_named,
        link=lambda _event, row: desk_link(row),
        action=True,
        channels=BY_EMAIL,
        subject=_("有一件分派给了您：%(name)s"),
        text=_("“%(name)s”分派给您承办，在“我的工作”里可以看到时限。"),
        example=_CASE,
    ),
    Occasion(
        code="office.to_review",
        of=ANY,
        verbs=("office.draft_sign_off",),
        about=_drafted,
        who=_reviewers,
        facts=_named,
        link=_sign_off_desk,
        action=True,
        channels=BY_EMAIL,
        subject=_("签批单待审核：%(name)s"),
        text=_("“%(name)s”的签批单已经拟好，等您审核。"),
        example=_CASE,
    ),
    Occasion(
        code="office.to_sign",
        of="office.signoff",
        states=("REVIEWED",),
        who=_signers,
        facts=_named,
        link=_sign_off_desk,
        action=True,
        channels=BY_EMAIL,
        subject=_("签批单待签发：%(name)s"),
        text=_("“%(name)s”的签批单已经审核，等您签发。"),
        example=_CASE,
    ),
    Occasion(
        code="office.draft_sent_back",
        of="office.signoff",
        states=("SENT_BACK",),
        who=lambda _event, row: with_deputies([row.drafted_by]),
        facts=lambda _event, row: {"name": str(row), "said": row.sent_back},
        link=_my_work,
        necessary=True,
        channels=BY_EMAIL,
        subject=_("签批单退回：%(name)s"),
        text=_("您经办的“%(name)s”的签批单被退回，理由：%(said)s。请改好后重新提交。"),
        example=_CASE | {"said": "依据条款写错"},
    ),
    Occasion(
        code="office.objection_filed",
        of="office.objection",
        verbs=("office.file_objection",),
        who=lambda _event, row: with_deputies([row.notice.published_by]),
        facts=_objection,
        link=lambda _event, row: desk_link(row.notice),
        necessary=True,
        channels=BY_EMAIL,
        subject=_("您发布的公示收到异议 %(number)s"),
        text=_(
            "“%(notice)s”收到异议 %(number)s，答复期限 %(day)s。发布公示的人不处理对它的异议，答复前这一件不能办下一步。"
        ),
        example=_OBJECTION,
    ),
    Occasion(
        code="office.objection_to_accept",
        of="office.objection",
        verbs=("office.file_objection",),
        who=_not_the_publisher,
        facts=_objection,
        link=lambda _event, row: desk_link(row, "office_objectiondeskrow"),
        due=lambda _event, row: row.due_on,
        action=True,
        channels=BY_EMAIL,
        subject=_("异议 %(number)s 待受理"),
        text=_("“%(notice)s”收到异议 %(number)s，请在 %(day)s前受理并答复。"),
        example=_OBJECTION,
    ),
    Occasion(
        code="office.objection_answered",
        of="office.objection",
        states=("ANSWERED", "DISMISSED"),
        contact=lambda row: row.contact_sealed,
        facts=_objection,
        link=_follow,
        necessary=True,
        subject=_("您的异议 %(number)s 已有答复"),
        text=_("您对“%(notice)s”提出的异议 %(number)s 已有答复，请用编号和查询码查看。"),
        sms=_("您的异议%(number)s已有答复，请在网站用编号和查询码查看。"),
        example=_OBJECTION,
    ),
    Occasion(
        code="office.objection_extended",
        of="office.objection",
        verbs=("office.extend_objection",),
        contact=lambda row: row.contact_sealed,
        facts=_objection,
        link=_follow,
        necessary=True,
        subject=_("您的异议 %(number)s 延期答复"),
        text=_("您对“%(notice)s”提出的异议 %(number)s 还在调查，答复期限延长到 %(day)s。"),
        sms=_("您的异议%(number)s还在调查，答复期限延长到%(day)s。"),
        example=_OBJECTION,
    ),
    Occasion(
        code="office.digest",
        of=ANY,
        facts=lambda _event, _row: {},
        link=_my_work,
        channels=BY_EMAIL,
        subject=_("今天有 %(waiting)s 件等您办理"),
        text=_("待办 %(waiting)s 件，其中超期 %(overdue)s 件，三个工作日内到期 %(soon)s 件。\n%(first)s"),
        example={"waiting": 3, "overdue": 1, "soon": 1, "first": "城北仓库屋顶光伏项目（受理台）"},
    ),
    Occasion(
        code="accounts.deputy_named",
        of="accounts.deputy",
        verbs=("accounts.name_deputy",),
        who=lambda _event, row: [row.deputy, row.absent],
        facts=_deputy,
        link=_my_work,
        necessary=True,
        channels=BY_EMAIL,
        subject=_("%(deputy)s 代 %(absent)s 办理"),
        text=_("%(from_on)s至%(to_on)s 由 %(deputy)s 代 %(absent)s 办理，事件上会写明代办。"),
        example={"absent": "陈立", "deputy": "周宁", "from_on": date(2026, 12, 1), "to_on": _DAY},
    ),
    Occasion(
        code="accounts.deputy_ended",
        of="accounts.deputy",
        verbs=("accounts.end_deputy",),
        who=lambda _event, row: [row.deputy, row.absent],
        facts=_deputy,
        link=_my_work,
        channels=BY_EMAIL,
        subject=_("%(deputy)s 代 %(absent)s 办理已提前结束"),
        text=_("原定 %(from_on)s至%(to_on)s的代办已提前结束，%(deputy)s 不再代 %(absent)s 办理。"),
        example={"absent": "陈立", "deputy": "周宁", "from_on": date(2026, 12, 1), "to_on": _DAY},
    ),
    Occasion(
        code="accounts.factor_reset",
        of="accounts.user",
        verbs=("accounts.reset_second_factor",),
        who=lambda _event, row: [row],
        facts=_named,
        link=_security,
        necessary=True,
        subject=_("您的第二因素已重置"),
        text=_(
            "您的第二因素（动态验证码）已由管理员重置，下次登录时请重新设置。不是您本人要求的，请立即致电服务热线。"
        ),
        sms=_("您的第二因素已由管理员重置。不是您本人要求的，请立即致电服务热线。"),
        example={"name": "陈立（officer）"},
    ),
    Occasion(
        code="accounts.role_granted",
        of="accounts.user",
        verbs=("accounts.grant_role", "accounts.grant_proposed_role"),
        about=lambda event, row: row if {"role", "place"} <= event.data.keys() and event.data["place"] else None,
        who=lambda _event, row: [row],
        facts=lambda event, _row: {"place": event.data["place"]},
        link=_security,
        necessary=True,
        channels=HERE_ONLY,
        subject=_("您在%(place)s有了新的角色"),
        text=_("您在%(place)s有了新的角色，重新打开页面就能看到可办的事项。不是您的岗位的，请告诉管理员。"),
        example={"place": "青岚屋顶能源有限公司"},
    ),
    Occasion(
        code="accounts.key_issued",
        of="accounts.apikey",
        verbs=("accounts.issue_api_key",),
        who=lambda _event, row: [row.user],
        facts=_key,
        link=_security,
        necessary=True,
        subject=_("签发了以您的名义使用的接口密钥"),
        text=_(
            "%(organisation)s的接口密钥 %(key)s 已签发，用它签名的请求记在您的名下。不是您要求的，请立即告诉管理员停用。"
        ),
        sms=_("已签发以您的名义使用的接口密钥。不是您要求的，请立即告诉管理员停用。"),
        example={"organisation": "青岚骑行科技有限公司", "key": "ak0123456789abcdef"},
    ),
    Occasion(
        code="accounts.key_ended",
        of="accounts.apikey",
        verbs=("accounts.end_api_key",),
        who=lambda _event, row: [row.user],
        facts=_key,
        link=_security,
        necessary=True,
        channels=BY_EMAIL,
        subject=_("接口密钥 %(key)s 已停用"),
        text=_("%(organisation)s的接口密钥 %(key)s 已停用，用它签名的请求不再受理。"),
        example={"organisation": "青岚骑行科技有限公司", "key": "ak0123456789abcdef"},
    ),
)

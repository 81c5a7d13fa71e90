"""What is told of the life of an account: to its organisation's people, and to the registry's officers."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Event, User
from accounts.roles import Role
from office.announcing import HERE_ONLY, Occasion, officers, people_of
from registry.models import AccountRequest, HoldingAccount
from registry.states import OF_A_COURT, RequestKind

_ACCOUNT, _REQUEST = "registry.holdingaccount", "registry.accountrequest"
_OF_ACCOUNT = {"number": "CH990100000012", "name": "青岚屋顶能源有限公司", "said": "营业执照已吊销"}
_OF_REQUEST = {"number": "ZH-20261125-000003", "what": "开户", "name": "青岚屋顶能源有限公司"}


def _account(event: Event, row: HoldingAccount) -> dict[str, Any]:
    return {"number": row.number, "name": row.organisation.name, "said": event.reason}


def _request(event: Event, row: AccountRequest) -> dict[str, Any]:
    return {"number": str(row), "what": row.get_kind_display(), "name": row.organisation.name, "said": event.reason}


def _own_page(_event: Event, _row: Any) -> str:
    return reverse("account")


def _holders(_event: Event, row: HoldingAccount) -> list[User]:
    return people_of(row.organisation_id)


def _askers(_event: Event, row: AccountRequest) -> list[User]:
    return [] if row.kind in OF_A_COURT else people_of(row.organisation_id)


def _opened(event: Event, row: AccountRequest) -> list[User]:
    return _askers(event, row) if row.kind == RequestKind.OPEN else []


def _done(event: Event, row: AccountRequest) -> list[User]:
    return [] if row.kind == RequestKind.OPEN else _askers(event, row)


OCCASIONS = (
    Occasion(
        code="registry.request_to_confirm",
        of=_REQUEST,
        verbs=("registry.apply_account", "registry.apply_change", "registry.apply_restoring", "registry.apply_closing"),
        who=lambda _event, row: people_of(row.organisation_id, Role.CHECKER),
        facts=_request,
        link=_own_page,
        action=True,
        subject=_("请确认账户事项 %(number)s（%(what)s）"),
        text=_("发起代表提交了%(name)s的%(what)s，请您核对并确认，确认后由登记人员审核。"),
        sms=_("%(what)s申请%(number)s等您确认，请登录办理。"),
        example=_OF_REQUEST,
    ),
    Occasion(
        code="registry.account_opened",
        of=_REQUEST,
        states=("APPROVED",),
        who=_opened,
        facts=_request,
        link=_own_page,
        necessary=True,
        subject=_("开户成功：%(name)s"),
        text=_("%(name)s的持有账户已经开立，可以登录查看账户号。"),
        sms=_("%(name)s的持有账户已开立。"),
        example=_OF_REQUEST,
    ),
    Occasion(
        code="registry.request_approved",
        of=_REQUEST,
        states=("APPROVED",),
        who=_done,
        facts=_request,
        link=_own_page,
        necessary=True,
        subject=_("%(what)s已办理（%(number)s）"),
        text=_("%(name)s的%(what)s已审核通过并办理。"),
        sms=_("%(name)s的%(what)s已办理。"),
        example=_OF_REQUEST | {"what": "信息变更"},
    ),
    Occasion(
        code="registry.request_refused",
        of=_REQUEST,
        states=("REFUSED",),
        who=_askers,
        facts=_request,
        link=_own_page,
        necessary=True,
        subject=_("%(what)s没有通过（%(number)s）"),
        text=_("%(name)s的%(what)s没有通过：%(said)s。改好以后可以再申请。"),
        sms=_("%(name)s的%(what)s没有通过，请登录看原因。"),
        example=_OF_REQUEST | {"said": "执照看不清"},
    ),
    Occasion(
        code="registry.account_restricted",
        of=_ACCOUNT,
        states=("RESTRICTED",),
        who=_holders,
        facts=_account,
        link=_own_page,
        necessary=True,
        subject=_("账户 %(number)s 被限制使用"),
        text=_("%(name)s的账户 %(number)s 被限制使用：%(said)s。整改后请在账户页申请恢复。"),
        sms=_("账户%(number)s被限制使用，请登录看原因并申请恢复。"),
        example=_OF_ACCOUNT,
    ),
    Occasion(
        code="registry.account_frozen",
        of=_ACCOUNT,
        states=("FROZEN",),
        who=_holders,
        facts=_account,
        link=_own_page,
        necessary=True,
        subject=_("账户 %(number)s 已被司法冻结"),
        text=_("%(name)s的账户 %(number)s 依法律文书整户冻结，不能转出、交易或注销。有异议请向出具文书的单位提出。"),
        sms=_("账户%(number)s已被司法冻结，请登录查看。"),
        example=_OF_ACCOUNT,
    ),
    Occasion(
        code="registry.licence_expired",
        of=_ACCOUNT,
        verbs=("registry.restrict_expired",),
        who=lambda _event, row: officers(row.organisation.division, "registry.restrict_account"),
        facts=_account,
        link=lambda _event, row: reverse("admin:registry_holdingaccount_change", args=[row.pk]),
        subject=_("执照到期，账户已限制使用：%(name)s"),
        text=_("%(name)s的账户 %(number)s 因%(said)s，系统已限制使用并通知单位。"),
        sms=_("%(name)s的执照到期，账户%(number)s已限制使用。"),
        example=_OF_ACCOUNT | {"said": "执照有效期至 2026-11-24，已过期"},
    ),
    Occasion(
        code="registry.look_due",
        of=_ACCOUNT,
        facts=lambda _event, row: {"number": row.number, "name": row.organisation.name, "day": row.checked_on},
        link=lambda _event, row: reverse("admin:registry_accountdeskrow_change", args=[row.pk]),
        channels=HERE_ONLY,
        subject=_("账户 %(number)s 已满一年没有核查"),
        text=_("%(name)s的账户 %(number)s 上次核查是 %(day)s，请在账户核查台核对执照和资料；有问题的限制使用。"),
        example={"number": "CH990100000012", "name": "青岚屋顶能源有限公司", "day": date(2025, 11, 25)},
    ),
)

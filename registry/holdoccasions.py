"""What holders, creditors and officers are told of freezes, cases of fraud, pledges and passings without a sale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Event, Organisation, User
from accounts.roles import Role
from office.announcing import Occasion, desk_link, officers, people_of
from registry.models import Block, Deed, FraudCase, Freeze, Pledge
from registry.states import NONTRADE_KINDS, DeedKind, DeedState

_FREEZE, _CASE, _PLEDGE, _DEED = "registry.freeze", "registry.fraudcase", "registry.pledge", "registry.deed"
_OF_FREEZE = {
    "number": "DJ-20261125-000003",
    "authority": "青岚市中级人民法院",
    "document": "（2026）青01执保12号",
    "tonnes": 200,
    "held": 200,
    "waiting": 0,
    "until": "2026-12-25",
}
_OF_CASE = {
    "number": "990100-NX-2026-001",
    "batch": "990100-GD22002-P00002-2025-01",
    "missing": 78,
    "until": "2026-12-25",
}
_OF_PLEDGE = {
    "number": "ZYA-20261125-000004",
    "tonnes": 100,
    "holder": "青岚屋顶能源有限公司",
    "creditor": "青岚热电有限公司",
    "contract": "QLZY-2026-003",
    "said": "逾期未还",
}
_OF_DEED = {"number": "WS-20261125-000005", "kind": "司法冻结", "account": "青岚屋顶能源有限公司 CH990100000001"}


def _freeze(_event: Event, row: Freeze) -> dict[str, Any]:
    return {
        "number": str(row),
        "authority": row.deed.authority,
        "document": row.deed.document_no,
        "tonnes": row.quantity_t,
        "held": row.held_t,
        "waiting": row.missing_t,
        "until": row.until,
    }


def _holder(_event: Event, row: Any) -> list[User]:
    return people_of(row.account.organisation_id)


def _holdings(_event: Event, _row: Any) -> str:
    return reverse("holdings")


def _by_deed(kind: str) -> Callable[[Event, Freeze], Freeze | None]:
    return lambda event, row: row if event.data.get("deed") == kind else None


def _after_its_deed(_event: Event, row: Freeze) -> Freeze | None:
    # What a freeze takes while its own document is carried out is told with that.
    return row if row.deed.state == DeedState.DONE else None


def _case(_event: Event, row: FraudCase) -> dict[str, Any]:
    return {"number": row.number, "batch": str(row.batch), "missing": row.missing_t, "until": row.replace_by or ""}


def _everybody(_event: Event, row: FraudCase) -> list[User]:
    """The owner, and whoever holds or held what the case suspended."""
    blocks = Block.objects.filter(opened_by__in=row.entries.values("journal"))
    holders = Organisation.objects.filter(
        holding_account__in=[row.account_id, *blocks.values_list("holder", flat=True)]
    )
    return [user for organisation in holders.distinct() for user in people_of(organisation)]


def _case_page(_event: Event, row: FraudCase) -> str:
    return reverse("fraud-case", args=[row.number])


def _pledge(event: Event, row: Pledge) -> dict[str, Any]:
    return {
        "number": str(row),
        "tonnes": row.quantity_t,
        "holder": row.account.organisation.name,
        "creditor": row.creditor.organisation.name,
        "contract": row.contract_no,
        "said": event.reason,
    }


def _pledge_page(_event: Event, row: Pledge) -> str:
    return reverse("pledge", args=[row.pk])


def _creditor(_event: Event, row: Pledge) -> list[User]:
    return people_of(row.creditor.organisation_id)


def _deed(_event: Event, row: Deed) -> dict[str, Any]:
    return {"number": str(row), "kind": DeedKind(row.kind).label, "account": str(row.account)}


def _passing(_event: Event, row: Deed) -> Deed | None:
    return row if row.kind in NONTRADE_KINDS and row.target is not None else None


def _both(_event: Event, row: Deed) -> list[User]:
    taker = people_of(row.target.organisation_id) if row.target is not None else []
    return [*people_of(row.account.organisation_id), *taker]


def _desk_of(_event: Event, row: Deed) -> str:
    return desk_link(row, "registry_nontradedeskrow" if row.kind in NONTRADE_KINDS else "registry_deeddeskrow")


_FREEZES = (
    Occasion(
        code="registry.units_frozen",
        of=_FREEZE,
        verbs=("registry.confirm_deed",),
        about=_by_deed(DeedKind.FREEZE),
        who=_holder,
        facts=_freeze,
        link=_holdings,
        necessary=True,
        subject=_("减排量被司法冻结 %(number)s"),
        text=_(
            "%(authority)s以%(document)s冻结贵单位 %(tonnes)s 吨减排量，至 %(until)s。现在已冻结 %(held)s 吨，轮候 %(waiting)s 吨。"
            "对冻结有异议请向出具文书的单位提出。"
        ),
        sms=_("贵单位%(tonnes)s吨减排量被司法冻结（%(number)s），详情请登录查看。"),
        example=_OF_FREEZE,
    ),
    Occasion(
        code="registry.more_frozen",
        of=_FREEZE,
        verbs=("registry.serve_freezes",),
        about=_after_its_deed,
        who=_holder,
        facts=_freeze,
        link=_holdings,
        necessary=True,
        subject=_("轮候的冻结已生效 %(number)s"),
        text=_("%(authority)s的冻结（%(document)s）现在已冻结 %(held)s 吨，还轮候 %(waiting)s 吨。"),
        sms=_("轮候冻结%(number)s现已冻结%(held)s吨，还轮候%(waiting)s吨。"),
        example=_OF_FREEZE,
    ),
    Occasion(
        code="registry.freeze_renewed",
        of=_FREEZE,
        verbs=("registry.confirm_deed",),
        about=_by_deed(DeedKind.RENEW),
        who=_holder,
        facts=_freeze,
        link=_holdings,
        necessary=True,
        subject=_("冻结已续行 %(number)s"),
        text=_("%(authority)s续行冻结，%(held)s 吨减排量冻结至 %(until)s。"),
        sms=_("冻结%(number)s已续行至%(until)s。"),
        example=_OF_FREEZE,
    ),
    Occasion(
        code="registry.freeze_enforced",
        of=_FREEZE,
        verbs=("registry.confirm_deed",),
        about=_by_deed(DeedKind.ENFORCE),
        who=_holder,
        facts=_freeze,
        link=_holdings,
        necessary=True,
        subject=_("冻结的减排量被强制执行 %(number)s"),
        text=_("依照法律文书，冻结 %(number)s 里的减排量已过户给文书写明的账户，现在还冻结 %(held)s 吨。"),
        sms=_("冻结%(number)s里的减排量已被强制执行过户。"),
        example=_OF_FREEZE,
    ),
    Occasion(
        code="registry.freeze_ended",
        of=_FREEZE,
        states=("RELEASED", "EXPIRED"),
        who=_holder,
        facts=_freeze,
        link=_holdings,
        necessary=True,
        subject=_("冻结已结束 %(number)s"),
        text=_("%(authority)s的冻结（%(document)s）已解除或到期。有轮候冻结的，减排量由轮候的冻结接上；其余可以使用。"),
        sms=_("冻结%(number)s已结束。"),
        example=_OF_FREEZE,
    ),
    Occasion(
        code="registry.deed_to_confirm",
        of=_DEED,
        verbs=tuple(
            f"registry.enter_{name}" for name in ("freeze", "renewal", "release", "enforcement", "disposal", "nontrade")
        ),
        who=lambda _event, row: officers(row.account.organisation.division, "registry.confirm_deed"),
        facts=_deed,
        link=_desk_of,
        action=True,
        subject=_("请复核文书 %(number)s"),
        text=_("%(kind)s，账户 %(account)s：请核对文书原件，无误后办理。"),
        sms=_("文书%(number)s等您复核，请登录办理。"),
        example=_OF_DEED,
    ),
    Occasion(
        code="registry.units_passed",
        of=_DEED,
        states=("DONE",),
        about=_passing,
        who=_both,
        facts=_deed,
        link=_holdings,
        necessary=True,
        subject=_("非交易过户已办理 %(number)s"),
        text=_("%(kind)s：账户 %(account)s 的减排量已依文书过户，请登录查看持有。"),
        sms=_("%(kind)s已办理，请登录查看持有。"),
        example=_OF_DEED | {"kind": "合并分立过户"},
    ),
)
_CASES = (
    Occasion(
        code="registry.units_suspended",
        of=_CASE,
        verbs=("registry.open_fraud_case",),
        who=_everybody,
        facts=_case,
        link=_case_page,
        necessary=True,
        subject=_("批次 %(batch)s 暂停交易"),
        text=_(
            "批次 %(batch)s 因涉嫌弄虚作假立案（%(number)s），没有注销的减排量全部暂停交易，未办完的转移和注销已取消。"
        ),
        sms=_("批次%(batch)s因涉嫌弄虚作假暂停交易，详情请登录查看。"),
        example=_OF_CASE,
    ),
    Occasion(
        code="registry.fraud_found",
        of=_CASE,
        states=("REPLACING",),
        who=_everybody,
        facts=_case,
        link=_case_page,
        necessary=True,
        subject=_("案件 %(number)s 已作出决定"),
        text=_(
            "批次 %(batch)s 有减排量被认定虚假。业主还要在 %(until)s 前等量注销 %(missing)s 吨；补足以前，其他持有人的减排量继续暂停。"
        ),
        sms=_("案件%(number)s已作出决定，还要补足%(missing)s吨，请登录查看。"),
        example=_OF_CASE,
    ),
    # What becomes of the registration is another decision, of who may revoke it (P24).
    Occasion(
        code="registry.revocation_to_decide",
        of=_CASE,
        verbs=("registry.decide_fraud_case",),
        about=lambda _event, row: row.batch.series.project if row.batch.series.project.state == "REGISTERED" else None,
        who=lambda _event, row: officers(row.division, "projects.revoke"),
        facts=lambda event, row: {"number": event.object_label, "project": row.name, "no": row.project_no},
        link=lambda _event, row: desk_link(row, "projects_registrationdeskrow"),
        necessary=True,
        own=True,  # where the registrar is one person, it is the one who decided
        subject=_("项目 %(no)s 有减排量被认定虚假，请决定是否撤销登记"),
        text=_(
            "案件 %(number)s 认定“%(project)s”的减排量有虚假。减排量已按决定处理；登记是否撤销要另作决定，请在登记台办理。"
        ),
        sms=_("项目%(no)s有减排量被认定虚假，请登录决定是否撤销登记。"),
        example={"number": "990100-NX-2026-001", "project": "示例屋顶光伏", "no": "PHC-990100-2025-00001"},
    ),
    Occasion(
        code="registry.units_resumed",
        of=_CASE,
        states=("CLEARED", "SETTLED"),
        who=_everybody,
        facts=_case,
        link=_case_page,
        necessary=True,
        subject=_("案件 %(number)s 已办结"),
        text=_("批次 %(batch)s 的案件已办结，没有注销的减排量已恢复。"),
        sms=_("案件%(number)s已办结，减排量已恢复。"),
        example=_OF_CASE,
    ),
)
_PLEDGES = (
    Occasion(
        code="registry.pledge_to_confirm",
        of=_PLEDGE,
        verbs=("registry.propose_pledge",),
        who=lambda _event, row: people_of(row.account.organisation_id, Role.CHECKER),
        facts=_pledge,
        link=_pledge_page,
        action=True,
        subject=_("请确认质押 %(number)s"),
        text=_("发起代表要把 %(tonnes)s 吨减排量质押给%(creditor)s（合同 %(contract)s），请您核对并确认。"),
        sms=_("质押%(number)s（%(tonnes)s吨）等您确认，请登录办理。"),
        example=_OF_PLEDGE,
    ),
    Occasion(
        code="registry.pledge_offered",
        of=_PLEDGE,
        states=("OFFERED",),
        who=_creditor,
        facts=_pledge,
        link=_pledge_page,
        action=True,
        subject=_("%(holder)s要向贵单位质押 %(tonnes)s 吨"),
        text=_("%(holder)s要按合同 %(contract)s 向贵单位质押 %(tonnes)s 吨减排量，请接受或拒绝。"),
        sms=_("%(holder)s要向贵单位质押%(tonnes)s吨减排量，请登录办理。"),
        example=_OF_PLEDGE,
    ),
    Occasion(
        code="registry.pledge_answered",
        of=_PLEDGE,
        states=("IN_FORCE", "REFUSED", "RELEASED", "ENFORCED"),
        who=_holder,
        facts=_pledge,
        link=_pledge_page,
        necessary=True,
        subject=_("质押 %(number)s 有变化"),
        text=_("贵单位质押给%(creditor)s的 %(tonnes)s 吨减排量（合同 %(contract)s）状态有变化，请登录查看。"),
        sms=_("质押%(number)s状态有变化，请登录查看。"),
        example=_OF_PLEDGE,
    ),
    Occasion(
        code="registry.disposal_asked",
        of=_PLEDGE,
        verbs=("registry.ask_disposal",),
        who=lambda event, row: [
            *_holder(event, row),
            *officers(row.account.organisation.division, "registry.enter_disposal"),
        ],
        facts=_pledge,
        link=_pledge_page,
        necessary=True,
        subject=_("质权人申请处置质押 %(number)s"),
        text=_("%(creditor)s称%(holder)s违约（%(said)s），申请处置质押的 %(tonnes)s 吨减排量；由登记人员依文书办理。"),
        sms=_("质权人申请处置质押%(number)s，请登录查看。"),
        example=_OF_PLEDGE,
    ),
)
OCCASIONS = (*_FREEZES, *_CASES, *_PLEDGES)

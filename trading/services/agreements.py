"""An agreement: proposed and confirmed by two people of the seller, accepted and ordered to be paid by two of the buyer.

The seller's units are set aside from the proposal on; they move when the bank confirms the money (``payments``).
"""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from accounts.services.factors import factor_for
from accounts.services.people import portal_user
from accounts.workflow import RuleViolation, advance, lock, record, require, verb
from kernel import clock
from office.services.calendar import calendar
from registry.models import Batch, HoldingAccount
from registry.services.accounts import may_receive, may_send
from registry.services.books import reserve, shift
from registry.services.transfers import acts_for, by_another
from registry.states import JournalKind, UnitState
from trading.amounts import settlement
from trading.models import Agreement, CashInstruction
from trading.services.bank import settlement_bank
from trading.states import AGREEMENT_OPEN, AgreementState, InstructionState

VALID_WORKDAYS = 10  # from the proposal to the confirmed payment; a convention of ours, no source sets one
HIGHEST_PRICE_FEN = 10**9  # ten million yuan a tonne: beyond it somebody mistook yuan for fen


@verb("trading.propose_agreement")
def propose(
    seller: HoldingAccount,
    *,
    buyer_number: str,
    quantity_t: int,
    price_fen: int,
    by: User,
    batch: Batch | None = None,
    terms: str = "",
    reason: str = "",
    key: str = "",
) -> Agreement:
    """The seller's maker offers whole tonnes at a price in fen per tonne, oldest serials first or of one batch.

    The units are set aside at once. Raises RuleViolation ``unknown_account``, ``same_account``, ``bad_price``,
    ``bad_quantity``, ``not_enough``.
    """
    acts_for(seller, by, Role.MAKER)
    buyer = HoldingAccount.objects.filter(number=buyer_number.strip().upper()).first()
    if buyer is None:
        raise RuleViolation("unknown_account", _("没有账户号 %s，请与对方核对") % buyer_number)
    require(buyer != seller, "same_account", _("出让方和受让方不能是同一个账户"))
    may_receive(buyer)
    require(0 < price_fen <= HIGHEST_PRICE_FEN, "bad_price", _("单价要大于 0 元/t，最高 10,000,000 元/t"))
    seller = lock(seller)
    reservation = reserve(seller, quantity_t, state=UnitState.TRANSFER_PENDING, by=by, reason=terms, batch=batch)
    money = settlement(quantity_t, price_fen, settings.TRADE_FEE_PPM)
    agreement = Agreement.objects.create(
        seller=seller,
        buyer=buyer,
        batch=batch,
        quantity_t=quantity_t,
        price_fen=price_fen,
        amount_fen=money.amount_fen,
        fee_fen=money.fee_fen,
        terms=terms.strip(),
        due_on=calendar().add_workdays(clock.today(), VALID_WORKDAYS),
        reserved=reservation,
        made_by=by,
    )
    record(
        "trading.propose_agreement",
        agreement,
        by=by,
        reason=reason,
        data={"quantity_t": quantity_t, "amount_fen": money.amount_fen},
    )
    return agreement


@verb("trading.confirm_agreement")
def confirm(agreement: Agreement, *, by: User, reason: str = "", key: str = "") -> Agreement:
    """The seller's checker confirms; the buyer may now accept. Raises ``same_person``, ``wrong_state``, ``expired``."""
    agreement = lock(agreement)
    acts_for(agreement.seller, by, Role.CHECKER)
    seller = agreement.seller
    factor = by_another(
        agreement, agreement.made_by_id, lambda: seller.organisation, "trading.confirm_agreement", by=by
    )
    _in_time(agreement)
    advance(agreement, AgreementState.OFFERED, by=by, reason=reason, confirmed_by=by, seller_factor=factor)
    return agreement


@verb("trading.accept_agreement")
def accept(agreement: Agreement, *, by: User, reason: str = "", key: str = "") -> Agreement:
    """The buyer's maker accepts the terms; its checker orders the payment. Raises ``wrong_state``, ``expired``."""
    agreement = lock(agreement)
    acts_for(agreement.buyer, by, Role.MAKER)
    _in_time(agreement)
    advance(agreement, AgreementState.ACCEPTED, by=by, reason=reason, accepted_by=by)
    return agreement


@verb("trading.order_payment")
def order_payment(agreement: Agreement, *, by: User, reason: str = "", key: str = "") -> Agreement:
    """The buyer's checker has the settlement bank told to pay. The units stay where they are until it confirms.

    Raises RuleViolation ``same_person``, ``wrong_state``, ``expired``, ``no_bank``.
    """
    agreement, seller, buyer = lock(agreement, agreement.seller, agreement.buyer)
    acts_for(buyer, by, Role.CHECKER)
    may_send(seller)
    may_receive(buyer)
    factor = by_another(
        agreement, agreement.accepted_by_id, lambda: buyer.organisation, "trading.order_payment", by=by,
        said=_("接受的人不能自己确认付款，请确认代表登录办理"),
    )  # fmt: skip
    _in_time(agreement)
    advance(agreement, AgreementState.AWAITING_PAYMENT, by=by, reason=reason, ordered_by=by, buyer_factor=factor)
    _instruct(agreement, by=by)
    return agreement


@verb("trading.pay_again")
def pay_again(agreement: Agreement, *, by: User, reason: str = "", key: str = "") -> Agreement:
    """After the bank reported a failure the buyer's checker has it told once more.

    Raises RuleViolation ``wrong_state``, ``already_ordered`` while an instruction is on its way, ``expired``, ``no_bank``.
    """
    agreement = lock(agreement)
    acts_for(agreement.buyer, by, Role.CHECKER)
    if agreement.buyer.organisation.is_person:
        factor_for(agreement, "trading.pay_again", by=by)
    waits = agreement.state == AgreementState.AWAITING_PAYMENT
    require(waits, "wrong_state", _("这份协议不在等待付款，请刷新页面"))
    live = agreement.instructions.filter(state=InstructionState.PENDING).exists()
    require(not live, "already_ordered", _("上一条付款指令还在银行处理，请等银行答复"))
    _in_time(agreement)
    _instruct(agreement, by=by)
    record("trading.pay_again", agreement, by=by, reason=reason)
    return agreement


def under_way(account: HoldingAccount) -> int:
    """Return how many agreements an account sells or buys by now: its registry asks before it closes the account."""
    return Agreement.objects.filter(Q(seller=account) | Q(buyer=account), state__in=AGREEMENT_OPEN).count()


def _in_time(agreement: Agreement) -> None:
    require(clock.today() <= agreement.due_on, "expired", _("这份协议已过有效期，请双方重新发起"))


def _instruct(agreement: Agreement, *, by: User) -> None:
    bank = settlement_bank()
    instruction = CashInstruction.objects.create(
        agreement=agreement,
        payer=agreement.buyer.organisation,
        payee=agreement.seller.organisation,
        amount_fen=agreement.amount_fen,
        bank=bank.code,
    )
    record("trading.order_payment", instruction, by=by, data={"amount_fen": agreement.amount_fen})


@verb("trading.refuse_agreement")
def refuse(agreement: Agreement, *, by: User, reason: str, key: str = "") -> Agreement:
    """The buyer refuses before anything is paid; the units go back."""
    agreement, _seller, buyer = lock(agreement, agreement.seller, agreement.buyer)
    acts_for(buyer, by, Role.MAKER, Role.CHECKER)
    return _release(agreement, AgreementState.REFUSED, by=by, reason=reason)


@verb("trading.cancel_agreement")
def cancel(agreement: Agreement, *, by: User, reason: str, key: str = "") -> Agreement:
    """The seller takes the offer back before anything is paid; the units are available again."""
    agreement, seller = lock(agreement, agreement.seller)
    acts_for(seller, by, Role.MAKER, Role.CHECKER)
    return _release(agreement, AgreementState.CANCELLED, by=by, reason=reason)


@verb("trading.expire_agreement")
def expire(agreement: Agreement, *, by: User, reason: str, key: str = "") -> Agreement:
    """The portal ends an agreement whose last day has passed: its instruction is void and the units are available again.

    Raises RuleViolation ``not_due`` on or before the last day, ``wrong_state`` when it has ended already.
    """
    agreement, _seller = lock(agreement, agreement.seller)
    require(clock.today() > agreement.due_on, "not_due", _("这份协议还在有效期内"))
    return _void(agreement, by=by, reason=reason)


def stop(journals: Collection[int], *, by: User, reason: str) -> None:
    """End the agreements whose units are reserved by these journals, because a court or a case of fraud wants them.

    Money that the bank confirms afterwards moves nothing and waits on the operator's desk, as after any agreement that has ended.
    """
    for agreement in Agreement.objects.filter(reserved__in=journals, state__in=AGREEMENT_OPEN).order_by("pk"):
        _void(lock(agreement), by=by, reason=reason)


def _void(agreement: Agreement, *, by: User, reason: str) -> Agreement:
    agreement = _release(agreement, AgreementState.EXPIRED, by=by, reason=reason)
    for instruction in agreement.instructions.filter(state=InstructionState.PENDING):
        advance(lock(instruction), InstructionState.CANCELLED, by=by, reason=reason)
    return agreement


def expire_due() -> int:
    """Expire every agreement whose last day has passed; return how many. The sweep's body."""
    due = Agreement.objects.filter(state__in=AGREEMENT_OPEN, due_on__lt=clock.today()).order_by("pk")
    expired = 0
    for agreement in due[:200]:
        try:
            expire(agreement, by=portal_user(), reason=_("过了有效期，没有办完"))
        except RuleViolation:  # settled by somebody else meanwhile; the event says so
            continue
        expired += 1
    return expired


def _release(agreement: Agreement, to: str, *, by: User, reason: str) -> Agreement:
    require(bool(reason.strip()), "no_reason", _("请写明理由"))
    advance(agreement, to, by=by, reason=reason)
    shift(
        agreement.reserved,
        JournalKind.RELEASE,
        holder=agreement.seller,
        state=UnitState.AVAILABLE,
        by=by,
        reason=reason,
    )
    return agreement

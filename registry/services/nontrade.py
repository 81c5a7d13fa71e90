"""Non-trade transfer (非交易过户): merger or split, inheritance, a judgment. By document and two officers, without a sale."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import require, verb
from registry.models import Batch, Block, Deed, HoldingAccount, Journal
from registry.services import deeds
from registry.services.accounts import numbered
from registry.services.books import available, book, leave_what_is_due, split
from registry.services.deeds import Document
from registry.states import NONTRADE_KINDS, UNIT_ENDED, JournalKind, UnitState


@verb("registry.enter_nontrade")
def enter_nontrade(
    account: HoldingAccount,
    *,
    kind: str,
    document: Document,
    target_number: str,
    by: User,
    quantity_t: int | None = None,
    batch: Batch | None = None,
    reason: str = "",
    key: str = "",
) -> Deed:
    """An officer enters that units pass to another account without a sale; all of them (of the batch, if named) without a quantity.

    Raises RuleViolation ``bad_kind``, ``unknown_account``, ``same_account``, ``bad_quantity``, ``no_document``, ``deed_twice``.
    """
    require(kind in NONTRADE_KINDS, "bad_kind", _("请从列表里选择过户的原因"))
    target = numbered(target_number, other_than=account)
    return deeds.enter(
        kind,
        account,
        "registry.enter_nontrade",
        document,
        quantity_t=quantity_t,
        batch=batch,
        target=target,
        by=by,
        reason=reason,
    )


def pass_on(deed: Deed, account: HoldingAccount, *, by: User) -> Journal:
    """Carry a non-trade transfer out. Raises ``not_enough``, and ``not_free`` when all is to go and some cannot."""
    blocks = Block.objects.open().filter(holder=account)
    blocks = blocks if deed.batch is None else blocks.filter(batch=deed.batch)
    there = available(account, deed.batch)
    if deed.quantity_t is None:
        bound = blocks.exclude(state__in=UNIT_ENDED).tonnes() - there
        require(not bound, "not_free", _("还有 %s t 在办理中、质押、冻结或暂停交易，了结后才能全部过户") % f"{bound:,}")
    wanted = there if deed.quantity_t is None else deed.quantity_t
    said = _("可用 %(held)s t，不够 %(wanted)s t，什么都没有改动")
    enough = 0 < wanted <= there
    require(enough, "not_enough", said % {"held": f"{there:,}", "wanted": f"{wanted:,}"})
    leave_what_is_due(account, wanted, deed.batch)
    free = blocks.filter(state=UnitState.AVAILABLE).select_related("batch", "holder").order_by("series_id", "serials")
    moved = split(free, wanted, UnitState.AVAILABLE, holder=deed.target)
    return book(JournalKind.NONTRADE, by=by, reason=deeds.words(deed), **moved)

"""Documents: one officer enters what a document asks for. Who carries it out, and how, is in ``confirming``."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from accounts.models import Attachment, User
from accounts.workflow import advance, lock, record, require, verb
from registry.models import Deed, HoldingAccount
from registry.states import DeedKind, DeedState


class Document(NamedTuple):
    """What a deed rests on: who made it out, its number, and the paper as it was kept."""

    authority: str
    document_no: str
    paper: Attachment


def enter(
    kind: str,
    account: HoldingAccount,
    verb_name: str,
    document: Document,
    *,
    by: User,
    reason: str = "",
    **about: Any,
) -> Deed:
    """Write down a document, inside the verb of its kind. Nothing happens to units yet.

    Raises RuleViolation ``no_document``, ``bad_quantity``; ``deed_twice`` for the same document again.
    """
    authority, document_no = document.authority.strip(), document.document_no.strip()
    require(bool(authority and document_no), "no_document", _("请填写出具文书的单位和文书号"))
    quantity = about.get("quantity_t")
    require(quantity is None or quantity > 0, "bad_quantity", _("数量是大于 0 的整吨"))
    deed = Deed.objects.create(
        kind=kind,
        account=account,
        authority=authority,
        document_no=document_no,
        paper=document.paper,
        reason=reason.strip(),
        entered_by=by,
        **about,
    )
    record(verb_name, deed, by=by, reason=reason, data={"document_no": document_no, "quantity_t": quantity})
    return deed


@verb("registry.withdraw_deed")
def withdraw(deed: Deed, *, by: User, reason: str, key: str = "") -> Deed:
    """The document is not carried out: entered by mistake, or not in order. Raises ``no_reason``, ``wrong_state``."""
    deed = lock(deed)
    require(bool(reason.strip()), "no_reason", _("请写明理由"))
    advance(deed, DeedState.WITHDRAWN, by=by, reason=reason)
    return deed


def words(deed: Deed) -> str:
    """Return what a journal and a message say a document is: kind, authority and number."""
    return f"{DeedKind(deed.kind).label} {deed.authority} {deed.document_no}"

"""The settlement bank as the portal sees it: told what to pay, and heard when it has been paid.

The bank holds the money (clarification 14). A real one is another class with the same four methods.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.workflow import PermissionDenied, record
from kernel.digest import canonical
from kernel.rules import RuleViolation, require
from trading.models import CashInstruction


class Told(NamedTuple):
    """A bank's message once read: which instruction, whether it is paid, how many fen, and the bank's own reference."""

    instruction: str
    paid: bool
    amount_fen: int
    reference: str


class SettlementBank(Protocol):
    """What every settlement bank has to offer."""

    code: str
    title: Any
    demo: bool

    def send(self, instruction: CashInstruction) -> None:
        """Tell the bank to pay; raises OSError when it cannot be told. The bank takes the same number twice as one."""

    def authentic(self, message_id: str, body: bytes, signature: str) -> bool:
        """Return whether the bank signed this body under this message id."""

    def read(self, body: bytes) -> Told:
        """Return what a message says; raises RuleViolation ``bad_message``."""


class DemoBank:
    """演示清算行: takes every instruction in silence and pays when somebody presses for it. It stands for no real bank."""

    code = "DEMO"
    title = gettext_lazy("演示清算行")
    demo = True

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def send(self, instruction: CashInstruction) -> None:
        """Keep nothing: what the bank was told is the instruction itself."""

    def sign(self, message_id: str, body: bytes) -> str:
        """Return the HMAC-SHA-256, in hexadecimal, over the message id, a line feed and the body."""
        return hmac.new(self._secret, message_id.encode() + b"\n" + body, hashlib.sha256).hexdigest()

    def authentic(self, message_id: str, body: bytes, signature: str) -> bool:
        """Compare in constant time; a signature that is no ASCII is none of ours."""
        return signature.isascii() and hmac.compare_digest(self.sign(message_id, body), signature)

    def read(self, body: bytes) -> Told:
        """Read the JSON object ``instruction``, ``status`` (PAID or FAILED), ``amount_fen``, ``reference``."""
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):  # neither UTF-8 nor JSON, or nested without end
            told = None
        require(_is_message(told), "bad_message", _("报文读不懂，应含付款指令号、状态、金额（分）和银行流水号"))
        return Told(told["instruction"], told["status"] == "PAID", told["amount_fen"], told["reference"])

    def pays(self, instruction: CashInstruction) -> tuple[str, bytes, str]:
        """Return the message id, body and signature this bank sends when it has been paid: for demos and tests."""
        message_id = f"MSG-{instruction.number}"
        body = canonical(
            {
                "instruction": instruction.number,
                "status": "PAID",
                "amount_fen": instruction.amount_fen,
                "reference": f"DEMO-{instruction.number}",
            }
        )
        return message_id, body, self.sign(message_id, body)


def _is_message(told: Any) -> bool:
    return (
        isinstance(told, Mapping)
        and told.get("status") in ("PAID", "FAILED")
        and type(told.get("amount_fen")) is int
        and all(isinstance(told.get(name), str) and 0 < len(told[name]) <= 60 for name in ("instruction", "reference"))
    )


def settlement_bank() -> SettlementBank:
    """Return the bank of this deployment. Without one set, a demo has its own and anywhere else payment is refused.

    Raises RuleViolation ``no_bank``.
    """
    if settings.DEMO or settings.TESTING:
        return demo_bank()
    raise RuleViolation("no_bank", _("本平台还没有接入结算银行，不能办理付款"))


def demo_bank() -> DemoBank:
    """Return the demo bank with its secret, which no other use of the portal's key can yield."""
    secret = hmac.new(settings.SECRET_KEY.encode(), b"trading.demo_bank", hashlib.sha256).hexdigest()
    return DemoBank(secret)


def authenticated(code: str, message_id: str, body: bytes, signature: str, *, by: User) -> SettlementBank:
    """Return the bank that signed the message; anybody else is refused (403) and leaves an event, not a message."""
    bank = settlement_bank()
    known = code == bank.code and 0 < len(message_id) <= 60 and message_id.isprintable()
    if not known or not bank.authentic(message_id, body, signature):
        said = _("签名与结算银行的密钥不符，报文没有收下")
        record("trading.receive_bank_message", None, by=by, refused="bad_signature", said=said)
        raise PermissionDenied(said)
    return bank

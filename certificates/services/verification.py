"""What the public asks: is this certificate good? Reads only; nothing here writes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from certificates.models import Certificate, LogHead, LogLeaf
from certificates.services import log
from certificates.services.certificates import LEAF, REVOCATION_LEAF, leaf_payload, revocation_payload
from certificates.states import State
from kernel import digest, identifiers


class Outcome(StrEnum):
    """The four answers."""

    VALID = "valid"
    REVOKED = "revoked"
    TAMPERED = "tampered"
    UNKNOWN = "unknown"


class Check(NamedTuple):
    """One thing that was checked: whether it held, its name, and what was found. ``ok`` None: not yet decided."""

    ok: bool | None
    title: str
    said: str


@dataclass
class Verdict:
    """The answer about one number, with everything it rests on."""

    number: str
    outcome: Outcome
    checks: list[Check] = field(default_factory=list)
    certificate: Certificate | None = None
    leaf: LogLeaf | None = None
    revocation: LogLeaf | None = None
    head: LogHead | None = None
    path: list[str] = field(default_factory=list)
    proven: bool = False


def typed(text: str) -> str:
    """Return a number as it is stored: full-width signs unified, capitals, without the blanks and hyphens of its groups."""
    return re.sub(r"[\s-]", "", identifiers.normalise(text))


def check(number: str) -> Verdict:
    """Check one number against the books and the log. Never raises: whatever was typed gets an answer."""
    number = typed(number)
    certificate = (
        Certificate.objects.filter(number=number).first() if identifiers.check_certificate_no(number) else None
    )
    if certificate is None:
        return Verdict(number, Outcome.UNKNOWN, [_why_unknown(number)])
    verdict = Verdict(number, Outcome.VALID, certificate=certificate)
    verdict.leaf = LogLeaf.objects.filter(kind=LEAF, subject=number).first()
    verdict.head = log.head()
    verdict.revocation = LogLeaf.objects.filter(kind=REVOCATION_LEAF, subject=number).first()
    state, content, logged = _state(verdict, certificate), _content(certificate), _logged(verdict, certificate)
    verdict.checks = [state, content, logged]
    if certificate.state == State.REVOKED:
        verdict.outcome = Outcome.REVOKED
        verdict.checks.insert(0, Check(True, _("编号存在"), _("确由本平台颁发")))
    elif state.ok is False:
        verdict.outcome = Outcome.TAMPERED
    if content.ok is False or logged.ok is False:
        verdict.outcome = Outcome.TAMPERED
    return verdict


def _why_unknown(number: str) -> Check:
    title = _("编号不存在")
    if not re.fullmatch(r"TPH[0-9]{20}[0-9A-Z]", number):
        return Check(False, title, _("编号应为 TPH、20 位数字和 1 位校验位，共 24 位；您输入的是 %d 位") % len(number))
    if not identifiers.check_certificate_no(number):
        return Check(False, title, _("最后一位是校验位，由前 23 位算出；这个编号算不出这一位，多半有一位输错了"))
    return Check(False, title, _("校验位正确，但我们没有颁发过这个编号"))


def _state(verdict: Verdict, certificate: Certificate) -> Check:
    """Compare the state with the log, which remembers a revocation that somebody undid in the table."""
    leaf = verdict.revocation
    if certificate.state == State.VALID:
        if leaf is not None:
            return Check(False, _("撤销记录被抹去"), _("透明日志第 %d 页记着撤销") % leaf.page)
        return Check(True, _("编号存在"), _("校验位正确，状态为有效"))
    if leaf is None or _hash(revocation_payload(certificate)) != leaf.leaf_hash:
        return Check(False, _("状态为已撤销"), _("撤销的记录与透明日志不一致"))
    return Check(False, _("状态为已撤销"), _("撤销记入透明日志第 %d 页") % leaf.page)


def _content(certificate: Certificate) -> Check:
    """Compare the snapshot with its digest, and the columns lists and searches use with the snapshot."""
    snapshot = certificate.snapshot
    columns = {
        "number": certificate.number,
        "kind": certificate.kind,
        "issued_on": certificate.issued_on.isoformat(),
        "holder_name": certificate.holder_name,
    }
    same = isinstance(snapshot, dict) and {name: snapshot.get(name) for name in columns} == columns
    if same and _digest(snapshot) == certificate.digest:
        return Check(True, _("内容未被改动"), _("摘要与颁发时一致"))
    return Check(False, _("内容被改动"), _("重新计算的摘要与颁发时不一致"))


def _digest(snapshot: dict[str, Any]) -> str:
    try:
        return digest.sm3(digest.canonical(snapshot))
    except TypeError:  # a float, which no snapshot of ours holds
        return ""


def _logged(verdict: Verdict, certificate: Certificate) -> Check:
    """Compare the digest with the leaf, and the leaf with the signed head."""
    leaf, head = verdict.leaf, verdict.head
    if leaf is None or _hash(leaf_payload(certificate)) != leaf.leaf_hash:
        return Check(False, _("与透明日志不一致"), _("日志里记的是另外的内容"))
    if head is None or head.size <= leaf.position:
        return Check(None, _("已记入透明日志"), _("第 %d 页，等待签名，请一分钟后再看") % leaf.page)
    try:
        verdict.path = log.inclusion(leaf, head)
    except IndexError:
        return Check(False, _("与透明日志不一致"), _("日志缺页"))
    if not log.is_signed(head) or not log.included(leaf.leaf_hash, leaf.position, head, verdict.path):
        return Check(False, _("与透明日志不一致"), _("日志与签名的树头对不上"))
    verdict.proven = True
    return Check(True, _("已记入透明日志"), _("第 %d 页，可离线验证") % leaf.page)


def _hash(payload: bytes) -> str:
    return digest.leaf_hash(payload).hex()


def proof(verdict: Verdict) -> dict[str, Any] | None:
    """Return what anybody needs to check the certificate without us; None before its page is signed or when it is tampered."""
    certificate, leaf, head = verdict.certificate, verdict.leaf, verdict.head
    if certificate is None or leaf is None or head is None or not verdict.proven or verdict.outcome == Outcome.TAMPERED:
        return None
    return {
        "version": 1,
        "number": certificate.number,
        "snapshot": certificate.snapshot,
        "digest": certificate.digest,
        "leaf": {"position": leaf.position, "content": leaf_payload(certificate).decode()},
        "inclusion": verdict.path,
        "head": log.as_json(head),
    }

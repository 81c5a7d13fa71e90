"""The transparency log: append a leaf, seal a head, prove that a leaf is in and that nothing was rewritten (RFC 9162 §2.1).

One lock serialises the log until the transaction ends, so a verb appends last. A proof reads every leaf's hash: with
100,000 leaves that is about a fifth of a second; beyond that, keep the hashes of full subtrees.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from certificates.models import LogHead, LogLeaf
from certificates.services import signing
from kernel import clock, digest
from kernel.rules import require

LOCK = 0x7472_6565  # "tree"


def append(kind: str, subject: str, payload: bytes) -> LogLeaf:
    """Append one leaf and return it. ``payload`` is the leaf's content, the canonical bytes of what happened.

    The same kind, subject and payload give the leaf that is there, so that a sweep may come twice; another payload for the
    same subject raises RuleViolation ``already_logged``.
    """
    leaf_hash = digest.leaf_hash(payload).hex()
    with transaction.atomic():
        _lock()
        known = LogLeaf.objects.filter(kind=kind, subject=subject).first()
        if known is not None:
            require(known.leaf_hash == leaf_hash, "already_logged", _("%s 已用另外的内容记入透明日志") % subject)
            return known
        return LogLeaf.objects.create(position=_size(), kind=kind, subject=subject, leaf_hash=leaf_hash)


def seal() -> LogHead | None:
    """Sign the head over all leaves and return it; without new leaves the last one, for an empty log None.

    Raises RuleViolation ``log_rewritten`` instead of signing when the leaves under the last head are no longer the same.
    """
    with transaction.atomic():
        _lock()
        last = head()
        leaves = hashes()
        if not leaves or (last is not None and last.size == len(leaves)):
            return last
        if last is not None:
            kept = len(leaves) > last.size and digest.root(leaves[: last.size]).hex() == last.root
            require(kept, "log_rewritten", _("透明日志前 %d 页与已签名的树头不一致，停止签名，请立即核查") % last.size)
        root, at = digest.root(leaves).hex(), clock.real_now()
        return LogHead.objects.create(
            size=len(leaves),
            root=root,
            sealed_at=at,
            public_key=signing.public_key(),
            signature=signing.sign(statement(len(leaves), root, at)),
        )


def head() -> LogHead | None:
    """Return the latest signed head."""
    return LogHead.objects.order_by("-size").first()


def statement(size: int, root: str, sealed_at: datetime) -> bytes:
    """Return the bytes a head's signature is over."""
    return digest.canonical({"root": root, "sealed_at": sealed_at, "size": size})


def is_signed(sealed: LogHead) -> bool:
    """Return whether a head carries this deployment's signature. The key in the row is not believed."""
    return signing.verify(statement(sealed.size, sealed.root, sealed.sealed_at), sealed.signature, signing.public_key())


def inclusion(leaf: LogLeaf, sealed: LogHead) -> list[str]:
    """Return the path from a leaf to a head that covers it, in hexadecimal, nearest neighbour first."""
    return [step.hex() for step in digest.inclusion_proof(hashes(sealed.size), leaf.position)]


def included(leaf_hash: str, position: int, sealed: LogHead, path: list[str]) -> bool:
    """Return whether the path leads from the leaf to the head's root."""
    steps = [bytes.fromhex(step) for step in path]
    return digest.verify_inclusion(bytes.fromhex(leaf_hash), position, sealed.size, steps, bytes.fromhex(sealed.root))


def consistency(old_size: int, sealed: LogHead) -> list[str]:
    """Return the proof that the log of ``old_size`` leaves is the beginning of the head's. Raises IndexError beyond it."""
    return [step.hex() for step in digest.consistency_proof(hashes(sealed.size), old_size)]


def as_json(sealed: LogHead) -> dict[str, Any]:
    """Return a head as proofs carry it; ``docs/verify-offline.md`` explains each value."""
    return {
        "size": sealed.size,
        "root": sealed.root,
        "sealed_at": sealed.sealed_at.isoformat(),
        "public_key": sealed.public_key,
        "signature": sealed.signature,
    }


def hashes(size: int | None = None) -> list[bytes]:
    """Return the leaves' hashes in log order, all or the first ``size``."""
    leaves = LogLeaf.objects.order_by("position")
    if size is not None:
        leaves = leaves.filter(position__lt=size)
    return [bytes.fromhex(leaf_hash) for leaf_hash in leaves.values_list("leaf_hash", flat=True).iterator()]


def _size() -> int:
    last = LogLeaf.objects.order_by("-position").first()
    return 0 if last is None else last.position + 1


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])

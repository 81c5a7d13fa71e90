"""Digests of content, and the Merkle tree of the transparency log (RFC 9162, section 2.1, SHA-256)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cryptography.hazmat.primitives import hashes


def canonical(obj: Any) -> bytes:
    """Return the one byte form of a JSON-like value: keys sorted, UTF-8, no spaces, Decimals and dates as text.

    Raises TypeError for a float, because two machines may print it differently, and for anything that has no one text.
    """
    return json.dumps(_plain(obj), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _plain(obj: Any) -> Any:
    if obj is None or isinstance(obj, str | bool | int):
        return obj
    if isinstance(obj, Decimal) and obj.is_finite():
        return str(obj)
    if isinstance(obj, datetime) and obj.tzinfo is None:
        raise TypeError("an instant without its offset has no one text")
    if isinstance(obj, date):
        return obj.isoformat()
    if isinstance(obj, dict):
        if not all(isinstance(key, str) for key in obj):
            raise TypeError("keys are text")
        return {key: _plain(value) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return [_plain(value) for value in obj]
    raise TypeError(f"{type(obj).__name__} has no canonical form")


def sha256(data: bytes) -> str:
    """Return the SHA-256 digest in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sm3(data: bytes) -> str:
    """Return the SM3 digest (GB/T 32905) in hexadecimal, also where the local OpenSSL leaves SM3 out of hashlib."""
    try:
        return hashlib.new("sm3", data).hexdigest()
    except ValueError:
        engine = hashes.Hash(hashes.SM3())
        engine.update(data)
        return engine.finalize().hex()


def leaf_hash(data: bytes) -> bytes:
    """Return the 32-byte hash of one leaf. All functions below take and give such hashes, never the leaf's content."""
    return hashlib.sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """Return the largest power of two smaller than ``size``."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the tree head over leaf hashes in log order; the empty log has the hash of nothing."""
    return _root(leaves, 0, len(leaves)) if leaves else hashlib.sha256(b"").digest()


def _root(leaves: Sequence[bytes], first: int, size: int) -> bytes:
    if size == 1:
        return leaves[first]
    k = _split(size)
    return _node(_root(leaves, first, k), _root(leaves, first + k, size - k))


def inclusion_proof(leaves: Sequence[bytes], i: int) -> list[bytes]:
    """Return the path from leaf ``i`` (from 0) to the head, nearest neighbour first; IndexError outside the log."""
    if not 0 <= i < len(leaves):
        raise IndexError("no such leaf")
    path: list[bytes] = []
    first, size = 0, len(leaves)
    while size > 1:
        k = _split(size)
        if i < first + k:
            path.append(_root(leaves, first + k, size - k))
            size = k
        else:
            path.append(_root(leaves, first, k))
            first, size = first + k, size - k
    return path[::-1]


def verify_inclusion(leaf: bytes, i: int, size: int, proof: Sequence[bytes], head: bytes) -> bool:
    """Return whether ``proof`` leads from ``leaf`` at ``i`` to the head of a log of ``size`` leaves."""
    if not 0 <= i < size:
        return False
    at, last, found = i, size - 1, leaf
    for neighbour in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = _node(neighbour, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = _node(found, neighbour)
        at, last = at >> 1, last >> 1
    return last == 0 and found == head


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that the log's first ``old_size`` leaves (at least 1) are still the same."""
    if not 0 < old_size <= len(leaves):
        raise IndexError("no such earlier log")
    return _consistency(leaves, 0, len(leaves), old_size, True)


def _consistency(leaves: Sequence[bytes], first: int, size: int, old: int, whole: bool) -> list[bytes]:
    if old == size:
        return [] if whole else [_root(leaves, first, size)]
    k = _split(size)
    if old <= k:
        return [*_consistency(leaves, first, k, old, whole), _root(leaves, first + k, size - k)]
    return [*_consistency(leaves, first + k, size - k, old - k, False), _root(leaves, first, k)]


def verify_consistency(old_size: int, new_size: int, old_head: bytes, new_head: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether ``proof`` shows that the log of ``new_size`` only continues the log of ``old_size``."""
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_head == new_head
    path = [old_head, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_found = new_found = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_found, new_found = _node(step, old_found), _node(step, new_found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new_found = _node(new_found, step)
        at, last = at >> 1, last >> 1
    return last == 0 and old_found == old_head and new_found == new_head

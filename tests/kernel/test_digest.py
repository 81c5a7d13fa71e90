"""Canonical bytes, digests and the Merkle tree of RFC 9162 against known answers."""

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import digest

# The eight leaves and heads certificate-transparency implementations publish as their common self-test.
CONTENTS = [
    bytes.fromhex(c)
    for c in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
LEAVES = [digest.leaf_hash(c) for c in CONTENTS]
HEADS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.integers(1, 70)


def leaves(n):
    return [digest.leaf_hash(str(i).encode()) for i in range(n)]


def test_the_published_heads():
    assert digest.root([]) == hashlib.sha256(b"").digest()
    assert [digest.root(LEAVES[: n + 1]).hex() for n in range(8)] == HEADS


def test_a_published_inclusion_path():
    assert [h.hex() for h in digest.inclusion_proof(LEAVES, 0)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


@given(SIZES, st.data())
def test_every_leaf_is_proved_and_nothing_else_is(size, data):
    log = leaves(size)
    head, i = digest.root(log), data.draw(st.integers(0, size - 1))
    proof = digest.inclusion_proof(log, i)
    assert digest.verify_inclusion(log[i], i, size, proof, head)
    assert not digest.verify_inclusion(digest.leaf_hash(b"forged"), i, size, proof, head)
    assert not digest.verify_inclusion(log[i], i, size, [*proof, head], head)
    assert not digest.verify_inclusion(log[i], size, size, proof, head)
    other = data.draw(st.integers(0, size - 1))
    assert digest.verify_inclusion(log[i], other, size, proof, head) is (other == i)


@given(SIZES, st.data())
def test_a_log_that_only_grew_is_proved_consistent_and_a_rewritten_one_is_not(size, data):
    log, old = leaves(size), data.draw(st.integers(1, size))
    proof = digest.consistency_proof(log, old)
    old_head, new_head = digest.root(log[:old]), digest.root(log)
    assert digest.verify_consistency(old, size, old_head, new_head, proof)
    rewritten = [digest.leaf_hash(b"forged"), *log[1:]]
    forged = digest.consistency_proof(rewritten, old)
    assert not digest.verify_consistency(old, size, old_head, digest.root(rewritten), forged)
    if old < size:
        assert not digest.verify_consistency(old, size, old_head, new_head, proof[:-1])


def test_proofs_outside_the_log_do_not_exist():
    with pytest.raises(IndexError):
        digest.inclusion_proof(LEAVES, 8)
    with pytest.raises(IndexError):
        digest.consistency_proof(LEAVES, 0)
    assert not digest.verify_consistency(0, 8, LEAVES[0], LEAVES[1], [])


def test_the_standards_sm3_example_with_and_without_the_help_of_openssl(monkeypatch):
    expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert digest.sm3(b"abc") == expected

    def without(name, data=b""):
        raise ValueError(f"unsupported hash type {name}")

    monkeypatch.setattr(digest.hashlib, "new", without)
    assert digest.sm3(b"abc") == expected


def test_one_value_has_one_byte_form():
    value = {
        "乙": [Decimal("0.890"), date(2024, 10, 12), None, True],
        "甲": {"t": datetime(2024, 1, 1, tzinfo=UTC), "n": 3},
    }
    same = {
        "甲": {"n": 3, "t": datetime(2024, 1, 1, tzinfo=UTC)},
        "乙": (Decimal("0.890"), date(2024, 10, 12), None, True),
    }
    assert digest.canonical(value) == digest.canonical(same)
    assert (
        digest.canonical(value).decode()
        == '{"乙":["0.890","2024-10-12",null,true],"甲":{"n":3,"t":"2024-01-01T00:00:00+00:00"}}'
    )


@pytest.mark.parametrize("value", [0.1, {"x": [1.0]}, b"x", {1: 2}, Decimal("NaN"), datetime(2024, 1, 1), object()])
def test_a_value_without_one_text_is_refused(value):
    with pytest.raises(TypeError):
        digest.canonical(value)


def test_the_digest_of_bytes_is_the_published_one():
    """The answer FIPS 180-4 gives for the three bytes ``abc``."""
    assert digest.sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("place", [-1, 8])
def test_no_leaf_outside_the_log_is_proved(place):
    with pytest.raises(IndexError):
        digest.inclusion_proof(LEAVES, place)


@pytest.mark.parametrize(("old", "new"), [(0, 3), (5, 3), (3, 7)])
def test_nothing_proves_nothing(old, new):
    """Sizes the wrong way round, and a log that grew without a proof, are refused with a plain no."""
    assert digest.verify_consistency(old, new, bytes.fromhex(HEADS[2]), bytes.fromhex(HEADS[6]), []) is False


def test_a_proof_with_steps_too_many_is_refused_with_a_plain_no():
    proof = digest.consistency_proof(LEAVES, 4)
    old, new = bytes.fromhex(HEADS[3]), bytes.fromhex(HEADS[7])
    assert digest.verify_consistency(4, 8, old, new, proof) is True
    assert digest.verify_consistency(4, 8, old, new, [*proof, proof[0], proof[0]]) is False


def test_every_pair_of_sizes_up_to_thirty_three_is_proved():
    leaves = [digest.leaf_hash(bytes([n])) for n in range(33)]
    heads = [b"", *(digest.root(leaves[:size]) for size in range(1, 34))]
    for new in range(1, 34):
        for old in range(1, new + 1):
            proof = digest.consistency_proof(leaves[:new], old)
            assert digest.verify_consistency(old, new, heads[old], heads[new], proof) is True
            assert digest.verify_consistency(old, new, heads[new], heads[old], proof) is (old == new)

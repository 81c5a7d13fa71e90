"""Personal fields: sealed so that a dump tells nothing, opened with the key they name, found by a blind index."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from accounts.personal import blind, key_id_of, resealed, seal, unseal
from carbon_portal import env
from kernel.rules import RuleViolation

PHONE = "13800001234"
OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def b64(key: bytes) -> str:
    """Return a key as the environment holds it."""
    return base64.b64encode(key).decode()


def test_what_is_sealed_opens_again_and_shows_nothing() -> None:
    first, second = seal(PHONE), seal(PHONE)

    assert unseal(first) == unseal(second) == PHONE
    assert first != second
    assert PHONE not in first
    assert unseal(seal("林晓华")) == "林晓华"
    assert unseal(seal("")) == ""


@pytest.mark.parametrize("place", [0, 2, 8, 20, -1])
def test_a_changed_character_is_found_out(place: int) -> None:
    sealed = seal(PHONE)
    characters = list(sealed)
    characters[place] = "A" if characters[place] != "A" else "B"

    with pytest.raises(RuleViolation) as refusal:
        unseal("".join(characters))

    assert refusal.value.code in {"seal_broken", "seal_key_unknown"}


@pytest.mark.parametrize("text", ["", PHONE, "1.demo.", "1.demo.AAAA", "1.demo.%%%%", "2.demo.AAAA"])
def test_what_was_never_sealed_does_not_open(text: str) -> None:
    with pytest.raises(RuleViolation) as refusal:
        unseal(text)

    assert refusal.value.code in {"seal_broken", "seal_key_unknown"}


def test_an_old_key_opens_and_the_newest_seals(settings: Any) -> None:
    settings.PERSONAL_KEYS = {"2026": OLD}
    before = seal(PHONE)

    settings.PERSONAL_KEYS = {"2027": NEW, "2026": OLD}

    assert unseal(before) == PHONE
    after = resealed(before)
    assert (key_id_of(before), key_id_of(after), unseal(after)) == ("2026", "2027", PHONE)
    assert resealed(after) == after
    settings.PERSONAL_KEYS = {"2027": NEW}
    with pytest.raises(RuleViolation) as refusal:
        unseal(before)
    assert refusal.value.code == "seal_key_unknown"


def test_a_text_cannot_be_passed_off_as_sealed_by_another_key(settings: Any) -> None:
    settings.PERSONAL_KEYS = {"2027": NEW, "2026": NEW}  # even when both ids hold the same key

    with pytest.raises(RuleViolation) as refusal:
        unseal(seal(PHONE).replace(".2027.", ".2026."))

    assert refusal.value.code == "seal_broken"


def test_the_blind_index_finds_the_same_text_of_the_same_kind_only(settings: Any) -> None:
    index = blind("phone", PHONE)

    assert index == blind("phone", PHONE)
    assert len(index) == 64
    assert index not in {blind("phone", "13800001235"), blind("identity_no", PHONE), blind("phon", f"e{PHONE}")}
    settings.PERSONAL_PEPPER = NEW
    assert blind("phone", PHONE) != index


def test_the_ring_is_read_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RING", f"2027:{b64(NEW)}, 2026:{b64(OLD)}")

    assert list(env.key_ring("RING").items()) == [("2027", NEW), ("2026", OLD)]


@pytest.mark.parametrize(
    "ring",
    [
        "",
        b64(NEW),
        f":{b64(NEW)}",
        f"a.b:{b64(NEW)}",
        "a:short",
        f"a:{b64(NEW[:16])}",
        f"a:{b64(NEW)},a:{b64(OLD)}",
        f"a:{b64(NEW)},b",
    ],
)
def test_a_wrong_ring_stops_the_start_and_is_not_repeated(monkeypatch: pytest.MonkeyPatch, ring: str) -> None:
    monkeypatch.setenv("RING", ring)

    with pytest.raises(ImproperlyConfigured) as stop:
        env.key_ring("RING")

    assert "RING" in str(stop.value)
    assert b64(NEW) not in str(stop.value)


def test_a_wrong_pepper_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", "pepper", b64(os.urandom(31))):
        monkeypatch.setenv("PEPPER", value)
        with pytest.raises(ImproperlyConfigured):
            env.secret("PEPPER")


def test_only_a_demo_derives_them_and_no_two_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RING", "PEPPER"):
        monkeypatch.delenv(name, raising=False)

    derived = env.key_ring("RING", stand_in="word")["demo"], env.secret("PEPPER", stand_in="word")

    assert derived[0] != derived[1]
    assert derived == (env.key_ring("RING", stand_in="word")["demo"], env.secret("PEPPER", stand_in="word"))
    assert env.secret("PEPPER", stand_in="other") != derived[1]

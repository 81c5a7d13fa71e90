"""Coupon codes: 16 characters nobody mistakes for another, typed or scanned in whatever way, and the keys of devices."""

from __future__ import annotations

import secrets
from urllib.parse import unquote, urlsplit

from kernel.identifiers import normalise

# No 0 and O, no 1, I and L; 30^16 is about 78 bits.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16


def fresh_code() -> str:
    """Return a code nobody can guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def grouped(code: str) -> str:
    """Return a code in groups of four, as it is printed."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def code_in(text: str) -> str:
    """Return the code in what was typed or scanned: groups, small letters, full-width letters, or the link of the QR."""
    if "://" in text:
        text = unquote(urlsplit(text.strip()).fragment)
    return "".join(character for character in normalise(text) if character not in " -　")

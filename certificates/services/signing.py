"""The key that signs the heads of the transparency log (Ed25519, RFC 8032)."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def sign(message: bytes) -> str:
    """Return the signature in hexadecimal."""
    return _key(secret()).sign(message).hex()


def public_key() -> str:
    """Return the key to check with, 32 bytes in hexadecimal. It belongs in the deployment's published papers."""
    return _key(secret()).public_key().public_bytes_raw().hex()


def verify(message: bytes, signature: str, key: str) -> bool:
    """Return whether ``signature`` is that of ``key`` over ``message``; both in hexadecimal."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=2)
def _key(secret: str) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    except ValueError as error:
        raise ImproperlyConfigured(
            "LOG_SIGNING_KEY 应为 64 位十六进制。LOG_SIGNING_KEY must be 64 hexadecimal characters."
        ) from error


def secret() -> str:
    """Return the configured key; a demo or a test makes its own once and keeps it in the data folder."""
    if configured := settings.LOG_SIGNING_KEY:
        return str(configured)
    if not (settings.DEMO or settings.TESTING):
        raise ImproperlyConfigured(
            "LOG_SIGNING_KEY 没有设置，见 .env.example。LOG_SIGNING_KEY is not set, see .env.example."
        )
    return _made_once(settings.VAR_DIR / "log_signing.key")


@lru_cache(maxsize=2)
def _made_once(place: Path) -> str:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(f".{os.getpid()}")
    draft.write_text(os.urandom(32).hex(), "ascii")
    draft.chmod(0o600)
    try:
        os.link(draft, place)  # whole or not at all, and the first process wins
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return place.read_text("ascii").strip()

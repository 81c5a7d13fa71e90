"""Typed reading of the environment: a missing or wrong value stops the start with one sentence."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import ImproperlyConfigured

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None) -> str:
    """Return a variable as text; without a default it is required."""
    value = os.environ.get(name, default)
    if value is None or (default is None and not value.strip()):
        raise ImproperlyConfigured(f"{name} 没有设置，见 .env.example。{name} is not set, see .env.example.")
    return value


def _typed(name: str, default: Any, kind: Callable[[str], Any], what: str) -> Any:
    raw = os.environ.get(name)
    if raw is None:
        return default
    try:
        return kind(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={raw!r} 应为{what}。{name} must be {what}.") from error


def _boolean(raw: str) -> bool:
    word = raw.strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(raw)
    return word in _TRUE


def flag(name: str, default: bool = False) -> bool:
    """Return 1/0, true/false, yes/no, on/off as a boolean."""
    return bool(_typed(name, default, _boolean, "1 / 0"))


def integer(name: str, default: int) -> int:
    """Return a whole number."""
    return int(_typed(name, default, int, "整数 / an integer"))


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list without empty items."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def networks(name: str, default: str) -> list[IPv4Network | IPv6Network]:
    """Return a comma-separated list of networks, e.g. ``10.1.0.0/16,::1/128``."""
    try:
        return [ip_network(word) for word in words(name, default)]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} 应为以逗号分隔的网段（10.1.0.0/16）。{name} must be networks, comma-separated."
        ) from error


def _secret(raw: str) -> bytes:
    key = base64.b64decode(raw.strip(), validate=True)
    if len(key) != 32:
        raise ValueError
    return key


def _stop(name: str, what: str, english: str) -> ImproperlyConfigured:
    # Unlike the other variables, the value of a secret is never repeated in a message.
    return ImproperlyConfigured(f"{name} 应为{what}，见 .env.example。{name} must be {english}, see .env.example.")


def secret(name: str, *, stand_in: str = "") -> bytes:
    """Return 32 secret bytes given in base64; ``stand_in`` is what a demo derives them from (HKDF, RFC 5869) when unset."""
    raw = os.environ.get(name, "")
    if not raw and stand_in:
        return HKDF(SHA256(), 32, salt=None, info=name.encode()).derive(stand_in.encode())
    try:
        return _secret(raw)
    except (binascii.Error, ValueError) as error:
        raise _stop(name, " base64 写的 32 字节", "32 bytes in base64") from error


def key_ring(name: str, *, stand_in: str = "") -> dict[str, bytes]:
    """Return key id → 32 secret bytes from ``id:base64,id:base64``, the newest first; ``stand_in`` as in ``secret``."""
    items = words(name)
    if not items and stand_in:
        return {"demo": secret(name, stand_in=stand_in)}
    ring: dict[str, bytes] = {}
    try:
        for key_id, _colon, raw in (item.partition(":") for item in items):
            if not re.fullmatch(r"[A-Za-z0-9-]{1,20}", key_id) or key_id in ring:
                raise ValueError
            ring[key_id] = _secret(raw)
        if not ring:
            raise ValueError
    except (binascii.Error, ValueError) as error:
        what = "“编号:base64 写的 32 字节”，以逗号分隔，最新的在前，编号不重复"
        raise _stop(name, what, "id:32 bytes in base64, comma-separated, newest first, no id twice") from error
    return ring


def folder(name: str, default: Path) -> Path:
    """Return a path."""
    return Path(os.environ.get(name) or default)


def folder_or_none(name: str) -> Path | None:
    """Return a path, or nothing when the variable is empty."""
    raw = os.environ.get(name)
    return Path(raw) if raw else None


def database(name: str, role: str) -> dict[str, Any]:
    """Turn ``postgresql://user:pass@host:port/name?host=/socket`` into Django's settings.

    ``role`` is taken by every session (``SET ROLE``), so that a process of the portal cannot rewrite the books even when
    the log-in it was given could.
    """
    return database_of(text(name), name, role)


def database_of(url: str, name: str, role: str = "") -> dict[str, Any]:
    """Do so for an address that was given as ``name``."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"{name} 应形如 postgresql://user@host/name；只支持 PostgreSQL 15 及以上。PostgreSQL only."
        )
    query = parse_qs(parts.query)
    options = ["-c timezone=UTC"] + ([f"-c role={role}"] if role else [])
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": (query.get("host") or [parts.hostname or ""])[0],
        "PORT": (query.get("port") or [str(parts.port or "")])[0],
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        # What is asked again and again is planned once a connection. Behind a pooler of transactions this wants PgBouncer 1.21.
        "OPTIONS": {
            "options": " ".join(options),
            "connect_timeout": 5,
            "server_side_binding": True,
            "prepare_threshold": 3,
        },
    }

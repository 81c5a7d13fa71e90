"""Typed reading of the environment: a missing or wrong value stops the start with one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None) -> str:
    """Return a variable as text; without a default it is required."""
    value = os.environ.get(name, default)
    if value is None:
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


def folder(name: str, default: Path) -> Path:
    """Return a path."""
    return Path(os.environ.get(name) or default)


def database(name: str, role: str) -> dict[str, Any]:
    """Turn ``postgresql://user:pass@host:port/name?host=/socket`` into Django's settings.

    ``role`` is taken by every session (``SET ROLE``), so that a process of the portal cannot rewrite the books even when
    the log-in it was given could.
    """
    parts = urlsplit(text(name))
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
        "OPTIONS": {"options": " ".join(options), "connect_timeout": 5},
    }

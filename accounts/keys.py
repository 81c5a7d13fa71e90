"""Idempotency: the same key with the same body gives the same answer, with another body a refusal.

Callers with one key wait for each other on an advisory lock; the unique constraint refuses should the lock ever be missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.core.exceptions import BadRequest
from django.db import connection, models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import VerbKey
from kernel.digest import canonical, sha256
from kernel.rules import require

SHORTEST, LONGEST = 8, 100
IDEMPOTENCY_KEY = r"^[!-~]{8,100}$"  # what the API takes in a header, where only ASCII arrives as it was sent


def is_key(key: str) -> bool:
    """Tell whether a caller's idempotency key has the shape: 8 to 100 characters, none of them invisible."""
    return SHORTEST <= len(key) <= LONGEST and key.isprintable()


def posted_key(form: Mapping[str, str]) -> str:
    """Return the key in a posted form. Raises BadRequest (400) without one: the act could be booked twice."""
    key = form.get("key", "")
    if not is_key(key):
        raise BadRequest(gettext("这次提交没有带上有效的防重复编号，什么都没有改动；请返回上一页，刷新后再提交一次"))
    return key


def _body(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    told = {name: value for name, value in kwargs.items() if name not in {"by", "key"}}
    return sha256(canonical([[_plain(value) for value in args], {name: _plain(value) for name, value in told.items()}]))


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return [value._meta.label_lower, value.pk]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict) and not all(isinstance(name, str) for name in value):
        return sorted([_plain(name), _plain(item)] for name, item in value.items())
    if isinstance(value, bytes):
        return sha256(value)
    return value


def remembered(verb: str, key: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the object an earlier call with this key made, or None; refuse the key with another body (``key_reused``)."""
    word = f"{verb}:{kwargs['by'].pk}:{key}"
    number = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
    row = VerbKey.objects.filter(actor=kwargs["by"], verb=verb, key=key).first()
    if row is None:
        return None
    require(row.body == _body(args, kwargs), "key_reused", _("这个幂等键已用于内容不同的一次办理，请换一个键"))
    return apps.get_model(row.object_type)._base_manager.get(pk=row.object_id)


def remember(verb: str, key: str, args: tuple[Any, ...], kwargs: dict[str, Any], result: models.Model) -> None:
    """Keep the answer of a call under its key."""
    VerbKey.objects.create(
        actor=kwargs["by"],
        verb=verb,
        key=key,
        body=_body(args, kwargs),
        object_type=result._meta.label_lower,
        object_id=result.pk,
    )

"""Keys that partner systems sign their requests with."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.models import ApiKey, ApiNonce, Organisation, User
from accounts.personal import seal
from accounts.workflow import lock, record, require, verb
from kernel import clock

# A request is refused when its timestamp is five minutes off, so that nothing older can come back; an hour is plenty.
NONCES_KEPT_FOR = timedelta(hours=1)


class IssuedKey(NamedTuple):
    """A new key and its secret, which is shown this once and afterwards only kept sealed."""

    key: ApiKey
    secret: str


@verb("accounts.issue_api_key")
def issue_api_key(
    organisation: Organisation, user: User, *, by: User, valid_to: datetime | None = None, reason: str = ""
) -> IssuedKey:
    """Issue a key with which a system of the organisation acts as ``user``, who must hold a role there.

    Raises RuleViolation ``not_of_organisation``, ``no_key_for_a_person`` or ``key_period``.
    """
    told = _("自然人的账户不签发接口密钥：每次办理都要本人的第二因素")
    require(not organisation.is_person, "no_key_for_a_person", told)
    user = lock(user)
    holds = user.is_active and user.organisations().filter(pk=organisation.pk).exists()
    require(holds, "not_of_organisation", _("%s在这个单位没有角色，请先授权") % user.full_name)
    secret = secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        key_id=f"ak{secrets.token_hex(8)}",
        organisation=organisation,
        user=user,
        sealed=seal(secret),
        valid_to=valid_to,
        created_by=by,
    )
    record(
        "accounts.issue_api_key",
        key,
        by=by,
        reason=reason,
        data={"organisation": organisation.name, "user": user.username},
    )
    return IssuedKey(key, secret)


@verb("accounts.end_api_key")
def end_api_key(api_key: ApiKey, *, by: User, reason: str = "") -> ApiKey:
    """End a key now: what it signs from here on is refused. Raises RuleViolation ``key_ended``."""
    api_key, now = lock(api_key), clock.now()
    require(api_key.valid_to is None or api_key.valid_to > now, "key_ended", _("密钥 %s 已停用") % api_key.key_id)
    api_key.valid_to = now
    api_key.save(update_fields=["valid_to"])
    record("accounts.end_api_key", api_key, by=by, reason=reason)
    return api_key


def sweep_nonces() -> int:
    """Remove numbers whose requests would be refused by their timestamp anyway; returns how many."""
    removed, _by_table = ApiNonce.objects.filter(at__lt=clock.real_now() - NONCES_KEPT_FOR).delete()
    return removed

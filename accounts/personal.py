"""Personal fields: sealed with a key of the ring, and found again by a blind index under a separate pepper.

A sealed text says which key opens it: ``1.<key id>.<base64url of nonce, ciphertext and tag>`` (AES-256-GCM, NIST SP 800-38D).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kernel.rules import RuleViolation

FORMAT = "1"
NONCE_BYTES = 12


def seal(text: str) -> str:
    """Return ``text`` sealed with the newest key; the same text sealed twice gives two different sealed texts."""
    key_id, key = next(iter(settings.PERSONAL_KEYS.items()))
    nonce, head = secrets.token_bytes(NONCE_BYTES), f"{FORMAT}.{key_id}"
    sealed = nonce + AESGCM(key).encrypt(nonce, text.encode(), head.encode())
    return f"{head}.{base64.urlsafe_b64encode(sealed).decode()}"


def unseal(sealed: str) -> str:
    """Return the text a sealed one holds.

    Raises RuleViolation ``seal_key_unknown`` when its key is not in the ring and ``seal_broken`` when a character was changed.
    """
    head, _dot, body = sealed.rpartition(".")
    key = settings.PERSONAL_KEYS.get(key_id_of(sealed))
    if key is None:
        raise RuleViolation("seal_key_unknown", _("这条个人信息所用的密钥不在密钥环中，暂时无法解开"))
    try:
        data = base64.b64decode(body, altchars=b"-_", validate=True)
        return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], head.encode()).decode()
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise RuleViolation("seal_broken", _("这条个人信息的密文被改动过，无法解开")) from error


def key_id_of(sealed: str) -> str:
    """Return the id of the key a text is sealed with, or nothing when it is no sealed text."""
    parts = sealed.split(".")
    return parts[1] if len(parts) == 3 and parts[0] == FORMAT else ""


def resealed(sealed: str) -> str:
    """Return the same text under the newest key of the ring; unchanged when it is already."""
    return sealed if key_id_of(sealed) == next(iter(settings.PERSONAL_KEYS)) else seal(unseal(sealed))


def blind(kind: str, text: str) -> str:
    """Return the blind index of ``text``: 64 hexadecimal digits, equal for equal texts of one kind, useless without the pepper.

    ``kind`` ("phone", "identity_no") keeps the same digits in two columns from giving the same index. The caller normalises.
    """
    return hmac.new(settings.PERSONAL_PEPPER, f"{kind}\0{text}".encode(), hashlib.sha256).hexdigest()

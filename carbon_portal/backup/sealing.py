"""The deployment's keys: which are in force, sealed under a passphrase, and written where the launcher reads them.

scrypt (RFC 7914) makes the key from the passphrase, AES-256-GCM (NIST SP 800-38D) seals; the manifest is the associated data.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.conf import settings

from carbon_portal.backup import Refused
from certificates.services import signing

SHORTEST = 12  # characters of a passphrase
_COST = {"n": 2**15, "r": 8, "p": 1}  # 32 MB for a tenth of a second
NAMES = ("SECRET_KEY", "PERSONAL_KEYS", "PERSONAL_PEPPER", "LOG_SIGNING_KEY")


def in_force() -> dict[str, str]:
    """Return the four keys as variables of the environment, also where a demo has derived or made them itself."""
    ring = ",".join(f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in settings.PERSONAL_KEYS.items())
    pepper = base64.b64encode(settings.PERSONAL_PEPPER).decode()
    return dict(zip(NAMES, (settings.SECRET_KEY, ring, pepper, signing.secret()), strict=True))


def check_passphrase(passphrase: str) -> None:
    """Raise Refused for a passphrase that is missing or too short to stand beside the data."""
    if len(passphrase) < SHORTEST:
        raise Refused(
            f"备份口令至少 {SHORTEST} 个字符：请设置 BACKUP_PASSPHRASE 或 BACKUP_PASSPHRASE_FILE。",
            f"The passphrase of the back-up needs {SHORTEST} characters: set BACKUP_PASSPHRASE or BACKUP_PASSPHRASE_FILE.",
        )


def seal(keys: Mapping[str, str], passphrase: str, manifest: bytes) -> bytes:
    """Return the keys sealed under ``passphrase`` and bound to ``manifest``, as JSON."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, json.dumps(dict(keys)).encode(), manifest)
    parts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    told = {"kdf": "scrypt", **_COST} | {name: base64.b64encode(part).decode() for name, part in parts.items()}
    return json.dumps(told, indent=1).encode()


def unseal(sealed: bytes, passphrase: str, manifest: bytes) -> dict[str, str]:
    """Return the keys. Raises Refused when the passphrase is another one or seal or manifest were changed."""
    try:
        told = json.loads(sealed)
        salt, nonce, body = (base64.b64decode(told[name], validate=True) for name in ("salt", "nonce", "sealed"))
        opened = json.loads(AESGCM(_key(passphrase, salt)).decrypt(nonce, body, manifest))
    except (InvalidTag, ValueError, KeyError, TypeError, binascii.Error) as error:
        raise Refused(
            "备份口令不对，或者清单、密钥文件被改动过，没有恢复任何内容。",
            "The passphrase is wrong, or the manifest or the keys were changed; nothing was restored.",
        ) from error
    return {name: str(opened[name]) for name in NAMES}


def _key(passphrase: str, salt: bytes) -> bytes:
    # The cost belongs to the format: a file that asks for a terabyte of memory is not believed.
    return Scrypt(salt=salt, length=32, **_COST).derive(passphrase.encode())


def write(keys: Mapping[str, str], target: Path) -> Path | None:
    """Write the keys as ``NAME=value`` for our eyes only; what stood there is moved aside, and its new place returned."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in keys.items())
    aside = None
    if target.exists():
        aside = target.with_name(f"{target.name}.before-restore-{secrets.token_hex(4)}")
        target.rename(aside)
    draft.rename(target)
    return aside

"""The passphrase of a back-up: from the environment, from a file, or from the person at the terminal."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from carbon_portal import env
from carbon_portal.backup import Refused


def asked(*, twice: bool = False) -> str:
    """Return ``BACKUP_PASSPHRASE``, the first line of ``BACKUP_PASSPHRASE_FILE``, or what is typed; empty when nobody can type.

    Raises Refused when the file cannot be read, or when what is typed ``twice`` differs.
    """
    given = env.text("BACKUP_PASSPHRASE", "")
    file = env.text("BACKUP_PASSPHRASE_FILE", "")
    if given or (not file and not sys.stdin.isatty()):
        return given
    if file:
        try:
            return Path(file).read_text(encoding="utf-8").splitlines()[0].strip()
        except (OSError, UnicodeDecodeError, IndexError) as error:
            raise Refused(f"口令文件 {file} 读不了。", f"The file of the passphrase {file} cannot be read.") from error
    typed = getpass.getpass("备份口令 · passphrase: ")
    if twice and getpass.getpass("再输入一次 · once more: ") != typed:
        raise Refused("两次输入的口令不一样。", "The two passphrases differ.")
    return typed

"""Keeping a table as it came, and opening exactly that one again when it is applied."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from accounts.models import TableIn, User
from accounts.personal import seal, unseal
from accounts.refusals import refusal_of, sentence
from accounts.sheets import SheetOf, Sheets, read_sheets
from accounts.tables import MOST_BYTES, Table, Wanted, read_table
from accounts.workflow import PermissionDenied, lock, record, require, verb
from kernel import clock
from kernel.rules import RowError, RuleViolation

FORGOTTEN_AFTER = timedelta(days=7)  # what was never applied
T = TypeVar("T")


@verb("accounts.keep_table")
def keep_table(upload: Any, *, purpose: str, by: User, reason: str = "") -> TableIn:
    """Keep a table of at most ``MOST_BYTES`` bytes as it was sent, sealed, under its digest. Raises RuleViolation ``bad_file``."""
    require(upload.size <= MOST_BYTES, "bad_file", _("文件超过 %d MB，请拆成几个文件") % (MOST_BYTES // 2**20))
    content = upload.read()
    require(bool(content), "bad_file", _("文件“%s”是空的（0 字节），请重新导出后再上传") % upload.name)
    table = TableIn.objects.create(
        purpose=purpose,
        name=str(upload.name)[:200],
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        sealed=seal(base64.b64encode(content).decode()),
        uploaded_by=by,
    )
    record("accounts.keep_table", table, by=by, reason=reason, data={"sha256": table.sha256, "bytes": table.size})
    return table


def opened(table: TableIn, columns: Sequence[Wanted], *, most_rows: int) -> Table:
    """Return the rows of a kept table. Raises RuleViolation ``bad_file`` (also when it was forgotten) or ``bad_rows``."""
    return read_table(table.name, as_sent(table), columns, most_rows=most_rows)


def opened_sheets(table: TableIn, sheets: Sequence[SheetOf], *, most_rows: int) -> Sheets:
    """Return the rows of each sheet of a kept file. Raises as ``opened``."""
    return read_sheets(table.name, as_sent(table), sheets, most_rows=most_rows)


def as_sent(table: TableIn) -> bytes:
    """Return the bytes of a kept table, the very ones that were sent. Raises RuleViolation ``bad_file``."""
    require(bool(table.sealed), "bad_file", _("这个文件已经不再保存，请重新上传"))
    content = base64.b64decode(unseal(table.sealed))
    require(hashlib.sha256(content).hexdigest() == table.sha256, "bad_file", _("文件与上传时不同，请重新上传"))
    return content


def apply_once(table: TableIn, purpose: str) -> TableIn:
    """Mark a table as applied, inside the verb that takes it in. Raises RuleViolation ``table_applied`` or ``wrong_table``."""
    table = lock(table)
    require(table.purpose == purpose, "wrong_table", _("这个文件不是为这件事上传的"))
    require(table.applied_at is None, "table_applied", _("这个文件已经导入过，不能再导入一次"))
    table.applied_at = clock.now()
    table.save(update_fields=["applied_at"])
    return table


def each(rows: Sequence[Any], take: Callable[[Any], T]) -> list[T]:
    """Take in row after row; what one is refused for does not hide what others are. Raises ``bad_rows`` with all of it.

    Runs inside a transaction of the caller's, which a refusal ends. A refusal of ``take`` may name the column in ``rows``.
    """
    taken: list[T] = []
    errors: list[RowError] = []
    for row in rows:
        try:
            with transaction.atomic():
                taken.append(take(row))
        except RuleViolation as refusal:
            named = [RowError(row.at, one.field, one.message) for one in refusal.rows]
            errors += named or [RowError(row.at, "", sentence(refusal))]
        except PermissionDenied as refusal:
            errors.append(RowError(row.at, "", str(refusal)))
        except DatabaseError as error:
            told = refusal_of(error)
            if told is None:
                raise
            errors.append(RowError(row.at, "", sentence(told)))
    if errors:
        raise RuleViolation("bad_rows", _("有 %d 处要改，一行也没有导入") % len(errors), rows=errors)
    return taken


def rehearsed(call: Callable[[], T]) -> T:
    """Do something and take all of it back: the preview is what the verb would do, because it is the same code."""
    with transaction.atomic():
        try:
            return call()
        finally:
            transaction.set_rollback(True)


def sweep_tables() -> int:
    """Forget the content of tables that were never applied. Returns how many; their digests stay."""
    old = TableIn.objects.filter(applied_at=None, uploaded_at__lt=clock.now() - FORGOTTEN_AFTER).exclude(sealed="")
    return old.update(sealed="")

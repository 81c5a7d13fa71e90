"""Making a back-up: one snapshot of the database, and every file that this snapshot names.

Files are written before the row that names them commits and never changed afterwards, so files copied after the snapshot was
taken are complete for it. The portal goes on working meanwhile.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tarfile
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection, models

from carbon_portal.backup import DATABASE, FILES, FORMAT, KEYS, MANIFEST, Refused, sealing
from carbon_portal.backup.tools import Place, run, tool

_BLOCK = 2**20
_NAME = re.compile(r"carbon-portal-\d{8}T\d{6}Z")
_TABLES = """
    SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND relnamespace = 'public'::regnamespace ORDER BY relname
"""


def make(to: Path, *, passphrase: str, also: Path | None = None, keep: int = 0) -> Path:
    """Write a back-up below ``to``, copy it to ``also``, and return its folder, which did not exist before.

    With ``keep`` only the newest so many complete ones stay in either place. Raises Refused when anything is missing; what was
    written by then is removed.
    """
    sealing.check_passphrase(passphrase)
    for place in (to, also):
        if place is not None:
            place.mkdir(parents=True, exist_ok=True)
    finished = to / f"carbon-portal-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    if finished.exists():
        raise Refused(f"{finished} 已经存在，请稍后再试。", f"{finished} exists already; try again in a second.")
    draft = Path(tempfile.mkdtemp(prefix=f"{finished.name}.partial-", dir=to))
    try:
        _write(draft, passphrase)
        draft.rename(finished)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    if also is not None:
        _copy(finished, also)
    for place in (to, also):
        if place is not None and keep:
            _forget_older(place, keep)
    return finished


def _write(draft: Path, passphrase: str) -> None:
    place = Place.of(connection.settings_dict)
    with place.connect() as snapshot:
        snapshot.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        snapshot.read_only = True
        exported = snapshot.execute("SELECT pg_export_snapshot(), current_setting('server_version')").fetchone()
        if exported is None:
            raise Refused("数据库没有给出快照。", "The database gave no snapshot.")
        number, version = exported
        major = snapshot.info.server_version // 10_000
        run(
            [
                tool("pg_dump", major),
                "--format=custom",
                "--no-owner",
                f"--snapshot={number}",
                f"--file={draft / DATABASE}",
            ],
            place,
            "数据库没有备份成",
            "The database could not be backed up.",
        )
        manifest = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "database": {"server": version, "major": major, "rows": count_rows(snapshot)},
            "migrations": _migrations(snapshot),
            "files": _files(draft / FILES, Path(settings.MEDIA_ROOT), _named(snapshot)),
        }
    manifest["parts"] = {
        name: {"sha256": digest(draft / name), "bytes": (draft / name).stat().st_size} for name in (DATABASE, FILES)
    }
    told = json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True).encode()
    (draft / KEYS).write_bytes(sealing.seal(sealing.in_force(), passphrase, told))
    (draft / MANIFEST).write_bytes(told)
    for path in draft.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def count_rows(snapshot: psycopg.Connection) -> dict[str, int]:
    """Return table → rows, a partitioned one as a whole."""
    counts = {}
    for (table,) in snapshot.execute(_TABLES).fetchall():
        query = psycopg.sql.SQL("SELECT count(*) FROM public.{}").format(psycopg.sql.Identifier(table))
        counts[str(table)] = int(snapshot.execute(query).fetchall()[0][0])
    return counts


def _migrations(snapshot: psycopg.Connection) -> list[str]:
    return [f"{app}.{name}" for app, name in snapshot.execute("SELECT app, name FROM django_migrations ORDER BY 1, 2")]


def _named(snapshot: psycopg.Connection) -> list[str]:
    """Return the path of every file that a row of the snapshot names, below the folder of the files."""
    found: set[str] = set()
    for model in apps.get_models():
        if model._meta.proxy or not model._meta.managed:
            continue
        for field in model._meta.local_fields:
            if isinstance(field, models.FileField):
                query = psycopg.sql.SQL("SELECT DISTINCT {column} FROM {table} WHERE {column} <> ''").format(
                    column=psycopg.sql.Identifier(str(field.column)), table=psycopg.sql.Identifier(model._meta.db_table)
                )
                found |= {str(name) for (name,) in snapshot.execute(query)}
    return sorted(found)


def _files(archive: Path, root: Path, names: list[str]) -> dict[str, int]:
    """Put the named files into one archive; the number of files and their bytes. Raises Refused when one is not there."""
    missing = [name for name in names if not (root / name).is_file()]
    if missing:
        raise Refused(
            f"数据库记着的 {len(missing)} 个文件不在 {root} 里（如 {missing[0]}），没有生成备份。",
            f"{len(missing)} files that rows name are not in {root} ({missing[0]} is one); no back-up was made.",
        )
    total = 0
    with tarfile.open(archive, "w") as tar:
        for name in names:
            tar.add(root / name, arcname=name, recursive=False)
            total += (root / name).stat().st_size
    return {"count": len(names), "bytes": total}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(finished: Path, also: Path) -> None:
    """Copy a complete back-up to a second place and read it there again."""
    draft = Path(tempfile.mkdtemp(prefix=f"{finished.name}.partial-", dir=also))
    try:
        for path in finished.iterdir():
            shutil.copyfile(path, draft / path.name)
            if digest(draft / path.name) != digest(path):
                raise Refused(
                    f"第二处的 {path.name} 与原件不一致，请检查 {also} 所在的磁盘。",
                    f"{path.name} reads differently in the second place; check the disk of {also}.",
                )
        draft.rename(also / finished.name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _forget_older(place: Path, keep: int) -> None:
    complete = sorted(path for path in place.iterdir() if _NAME.fullmatch(path.name) and (path / MANIFEST).exists())
    for old in complete[:-keep]:
        shutil.rmtree(old)


def newest(place: Path) -> datetime | None:
    """Return when the newest complete back-up in a folder was made."""
    made = []
    with suppress(OSError):
        made = sorted(
            path.name for path in place.iterdir() if _NAME.fullmatch(path.name) and (path / MANIFEST).exists()
        )
    return datetime.strptime(made[-1].rpartition("-")[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if made else None


def as_dict(manifest: bytes) -> dict[str, Any]:
    """Return a manifest as it was written. Raises Refused when it is no manifest of ours."""
    try:
        told = json.loads(manifest)
        known = told["format"] == FORMAT and {"database", "parts", "migrations", "files"} <= set(told)
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise Refused(
            "清单读不懂，这不是本系统的备份。", "The manifest cannot be read: this is no back-up of the portal."
        )
    return dict(told)

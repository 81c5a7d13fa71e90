"""Restoring a back-up into an empty database and an empty folder, whole or not at all.

Everything is checked before anything is written: digests, passphrase, versions, emptiness. Then the files are unpacked beside
their place, the database is restored in one transaction and counted, and only then the files are moved to where they belong.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import psycopg
from django.db.migrations.loader import MigrationLoader

from carbon_portal.backup import DATABASE, FILES, KEYS, MANIFEST, ROLE, Refused, sealing
from carbon_portal.backup.making import as_dict, count_rows, digest
from carbon_portal.backup.tools import Place, run, tool

# What pg_dump writes with the name of the earlier owner in it; the same is said again for whoever owns the database now.
_OF_THE_OWNER = ("DEFAULT ACL", "COMMENT - EXTENSION")
_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN CREATE ROLE {ROLE} NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT {ROLE} TO CURRENT_USER;
"""  # noqa: S608  a constant, not a value
_DEFAULTS = f"""
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {ROLE};
"""
_EMPTY = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v')"


@dataclass(frozen=True)
class Restored:
    """What came back: rows of each table, files, whether the keys differ from those in force, and where older keys were put."""

    rows: dict[str, int]
    files: int
    keys: Path
    keys_differ: bool
    aside: Path | None = None
    later_migrations: list[str] = field(default_factory=list)


def restore(folder: Path, *, passphrase: str, into: Place, files: Path, keys: Path) -> Restored:
    """Bring a back-up into an empty database (made when it does not exist) and an empty folder of files.

    Raises Refused, and leaves database, files and keys as they were, when a part is missing or changed, the passphrase is
    another one, the back-up is of a later version of the portal, or the target holds anything.
    """
    manifest, opened = _checked(folder, passphrase)
    later = _later_migrations(manifest)
    _require_empty_folder(files)
    _make_database(into)
    major = _require_empty_database(into, manifest)
    waiting = Path(tempfile.mkdtemp(prefix=f".{files.name}-restoring-", dir=_made(files.parent)))
    try:
        count = _unpack(folder / FILES, waiting)
        rows = _restore_database(folder / DATABASE, into, major, manifest)
        if files.exists():
            files.rmdir()
        waiting.chmod(0o755)
        waiting.rename(files)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    differ = opened != sealing.in_force()
    return Restored(rows, count, keys, differ, sealing.write(opened, keys), later)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _checked(folder: Path, passphrase: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the manifest and the keys once every part is there and says what the manifest says."""
    missing = [name for name in (MANIFEST, KEYS, DATABASE, FILES) if not (folder / name).is_file()]
    if missing:
        raise Refused(
            f"备份不完整：{folder} 里没有 {'、'.join(missing)}，没有恢复任何内容。",
            f"The back-up is not complete: {folder} holds no {', '.join(missing)}; nothing was restored.",
        )
    written = (folder / MANIFEST).read_bytes()
    manifest = as_dict(written)
    keys = sealing.unseal((folder / KEYS).read_bytes(), passphrase, written)
    for name in (DATABASE, FILES):
        if digest(folder / name) != manifest["parts"][name]["sha256"]:
            raise Refused(
                f"备份中的 {name} 已损坏或被改动（摘要与清单不符），没有恢复任何内容。",
                f"{name} of the back-up is damaged or was changed (its digest is another one); nothing was restored.",
            )
    return manifest, keys


def _later_migrations(manifest: dict[str, Any]) -> list[str]:
    """Return the migrations of this version that the back-up has not had yet; a back-up of a later version is refused.

    Of migrations that were drawn together into one, the back-up may know the many or the one.
    """
    ours = {
        f"{app}.{name}": {f"{of}.{replaced}" for of, replaced in migration.replaces}
        for (app, name), migration in MigrationLoader(None, ignore_no_migrations=True).disk_migrations.items()
    }
    theirs = set(manifest["migrations"])
    unknown = theirs.difference(ours, *ours.values())
    if unknown:
        raise Refused(
            f"备份来自更新的版本（{min(unknown)} 本版本没有），请先升级程序。没有恢复任何内容。",
            "The back-up is of a later version of the portal: upgrade the program first. Nothing was restored.",
        )
    return sorted(name for name, many in ours.items() if name not in theirs and not (many and many <= theirs))


def _require_empty_folder(files: Path) -> None:
    if files.exists() and any(files.iterdir()):
        raise Refused(
            f"{files} 里已有文件，恢复只进入空的文件夹。",
            f"{files} holds files; a restore only goes into an empty folder.",
        )


def _make_database(into: Place) -> None:
    """Create the database when the server has none of that name."""
    with into.connect("postgres") as server:
        server.autocommit = True
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [into.name]).fetchone():
            name = psycopg.sql.Identifier(into.name)
            server.execute(psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(name))


def _require_empty_database(into: Place, manifest: dict[str, Any]) -> int:
    """Return the server's major version, at least that of the back-up's server."""
    with into.connect() as target:
        major = target.info.server_version // 10_000
        found = target.execute(_EMPTY).fetchone()
    if found is None or found[0]:
        raise Refused(
            f"数据库 {into.name} 不是空的，恢复只进入空数据库；请另给一个（--into），或先清空它。",
            f"The database {into.name} is not empty; a restore only goes into an empty one (--into).",
        )
    if major < manifest["database"]["major"]:
        raise Refused(
            f"备份来自 PostgreSQL {manifest['database']['major']}，不能恢复到更旧的 {major}。",
            f"The back-up is of PostgreSQL {manifest['database']['major']} and cannot go back to {major}.",
        )
    return major


def _unpack(archive: Path, target: Path) -> int:
    """Unpack the files; names that lead out of the folder are refused."""
    count = 0
    with tarfile.open(archive) as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            source = tar.extractfile(member) if member.isreg() else None
            if source is None or path.is_absolute() or ".." in path.parts:
                raise Refused(
                    f"备份里有不该有的文件名 {member.name}。", f"The back-up holds an odd name: {member.name}."
                )
            place = target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("wb") as out:
                shutil.copyfileobj(source, out)
            count += 1
    return count


def _restore_database(archive: Path, into: Place, major: int, manifest: dict[str, Any]) -> dict[str, int]:
    program = tool("pg_restore", major)
    sentence, english = "数据库没有恢复成，已全部撤回", "The database could not be restored; all of it was undone."
    lines = run([program, "--list", archive], into, sentence, english).splitlines()
    with tempfile.NamedTemporaryFile("w", suffix=".list") as chosen:
        chosen.writelines(f"{line}\n" for line in lines if not any(word in line for word in _OF_THE_OWNER))
        chosen.flush()
        with into.connect() as target:
            target.execute(_ROLE)
        command: list[str | Path] = [program, "--single-transaction", "--exit-on-error", "--no-owner"]
        run([*command, f"--use-list={chosen.name}", f"--dbname={into.name}", archive], into, sentence, english)
    with into.connect() as target:
        target.execute(_DEFAULTS)
        rows = count_rows(target)
        if rows == manifest["database"]["rows"]:
            return rows
        target.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    raise Refused(
        "恢复后的行数与清单不符，已全部撤回。",
        "The restored rows are not as many as the manifest says; all of it was undone.",
    )

"""The restore drill: a told city is backed up, lost, and comes back; a back-up that is not whole brings back nothing."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from carbon_portal.backup import Refused, making, restoring, sealing
from carbon_portal.backup.tools import Place, tool
from certificates.services import log
from certificates.services.certificates import render_waiting
from tests import databases

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "丙午年的口令 correct horse"  # twelve characters at least
# What a person would do after a restore: open a name, and check a certificate down to its file and its proof.
QUESTION = """
import hashlib, json
from certificates.models import Certificate
from certificates.services.verification import check, proof
from accounts.personal import unseal
from scenarios.models import Identity
certificate = Certificate.objects.exclude(pdf="").order_by("pk").first()
verdict = check(certificate.number)
sealed = Identity.objects.exclude(name="").order_by("pk").first()
print(json.dumps({
    "number": certificate.number, "outcome": str(verdict.outcome), "proof": proof(verdict) is not None,
    "pdf": hashlib.sha256(certificate.pdf.read()).hexdigest(), "name": unseal(sealed.name),
}))
"""


@pytest.fixture
def target() -> Iterator[Place]:
    """A name of a database that does not exist yet; what was made under it is dropped afterwards."""
    name = f"test_restored_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    databases.drop(name)
    yield Place.of(connection.settings_dict | {"NAME": name})
    databases.drop(name)


@pytest.fixture(scope="module")
def made_once(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A back-up of this worker's world of roofs; it is read over a connection of its own."""
    return making.make(tmp_path_factory.mktemp("made"), passphrase=PASSPHRASE)


@pytest.fixture
def small(made_once: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    return shutil.copytree(made_once, tmp_path / "backups" / made_once.name)


def _asked(database: str, keys: dict[str, str], media: Path, *command: str) -> str:
    """Run a command of the portal as a new process that knows the given keys only."""
    env = {name: value for name, value in os.environ.items() if name not in sealing.NAMES}
    env |= {"DATABASE_URL": database, "PORTAL_VAR": str(media.parent), **keys}
    done = subprocess.run(
        [sys.executable, "manage.py", *command], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    return done.stdout


def _structure(place: Place) -> list[str]:
    """Return everything but the rows as pg_dump tells it: tables, partitions, triggers, rights; without its random marks."""
    with place.connect() as server:
        major = server.info.server_version // 10_000
    done = subprocess.run(
        [tool("pg_dump", major), "--schema-only", "--no-owner"],
        env=place.variables(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line and not re.match(r"(--|\\(un)?restrict)", line)]
    # A check that was read back from text names the types of its constants in other places.
    return [re.sub(r"::character varying|::text|[\[\]()\s]", "", line) for line in lines]


def _next_numbers(place: Place) -> list[tuple[object, ...]]:
    with place.connect() as server:
        return server.execute("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1").fetchall()


def test_a_city_that_was_lost_comes_back(city: str, target: Place, tmp_path: Path) -> None:
    """Must: books proved, one certificate checked to its file and proof, one person opened, by the restored keys alone."""
    log.seal()
    assert render_waiting(limit=1) == 1
    source = Place.of(connection.settings_dict)
    structure, numbers = _structure(source), _next_numbers(source)
    before = json.loads(
        _asked(city, sealing.in_force(), Path(making.settings.MEDIA_ROOT), "shell", "-v", "0", "-c", QUESTION)
    )
    folder = making.make(tmp_path / "one", passphrase=PASSPHRASE, also=tmp_path / "two")
    kept = b"".join(path.read_bytes() for path in folder.iterdir() if path.name != "database.dump")
    for name, key in sealing.in_force().items():
        assert key.encode() not in kept, f"{name} lies in the clear beside the data"

    connection.close()
    databases.drop(source.name)
    shutil.rmtree(folder)
    media, keys = tmp_path / "var" / "media", tmp_path / "var" / "env"
    told = restoring.restore(tmp_path / "two" / folder.name, passphrase=PASSPHRASE, into=target, files=media, keys=keys)

    assert told.rows["scenarios_act"] == 2381
    assert not told.keys_differ
    assert keys.stat().st_mode & 0o777 == 0o600
    assert _structure(target) == structure, "tables, triggers, partitions and rights are the same"
    assert _next_numbers(target) == numbers
    restored = dict(line.split("=", 1) for line in keys.read_text().splitlines())
    url = databases.url(target.name)
    assert "没有差异" in _asked(url, restored, media, "check_books")
    assert json.loads(_asked(url, restored, media, "shell", "-v", "0", "-c", QUESTION)) == before
    assert before["outcome"] == "valid"
    assert before["proof"]


def _nothing_came_back(target: Place, tmp_path: Path) -> None:
    assert not (tmp_path / "var").exists() or not list((tmp_path / "var").iterdir())
    with databases.admin() as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [target.name]).fetchone()
    if found:
        with target.connect() as there:
            assert there.execute(restoring._EMPTY).fetchone() == (0,)


def _restore(folder: Path, target: Place, tmp_path: Path, passphrase: str = PASSPHRASE) -> restoring.Restored:
    var = tmp_path / "var"
    return restoring.restore(folder, passphrase=passphrase, into=target, files=var / "media", keys=var / "env")


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_back_up_that_is_not_whole_brings_back_nothing(small: Path, target: Place, tmp_path: Path) -> None:
    """One changed bit of any part, a part that is gone, another passphrase: each is a sentence, and nothing is written."""
    with pytest.raises(Refused, match=r"备份口令不对.*The passphrase is wrong"):
        _restore(small, target, tmp_path, "another passphrase")
    for name in ("database.dump", "files.tar", "keys.sealed", "manifest.json"):
        broken = tmp_path / f"broken-{name}"
        shutil.copytree(small, broken)
        _flip(broken / name)
        with pytest.raises(Refused):
            _restore(broken, target, tmp_path)
        (broken / name).unlink()
        with pytest.raises(Refused, match=f"备份不完整.*{re.escape(name)}"):
            _restore(broken, target, tmp_path)
    _nothing_came_back(target, tmp_path)


def test_a_manifest_that_was_rewritten_to_fit_is_found_out(small: Path, target: Place, tmp_path: Path) -> None:
    """Whoever changes a part can compute its digest, but cannot seal the manifest again."""
    _flip(small / "files.tar")
    manifest = json.loads((small / "manifest.json").read_text())
    manifest["parts"]["files.tar"]["sha256"] = making.digest(small / "files.tar")
    (small / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True))
    with pytest.raises(Refused, match="清单、密钥文件被改动过"):
        _restore(small, target, tmp_path)
    _nothing_came_back(target, tmp_path)


def test_a_restore_that_fails_half_way_is_undone(
    small: Path, target: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the rows that came back are not those that left: the database is empty again, and no file stays."""
    monkeypatch.setattr(restoring, "count_rows", lambda connection: {"accounts_user": 1})
    with pytest.raises(Refused, match="行数与清单不符"):
        _restore(small, target, tmp_path)
    _nothing_came_back(target, tmp_path)


def test_a_restore_never_goes_over_what_is_there(small: Path, target: Place, tmp_path: Path) -> None:
    """Neither into a database with tables nor into a folder with files."""
    media = tmp_path / "var" / "media"
    media.mkdir(parents=True)
    (media / "kept.pdf").touch()
    with pytest.raises(Refused, match="里已有文件"):
        _restore(small, target, tmp_path)
    (media / "kept.pdf").unlink()
    here = Place.of(connection.settings_dict)
    with pytest.raises(Refused, match="不是空的"):
        _restore(small, here, tmp_path)
    assert not list(media.iterdir())


def test_a_back_up_of_a_later_version_is_refused(
    small: Path, target: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = making.as_dict
    monkeypatch.setattr(
        restoring, "as_dict", lambda raw: told(raw) | {"migrations": [*told(raw)["migrations"], "registry.9999_later"]}
    )
    with pytest.raises(Refused, match=r"备份来自更新的版本（registry\.9999_later"):
        _restore(small, target, tmp_path)


def test_a_back_up_that_knows_the_many_migrations_of_before_waits_for_none(
    small: Path, target: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made before they were drawn together into one an app, it is at the head of this version all the same."""
    told = making.as_dict
    many = [name for name in told((small / "manifest.json").read_bytes())["migrations"] if "_squashed_" not in name]
    assert "registry.0017_life_of_an_account" in many
    monkeypatch.setattr(restoring, "as_dict", lambda raw: told(raw) | {"migrations": many})
    assert _restore(small, target, tmp_path).later_migrations == []


def test_a_back_up_that_lacks_a_migration_says_which_is_waiting(
    small: Path, target: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = making.as_dict
    apart = {
        "registry.0001_squashed_0017_life_of_an_account",
        "registry.0017_life_of_an_account",
        "sessions.0001_initial",
    }
    monkeypatch.setattr(
        restoring, "as_dict", lambda raw: told(raw) | {"migrations": sorted({*told(raw)["migrations"]} - apart)}
    )
    waiting = _restore(small, target, tmp_path).later_migrations
    assert waiting == ["registry.0001_squashed_0017_life_of_an_account", "sessions.0001_initial"]


def test_a_file_that_a_row_names_and_nobody_has_stops_the_back_up(
    django_db_setup: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A back-up without it would only be found out when it is needed."""
    monkeypatch.setattr(making.settings, "MEDIA_ROOT", tmp_path / "empty")
    with pytest.raises(Refused, match=r"数据库记着的 .* 个文件不在"):
        making.make(tmp_path / "backups", passphrase=PASSPHRASE)
    assert not list((tmp_path / "backups").iterdir()), "nothing half written stays"


def test_without_a_passphrase_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="至少 12 个字符"):
        making.make(tmp_path / "backups", passphrase="short")
    assert not (tmp_path / "backups").exists()


def test_only_the_newest_are_kept(small: Path) -> None:
    """Complete ones only: what somebody else put there, and a draft, are not ours to remove."""
    place = small.parent
    for name in ("carbon-portal-20200101T000000Z", "carbon-portal-20210101T000000Z", "elsewhere"):
        (place / name).mkdir()
        (place / name / "manifest.json").touch()
    making._forget_older(place, 2)
    assert sorted(path.name for path in place.iterdir()) == ["carbon-portal-20210101T000000Z", small.name, "elsewhere"]


def test_a_tool_of_another_version_is_not_used() -> None:
    """pg_dump 18 writes what a server 15 does not read."""
    with pytest.raises(Refused, match="postgresql-client-9"):
        tool("pg_dump", 9)


def test_a_database_that_does_not_answer_is_a_sentence() -> None:
    with pytest.raises(Refused, match="没有应答"):
        Place("portal", host="127.0.0.1", port="1", user="nobody").connect()


def test_the_snapshot_is_one_moment(committed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What commits while pg_dump runs is in neither the rows nor the counts of it."""
    dump = making.run

    def meanwhile(*arguments: Any) -> str:
        with psycopg.connect(committed) as other:
            other.execute("INSERT INTO django_session VALUES ('late', 'x', now())")
        return dump(*arguments)

    monkeypatch.setattr(making, "run", meanwhile)
    folder = making.make(tmp_path / "backups", passphrase=PASSPHRASE)
    assert json.loads((folder / "manifest.json").read_text())["database"]["rows"]["django_session"] == 0
    with psycopg.connect(committed) as there:
        assert there.execute("SELECT count(*) FROM django_session").fetchone() == (1,)

"""Reference rows of this app: the divisions of GB/T 2260 and the invented demo city."""

from __future__ import annotations

import csv

from django.conf import settings

from accounts.models import Division, User
from accounts.roles import Role

FOLDER = settings.BASE_DIR / "data" / "cn_admin_divisions"
# 99 is no province: everything below it is invented and shown as such.
DEMO = (("99", "演示省", ""), ("9901", "青岚市", "99"), ("990101", "青岚市城南区", "9901"), ("9902", "云汀市", "99"))


def seed() -> None:
    """Write the divisions that are missing; names are corrected, nothing is removed."""
    rows = [(row["code"], row["name"], "") for row in _read("provinces.csv")]
    rows += [(row["code"], row["name"], row["provinceCode"]) for row in _read("cities.csv")]
    rows += [(row["code"], row["name"], row["cityCode"]) for row in _read("areas.csv")]
    _write(rows)
    if settings.DEMO or settings.TESTING:
        _write(list(DEMO))
    _portal_user()


def _portal_user() -> None:
    # The portal itself acts by this row. The first grant has nobody to give it, so it is the one grant without a verb.
    system, created = User.objects.get_or_create(username="system", defaults={"full_name": "系统"})
    if created:
        system.set_unusable_password()
        system.save()
        system.grants.create(role=Role.SYSTEM)


def _read(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(rows: list[tuple[str, str, str]]) -> None:
    known = {division.code: division for division in Division.objects.all()}
    for level in sorted({len(code) for code, _, _ in rows}):
        fresh = []
        for code, name, parent in (row for row in rows if len(row[0]) == level and row[0] not in known):
            above = known.get(parent)
            division = Division(code=code, name=name, parent=above, path=f"{above.path}.{code}" if above else code)
            fresh.append(division)
        for division in Division.objects.bulk_create(fresh):
            known[division.code] = division

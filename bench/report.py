"""The last line of every bench: one JSON object with its figures and what they depend on."""

from __future__ import annotations

import json
import os
import platform

from django.db import connection

_DURABILITY = ("fsync", "synchronous_commit", "full_page_writes", "wal_level", "shared_buffers")


def print_report(name: str, **figures: object) -> None:
    """Print the figures of bench ``name`` with the database's version and durability settings. Figures carry their unit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select name, setting || coalesce(unit, '') from pg_settings where name = any(%s)", [list(_DURABILITY)]
        )
        settings = dict(cursor.fetchall())
        cursor.execute("show server_version")
        (version,) = cursor.fetchone()
    machine = {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    told = {"bench": name, **figures, "postgresql": version, "durability": settings, "machine": machine}
    print(json.dumps(told, ensure_ascii=False, default=str), flush=True)

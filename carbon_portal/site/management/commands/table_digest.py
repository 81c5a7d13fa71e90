"""``manage.py table_digest``: one digest over the rows of all tables, to prove that something changed nothing."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection


class Command(BaseCommand):
    help = "所有表内容的摘要"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print rows and digest per table and one digest over all."""
        total = hashlib.sha256()
        with connection.cursor() as cursor:
            for table in sorted(connection.introspection.table_names(cursor)):
                cursor.execute(
                    f"SELECT count(*), coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') "  # noqa: S608
                    f"FROM {connection.ops.quote_name(table)} t"
                )
                rows, digest = cursor.fetchone()
                self.stdout.write(f"{table} {rows} {digest}")
                total.update(f"{table}:{rows}:{digest}\n".encode())
        self.stdout.write(total.hexdigest())

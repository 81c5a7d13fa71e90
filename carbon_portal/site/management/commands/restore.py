"""``manage.py restore FOLDER``: bring a back-up into an empty database, and print how many rows of each table came back."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from carbon_portal import env
from carbon_portal.backup import Refused, passphrase, restoring
from carbon_portal.backup.tools import Place


class Command(BaseCommand):
    """Without ``--into`` everything goes to this deployment's own places, which must be empty."""

    help = "从备份恢复到空数据库和空文件夹；--into 恢复到另一个数据库（演练）"
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """A rehearsal names another database and another folder."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--into", default="", help="postgresql://…")
        parser.add_argument("--files", type=Path, default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore, then say what is to be done with the keys and whether ``migrate`` must follow."""
        into, files = options["into"], options["files"]
        if bool(into) != bool(files):
            raise CommandError("--into 与 --files 要一起给：演练不能覆盖本机的文件。Give --into and --files together.")
        place = Place.of(env.database_of(into, "--into") if into else connection.settings_dict)
        connection.close()
        keys = files.with_name(f"{files.name}.env") if files else settings.VAR_DIR / "env"
        try:
            told = restoring.restore(
                options["folder"],
                passphrase=passphrase.asked(),
                into=place,
                files=files or Path(settings.MEDIA_ROOT),
                keys=keys,
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        for table, rows in told.rows.items():
            self.stdout.write(f"{rows:>12}  {table}")
        self.stdout.write(
            f"已恢复 {len(told.rows)} 张表 {sum(told.rows.values())} 行、{told.files} 个文件到 {place.name}"
        )
        self._say_what_is_next(told)

    def _say_what_is_next(self, told: restoring.Restored) -> None:
        self.stdout.write(f"密钥在 {told.keys}，只有本账户可读。")
        if told.aside:
            self.stdout.write(f"原来的密钥文件移到了 {told.aside}。")
        if told.keys_differ:
            self.stdout.write("这些密钥与当前环境变量不同：请以它们启动，否则个人信息解不开、日志不能续签。")
        if told.later_migrations:
            self.stdout.write(f"本版本还有 {len(told.later_migrations)} 个迁移没有执行：请运行 manage.py migrate。")
        self.stdout.write("请接着运行 manage.py check_books 与 check_points。")

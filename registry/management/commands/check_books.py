"""``manage.py check_books``: prove the books; exit code 1 on a difference."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from registry.services.checking import check_books


class Command(BaseCommand):
    help = "核账：签发＝持有＋注销＋强制注销，逐批、逐笔、逐项目；减排量逐人、逐文件、逐归集批次"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the proof or the differences."""
        check = check_books(roots=True)
        if check.differences:
            raise CommandError("\n".join(["核账有差异，签发已停止：", *check.differences]))
        self.stdout.write(
            f"{check.batches} 个批次：签发 {check.issued_t} t ＝ 持有 {check.held_t} t ＋ 注销 {check.retired_t} t"
            f" ＋ 强制注销 {check.cancelled_t} t，没有差异"
        )

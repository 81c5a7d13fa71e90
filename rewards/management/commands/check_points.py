"""``manage.py check_points``: prove points, coupons and shares; exit code 1 on a difference."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rewards.services.checking import check_points


class Command(BaseCommand):
    help = "核对积分：余额＝各批余数＝各笔合计；券与核销记录；收益池与各人所得"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print that all is well, or the differences."""
        found = check_points()
        if found:
            raise CommandError("\n".join(["积分账有差异：", *found]))
        self.stdout.write("积分、券和收益没有差异")

"""``manage.py requantify``: compute stored figures again and name those that differ; or rehearse a draft.

``requantify [--since DAY] [--until DAY] [--method NUMBER]`` ends with 1 when a figure differs.
``requantify --rehearse DRAFT`` (a file, or the number of a draft in the workshop) prints what the draft would change.
Neither touches a row.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from carbon_portal.site.recomputing import rehearse, requantify
from kernel.quantities import kilograms
from kernel.rules import RuleViolation
from methodologies.document import check, parse
from methodologies.models import Draft

MOST_NAMED = 100


class Command(BaseCommand):
    help = "重算已存的减排量，指出不一致的那一行；--rehearse 试算草案会改变多少，不改任何数据"

    def add_arguments(self, parser: CommandParser) -> None:
        """A span of days, one method, or a draft."""
        parser.add_argument("--since", type=date.fromisoformat, default=date.min, help="从哪一天起")
        parser.add_argument("--until", type=date.fromisoformat, default=date.max, help="到哪一天止")
        parser.add_argument("--method", default="", help="只算一个方法学，编号带不带版本都行")
        parser.add_argument("--rehearse", metavar="DRAFT", help="试算这份草案：一个 TOML 文件，或在编草案的编号")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the proof, the differences, or the rehearsal."""
        days = (options["since"], options["until"])
        if options["rehearse"] is not None:
            self._rehearse(options["rehearse"], days)
            return
        found = requantify(days, options["method"])
        if found.differing:
            raise CommandError("\n".join([f"有 {len(found.differing)} 处不一致：", *map(str, found.differing)]))
        self.stdout.write(f"重算 {found.acts} 次行为、{found.figures} 份量化记录，没有差异")

    def _rehearse(self, asked: str, days: tuple[date, date]) -> None:
        try:
            draft = parse(_text(str(asked)))
            check(draft)
        except (OSError, UnicodeDecodeError, RuleViolation) as error:
            raise CommandError(f"草案不能试算：{error}") from error
        found = rehearse(draft, days)
        difference = found.draft_mg - found.stored_mg
        sign = "+" if difference > 0 else ""
        self.stdout.write(f"草案 {draft.number} {draft.title}：{found.acts} 次行为、{found.figures} 份量化记录")
        self.stdout.write(f"现有 {kilograms(found.stored_mg)} kg，草案 {kilograms(found.draft_mg)} kg")
        self.stdout.write(f"差 {sign}{kilograms(difference)} kg")
        for line in found.refused[:MOST_NAMED]:
            self.stdout.write(f"草案算不出：{line}")
        self.stdout.write("没有改动任何数据")


def _text(asked: str) -> str:
    """Return the text of a draft in the workshop by its number, or of a file."""
    code, _dash, version = asked.rpartition("-V")
    row = Draft.objects.filter(code=code, version=int(version) if version.isdecimal() else 0).order_by("-pk").first()
    return row.document if row is not None else Path(asked).read_text(encoding="utf-8")

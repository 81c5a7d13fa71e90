"""``manage.py check_methods``: prove every published method from its own examples; exit code 1 when one does not come out."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from methodologies.services.proving import prove_methods


class Command(BaseCommand):
    help = "核方法学：文本摘要、单位、每一个算例"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many came out, or those that did not."""
        proved = prove_methods()
        if proved.failures:
            raise CommandError("\n".join(["有方法学对不上：", *proved.failures]))
        self.stdout.write(f"{proved.methods} 个方法学、{proved.examples} 个算例，全部重算一致")

"""``manage.py prepare_demo``: reference rows, the demo story and static files in one go; running it again changes nothing."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "演示前的准备：参考数据、演示经过、外部登记簿、静态文件"

    def handle(self, *args: Any, **options: Any) -> None:
        """Call the four commands in this process: starting it costs more than what they do the second time."""
        call_command("seed")
        call_command("demo_story", stdout=self.stdout)
        call_command("import_registries", stdout=self.stdout)
        call_command("collectstatic", interactive=False, verbosity=0)

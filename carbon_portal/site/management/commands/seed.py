"""``manage.py seed``: reference rows of every app, by natural key; running it again changes nothing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

APPS = ("accounts", "office", "methodologies", "scenarios", "trading")


class Command(BaseCommand):
    help = "写入参考数据：区划、日历、机制配置、方法学、场景、履约抵销规则"

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the seeds from the bottom of the stack upwards, all or none."""
        with transaction.atomic():
            for app in APPS:
                import_module(f"{app}.seeds").seed()

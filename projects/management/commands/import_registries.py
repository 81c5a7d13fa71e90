"""``manage.py import_registries``: read what other registries publish as reference rows; again changes nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kernel.rules import RuleViolation
from projects.models import ExternalEntry
from projects.services import external


class Command(BaseCommand):
    help = "读入外部登记簿的公开数据（Verra、Gold Standard、ACR、California ARB），作参考"

    def handle(self, *args: Any, **options: Any) -> None:
        """Read all files, all or none; then say what was odd."""
        try:
            new = external.load()
        except RuleViolation as refusal:
            raise CommandError(str(refusal)) from refusal
        for path, rows in new.items():
            self.stdout.write(f"{path}：新读入 {rows} 行")
        odd = Counter(finding for entry in ExternalEntry.objects.exclude(findings=[]) for finding in entry.findings)
        for finding, rows in sorted(odd.items()):
            self.stdout.write(f"{ExternalEntry.Finding(finding).label}：{rows} 行")

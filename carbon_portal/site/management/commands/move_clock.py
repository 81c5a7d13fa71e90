"""``manage.py move_clock DAYS``: move the business clock of a demo forward."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.workflow import RuleViolation
from kernel import clock
from office.services.clock import move_clock


class Command(BaseCommand):
    help = "把演示时钟往前拨若干天"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a number of days and who moves the clock."""
        parser.add_argument("days", type=int)
        parser.add_argument("--by", default="admin")

    def handle(self, *args: Any, **options: Any) -> None:
        """Move and print the new business day."""
        try:
            by = User.objects.get(username=options["by"])
            move_clock(forward=timedelta(days=options["days"]), by=by, reason="命令行拨动演示时钟")
        except (User.DoesNotExist, RuleViolation) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"现在按 {clock.today()} 办理")

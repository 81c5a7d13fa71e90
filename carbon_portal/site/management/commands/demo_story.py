"""``manage.py demo_story``: tell the demo story once, through the verbs."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.context import called_from
from accounts.models import User
from carbon_portal.story import CHAPTERS, leave_open, tell


class Command(BaseCommand):
    help = "演示：申请、公示、登记、核证、签发、转移、注销；骑行、积分、权益、碳中和"

    def add_arguments(self, parser: CommandParser) -> None:
        """Most tests need the first chapter only, a world that is quickly copied."""
        parser.add_argument("--until", choices=CHAPTERS, default=CHAPTERS[-1], help="讲到哪一章：屋顶、骑行者、全城")

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell it whole or not at all; a second call changes nothing. Only tests tell it in pieces."""
        if not settings.DEMO:
            raise CommandError("只有演示环境才讲演示故事（PORTAL_DEMO=1）。Demo only.")
        if User.objects.filter(username="owner-maker").exists() and not settings.TESTING:
            self.stdout.write("演示数据已在，没有改动")
            return
        logging.getLogger("portal.sms").setLevel(logging.WARNING)  # three hundred riders need not be read
        with called_from("command"), transaction.atomic():
            world = tell(options["until"])
            if not settings.TESTING:
                leave_open(world)
        for period in world.periods.values():
            self.stdout.write(f"{period.project}：签发 {period.issued_t} t，结转 {period.carry_mg} mg")

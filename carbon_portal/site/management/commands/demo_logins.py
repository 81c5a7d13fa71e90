"""``manage.py demo_logins``: the log-ins of every role, for the demo's first screen."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.roles import Role
from carbon_portal.story import PEOPLE
from carbon_portal.story.holding import NAME, PHONE
from carbon_portal.story.meeting import HOSTS
from kernel.identifiers import mask_name


class Command(BaseCommand):
    help = "列出演示账号"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print user name, role and person; one password for all."""
        if not settings.DEMO:
            return
        for username, full_name, role, _place in (*PEOPLE, *HOSTS):
            self.stdout.write(f"  {username:<15}{role.label}　{full_name}")
        self.stdout.write(
            f"  {PHONE:<15}{Role.HOLDER.label}　{mask_name(NAME)}（/me/enter/ 用手机号登录，验证码显示在页面上）"
        )
        self.stdout.write(f"  密码 password  {settings.DEMO_PASSWORD}")

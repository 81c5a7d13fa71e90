from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("人员与单位")

    def ready(self) -> None:
        """Have the guards bind everybody once the tables are as they should be."""
        post_migrate.connect(_no_exceptions, sender=self)


def _no_exceptions(using: str, **_more: Any) -> None:
    from accounts.triggers import bind_everybody

    bind_everybody(using)

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RewardsConfig(AppConfig):
    name = "rewards"
    verbose_name = _("积分和权益")

    def ready(self) -> None:
        """Declare what people are told of by this app."""
        from office.announcing import declare
        from rewards.occasions import OCCASIONS

        declare(*OCCASIONS)

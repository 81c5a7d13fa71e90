from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TradingConfig(AppConfig):
    name = "trading"
    verbose_name = _("交易")

    def ready(self) -> None:
        """Declare what people are told of by this app."""
        from office.announcing import declare
        from trading.occasions import OCCASIONS

        declare(*OCCASIONS)

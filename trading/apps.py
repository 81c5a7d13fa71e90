from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TradingConfig(AppConfig):
    name = "trading"
    verbose_name = _("交易")

    def ready(self) -> None:
        """Declare what people are told of by this app, and how its orders are stopped."""
        from office.announcing import declare
        from registry.services.stopping import STOPPERS
        from trading.occasions import OCCASIONS
        from trading.services.agreements import stop

        declare(*OCCASIONS)
        STOPPERS.append(stop)
        """Declare what people are told of by this app, and what it takes when the registry retires."""
        from office.announcing import declare
        from registry.services.retirements import AT_APPROVAL
        from registry.states import RetirementKind
        from trading.occasions import OCCASIONS
        from trading.services.compliance import take

        declare(*OCCASIONS)
        AT_APPROVAL[RetirementKind.COMPLIANCE] = take

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TradingConfig(AppConfig):
    name = "trading"
    verbose_name = _("交易")

    def ready(self) -> None:
        """Declare what people are told of by this app, how its orders are stopped, and what it takes when the registry retires."""
        from office.announcing import declare
        from registry.services.accounts import under_way_from
        from registry.services.retirements import AT_APPROVAL, ON_PAPER
        from registry.services.stopping import STOPPERS
        from registry.states import RetirementKind
        from trading.occasions import OCCASIONS
        from trading.services.agreements import stop, under_way
        from trading.services.compliance import on_paper, take

        declare(*OCCASIONS)
        STOPPERS.append(stop)
        under_way_from(under_way)
        AT_APPROVAL[RetirementKind.COMPLIANCE] = take
        ON_PAPER[RetirementKind.COMPLIANCE] = on_paper

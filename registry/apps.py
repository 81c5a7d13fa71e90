from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "registry"
    verbose_name = _("登记簿")

    def ready(self) -> None:
        """Declare what people are told of by this app."""
        from office.announcing import declare
        from registry.accountoccasions import OCCASIONS as OF_ACCOUNTS
        from registry.holdoccasions import OCCASIONS as OF_HOLDS
        from registry.occasions import OCCASIONS
        from registry.venueoccasions import OCCASIONS as OF_VENUES

        declare(*OCCASIONS, *OF_HOLDS, *OF_ACCOUNTS, *OF_VENUES)

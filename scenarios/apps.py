from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScenariosConfig(AppConfig):
    name = "scenarios"
    verbose_name = _("场景")

    def ready(self) -> None:
        """Declare what people are told of by this app, and say where citizens' telephones are kept."""
        from accounts.services.reach import phones_from
        from office.announcing import declare
        from scenarios.occasions import OCCASIONS, phones

        declare(*OCCASIONS)
        phones_from(phones)

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MethodologiesConfig(AppConfig):
    name = "methodologies"
    verbose_name = _("方法学")

    def ready(self) -> None:
        """Declare what people are told of by this app."""
        from methodologies.occasions import OCCASIONS
        from office.announcing import declare

        declare(*OCCASIONS)

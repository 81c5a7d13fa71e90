from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    name = "office"
    verbose_name = _("办公")

    def ready(self) -> None:
        """Let the kernel's clock read the offset that is kept in the database, and events tell people."""
        from accounts.events import told_by
        from kernel import clock
        from office.announcing import declare
        from office.occasions import OCCASIONS
        from office.services.clock import stored_offset
        from office.services.messages import tell

        clock.use(stored_offset)
        declare(*OCCASIONS)
        told_by(tell)

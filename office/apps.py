from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AppConfig):
    name = "office"
    verbose_name = _("办公")

    def ready(self) -> None:
        """Let the kernel's clock read the offset that is kept in the database."""
        from kernel import clock
        from office.services.clock import stored_offset

        clock.use(stored_offset)

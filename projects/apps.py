from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = _("减排项目")

    def ready(self) -> None:
        """Declare what people are told of by this app."""
        from office.announcing import declare
        from projects.occasions import OCCASIONS

        declare(*OCCASIONS)

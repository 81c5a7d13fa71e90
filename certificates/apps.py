import logging

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = _("证书和透明日志")

    def ready(self) -> None:
        """Quieten the drawing libraries, which tell every step of every sheet."""
        for name in ("weasyprint", "weasyprint.progress", "fontTools", "pikepdf"):
            logging.getLogger(name).setLevel(logging.WARNING)

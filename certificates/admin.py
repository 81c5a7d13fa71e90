"""The registrar's desk on certificates, and the log to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.desk import Button, Desk, ReadOnly
from certificates.models import Certificate, LogHead, LogLeaf
from certificates.services import certificates
from certificates.states import State


class RevocationDeskRow(Certificate):
    """A valid certificate, which the registrar may revoke."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("证书撤销台")


class ParkedDeskRow(Certificate):
    """A certificate whose file could not be drawn in five attempts."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("证书出错台")


class CertificateFields(Desk):
    """What both desks show."""

    list_display: tuple[str, ...] = ("number", "kind", "holder_name", "badge_of", "issued_on", "division")
    list_select_related = ("division",)
    list_filter = ("kind",)
    ordering = ("-pk",)
    search_fields = ("number", "holder_name")
    fields = (
        ("number", "kind", "state"),
        ("holder_name", "division"),
        ("issued_on", "awarded_by"),
        "digest",
        "snapshot",
        ("pdf", "pdf_sha256"),
        ("attempts", "next_at", "last_error"),
    )


@admin.register(RevocationDeskRow)
class RevocationDesk(CertificateFields):
    """Revoke, with the reason the public will read."""

    waits = ()
    buttons = (Button(certificates.revoke, _("撤销证书"), (State.VALID,), needs_reason=True, harm=True),)


@admin.register(ParkedDeskRow)
class ParkedDesk(CertificateFields):
    """Look at what went wrong, then have the file drawn again."""

    list_display = ("number", "kind", "holder_name", "attempts", "last_error")
    buttons = (Button(certificates.render_again, _("重新生成"), (State.VALID,)),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Only those the sweep has given up."""
        return super().get_queryset(request) & self.model.objects.parked()


@admin.register(Certificate)
class CertificateAdmin(ReadOnly):
    """All certificates in scope."""

    list_display = ("number", "kind", "holder_name", "state", "issued_on", "pdf_sha256")
    list_filter = ("kind", "state")
    search_fields = ("number", "holder_name")


@admin.register(LogLeaf)
class LogLeafAdmin(ReadOnly):
    """The log, newest page first."""

    list_display = ("page", "kind", "subject", "leaf_hash", "logged_at")
    list_filter = ("kind",)
    search_fields = ("subject",)
    ordering = ("-position",)


@admin.register(LogHead)
class LogHeadAdmin(ReadOnly):
    """The signed heads."""

    list_display = ("size", "root", "sealed_at", "public_key")

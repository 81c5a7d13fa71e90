"""The operator's desk of files: what came of each, and those the sweep has given up."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.desk import Button, Desk, ReadOnly
from scenarios.models import Upload
from scenarios.services import uploads
from scenarios.states import UploadState


class ParkedUploadDeskRow(Upload):
    """A file that could not be settled in five attempts."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("上报文件出错台")


@admin.register(ParkedUploadDeskRow)
class ParkedUploadDesk(Desk):
    """Look at what went wrong, mend it, then have the file settled."""

    list_display = ("number", "partner", "scene", "attempts", "last_error")
    list_select_related = ("partner", "scene")
    fields = (
        ("partner", "scene"),
        ("file", "mapping"),
        ("received_at", "received_by"),
        ("attempts", "next_at"),
        "last_error",
    )
    buttons = (Button(uploads.try_again, _("重新处理"), (UploadState.RECEIVED,)),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Only those the sweep has given up."""
        return super().get_queryset(request) & self.model.objects.parked()


@admin.register(Upload)
class UploadAdmin(ReadOnly):
    """All files in scope, with their counts."""

    needs = "scenarios.try_again"
    list_display = ("number", "partner", "scene", "state", "sent", "accepted", "refused", "saved_mg", "received_at")
    list_select_related = ("partner", "scene")
    list_filter = ("state", "scene")

"""Methods in the admin: looked at, never edited here. A published version does not change."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.desk import ReadOnly
from methodologies.models import Method


@admin.register(Method)
class MethodAdmin(ReadOnly):
    """All versions with their documents."""

    list_display = ("number", "title", "evidence", "state", "published_at")
    list_filter = ("state", "evidence")
    search_fields = ("code", "title")
    fields = (
        "number",
        "title",
        "kind",
        "evidence",
        "state",
        "digest",
        "drafted_by",
        "published_by",
        "published_at",
        "document",
    )
    list_select_related = ("drafted_by", "published_by")

    @admin.display(description=_("编号"), ordering="code")
    def number(self, method: Method) -> str:
        """Code and version."""
        return method.number

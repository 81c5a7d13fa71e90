"""Methods and factors in the admin: looked at, never edited here. What is published does not change."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.desk import ReadOnly
from methodologies.models import Factor, Method


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


@admin.register(Factor)
class FactorAdmin(ReadOnly):
    """The library of factors."""

    list_display = ("name", "area", "year", "value", "unit", "valid_from", "valid_to", "evidence")
    list_filter = ("kind", "year")
    search_fields = ("name", "area", "region")

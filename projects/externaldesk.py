"""The list of what other registries publish, with what is odd about each row."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.desk import ReadOnly
from projects.models import ExternalEntry


class FindingFilter(admin.SimpleListFilter):
    """Rows with a finding."""

    title = _("读出的问题")
    parameter_name = "finding"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Every kind of finding."""
        return [(str(value), label) for value, label in ExternalEntry.Finding.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those that have it."""
        return queryset.filter(findings__contains=[self.value()]) if self.value() else queryset


@admin.register(ExternalEntry)
class ExternalEntryAdmin(ReadOnly):
    """Reference rows of other registries; nobody changes what they say."""

    list_display = ("registry", "project_id", "name", "kind", "vintage", "quantity", "on_day", "serial", "said_of")
    list_filter = ("registry", "kind", FindingFilter)
    search_fields = ("name", "project_id", "serial", "number")

    @admin.display(description=_("读出的问题"))
    def said_of(self, obj: ExternalEntry) -> str:
        """What is odd, in words."""
        return obj.said or "—"

"""Calendar and profiles are edited by the administrator; the rest is looked at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.desk import ReadOnly, is_staff, may
from office.models import CalendarDay, JobRun, Notice, Profile


@admin.register(CalendarDay)
class CalendarDayAdmin(ModelAdmin):
    """The working-day calendar; a wrong or late State Council notice is corrected here."""

    list_display = ("date", "name", "is_off", "announced_year", "source")
    list_filter = ("announced_year", "is_off")
    date_hierarchy = "date"

    def _may(self, request: HttpRequest) -> bool:
        return may(request, "office.edit_calendar")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Any staff."""
        return is_staff(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The administrator."""
        return self._may(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The administrator."""
        return self._may(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The administrator."""
        return self._may(request)


@admin.register(Profile)
class ProfileAdmin(ReadOnly):
    """Mechanism profiles."""

    list_display = ("code", "title", "instrument", "valid_from", "valid_to", "notice_workdays")


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    """Notices as shown."""

    list_display = ("number", "title", "starts_on", "ends_on", "division")
    list_select_related = ("division",)


@admin.register(JobRun)
class JobRunAdmin(ReadOnly):
    """Runs of sweeps and nightly jobs."""

    list_display = ("name", "started_at", "finished_at", "done", "failed", "error")
    list_filter = ("name",)

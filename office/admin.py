"""Calendar and profiles are edited by the administrator; the rest is looked at."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from accounts.asking import ask, posted
from accounts.desk import ReadOnly, is_staff, may
from accounts.models import User
from office.forms import CalendarForm, OutageForm
from office.models import CalendarDay, JobRun, Notice, Outage, Profile
from office.services import notices


@admin.register(CalendarDay)
class CalendarDayAdmin(ModelAdmin):
    """The working-day calendar; a wrong or late State Council notice is corrected here."""

    list_display = ("date", "name", "is_off", "announced_year", "source")
    list_filter = ("announced_year", "is_off")
    date_hierarchy = "date"
    change_list_template = "admin/calendar.html"

    def get_urls(self) -> list[Any]:
        """Add the page that takes in a whole year."""
        view = self.admin_site.admin_view(self.take_in)
        return [path("import/", view, name="office_calendarday_import"), *super().get_urls()]

    def take_in(self, request: HttpRequest) -> HttpResponse:
        """Ask for a year's arrangement, then count every open notice again."""
        if not may(request, "office.import_calendar"):
            raise PermissionDenied(_("您没有办理这件事的权限，请联系单位管理员"))
        return ask(
            self,
            request,
            posted(CalendarForm, request),
            lambda fields: notices.import_calendar(by=cast(User, request.user), **fields),
            label=_("导入全年安排"),
            back=reverse("admin:office_calendarday_changelist"),
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write the day, then count every open notice again."""
        super().save_model(request, obj, form, change)
        notices.recount_notices(by=cast(User, request.user), reason=str(obj))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Take the day away, then count every open notice again."""
        super().delete_model(request, obj)
        notices.recount_notices(by=cast(User, request.user), reason=str(obj))

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


@admin.register(Outage)
class OutageAdmin(ReadOnly):
    """Hours in which the site could not be read; an officer enters them with the evidence."""

    list_display = ("__str__", "evidence", "entered_by", "entered_at")
    list_select_related = ("entered_by",)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Whoever has the verb."""
        return may(request, "office.record_outage")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the hours and the evidence, then give the notices their days back."""
        if not self.has_add_permission(request):
            raise PermissionDenied(_("您没有办理这件事的权限，请联系单位管理员"))
        return ask(
            self,
            request,
            posted(OutageForm, request),
            lambda fields: notices.record_outage(by=cast(User, request.user), **fields),
            label=_("录入网站停运"),
            back=reverse("admin:office_outage_changelist"),
        )


@admin.register(JobRun)
class JobRunAdmin(ReadOnly):
    """Runs of sweeps and nightly jobs."""

    list_display = ("name", "started_at", "finished_at", "done", "failed", "error")
    list_filter = ("name",)

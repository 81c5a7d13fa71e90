"""Calendar and profiles are edited by the administrator; the rest is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from accounts.asking import ask
from accounts.content import download
from accounts.desk import Button, ReadOnly, is_staff, may
from accounts.forms import posted
from accounts.models import User
from accounts.tables import Row
from accounts.taking import Fields, Taking, take_in
from kernel.rules import RuleViolation
from kernel.workdays import Calendar
from office.desk import CaseDesk
from office.forms import CalendarForm, CalendarTableForm, OutageForm
from office.models import CalendarDay, JobRun, Notice, Objection, ObjectionPaper, Outage, Profile
from office.services import notices, objections
from office.services.calendar import COLUMNS, MOST_ROWS, year_of_table
from office.states import ObjectionState


def _counted(rows: Sequence[Row], fields: Fields, by: User) -> list[tuple[Any, Any]]:
    days = year_of_table(fields["year"], rows)
    replaced = CalendarDay.objects.filter(announced_year=fields["year"]).count()
    return [
        (_("放假"), sum(day.is_off for day in days)),
        (_("调休上班"), sum(not day.is_off for day in days)),
        (_("替换已有的天数"), replaced),
    ]


YEAR = Taking(
    "office.import_calendar_table",
    _("用表格导入全年安排"),
    COLUMNS,
    MOST_ROWS,
    CalendarTableForm,
    _counted,
    lambda table, fields, by: notices.import_calendar_table(table, by=by, **fields),
    back="",
    note=_("会替换这一年已有的安排，公示期只延长不缩短。"),
)


@admin.register(CalendarDay)
class CalendarDayAdmin(ModelAdmin):
    """The working-day calendar; a wrong or late State Council notice is corrected here."""

    list_display = ("date", "name", "is_off", "announced_year", "source")
    list_filter = ("announced_year", "is_off")
    date_hierarchy = "date"
    change_list_template = "admin/calendar.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Any staff."""
        return self.has_view_permission(request)

    def get_urls(self) -> list[Any]:
        """Add the pages that take in a whole year, typed or as a table."""
        wrap = self.admin_site.admin_view
        mine = [
            path("import/", wrap(self.take_in), name="office_calendarday_import"),
            path("import/table/", wrap(self.take_table), name="office_calendarday_table"),
        ]
        return [*mine, *super().get_urls()]

    def take_table(self, request: HttpRequest) -> HttpResponse:
        """Take in a year's arrangement as a table."""
        return take_in(self, request, YEAR._replace(back=reverse("admin:office_calendarday_changelist")))

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

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the days, with the way to take them away as a file for those who may."""
        takes = may(request, "office.export_list")
        return super().changelist_view(request, {"takes_away": takes, **(extra_context or {})})

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


_O = ObjectionState


class ObjectionDeskRow(Objection):
    """An objection somebody has to deal with."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("异议台")


@admin.register(ObjectionDeskRow)
class ObjectionDesk(CaseDesk):
    """Objections, nearest deadline first: accept, investigate, decide, answer, close. Who objected is masked."""

    turn = 17

    buttons = (
        Button(objections.accept_objection, _("受理异议"), (_O.RECEIVED,)),
        Button(objections.dismiss_objection, _("不予受理异议"), (_O.RECEIVED,), needs_reason=True, harm=True),
        Button(objections.investigate_objection, _("开始调查"), (_O.ACCEPTED,)),
        Button(objections.extend_objection, _("延长答复期限"), (_O.ACCEPTED, _O.INVESTIGATING), needs_reason=True),
        Button(objections.overrule_objection, _("异议不成立"), (_O.INVESTIGATING,), needs_reason=True),
        Button(objections.uphold_objection, _("异议成立"), (_O.INVESTIGATING,), needs_reason=True, harm=True),
        Button(objections.answer_objection, _("答复"), (_O.UPHELD, _O.NOT_UPHELD), needs_reason=True),
        Button(objections.close_objection, _("送达，办结"), (_O.ANSWERED,), needs_reason=True),
        Button(
            objections.read_filer,
            _("查看异议人，留下记录"),
            (_O.RECEIVED, _O.ACCEPTED, _O.INVESTIGATING, _O.UPHELD, _O.NOT_UPHELD, _O.ANSWERED),
            needs_reason=True,
        ),
    )
    list_display = ("number", "notice", "badge_of", "time_left", "name_masked")
    list_select_related = ("notice",)
    ordering = ("due_on", "pk")
    search_fields = ("number", "notice__title", "notice__number")
    fields = (
        ("number", "state"),
        ("notice", "filed_at"),
        "text",
        "files",
        ("name_masked", "due_on", "extended"),
        ("accepted_by", "investigated_by"),
        ("outcome", "decided_by", "decided_at"),
        "findings",
        ("answer", "answered_by", "answered_at"),
    )
    readonly_fields: ClassVar[tuple[str, ...]] = ("files",)

    def waiting(self, request: HttpRequest) -> QuerySet[Any]:
        """Those the person has a step for: looking at who objected is none."""
        mine = {state for button in self.buttons[:-1] if may(request, button.name) for state in button.states}
        return super().waiting(request).filter(state__in=mine)

    def limit_of(self, obj: Any, days: Calendar) -> tuple[date | None, int | None]:
        """The time runs for the answer; once it is given, only the closing is left, and nothing is late."""
        return (None, None) if obj.state == _O.ANSWERED else super().limit_of(obj, days)

    @admin.display(description=_("证明材料"), empty_value="—")
    def files(self, obj: Objection) -> str:
        """Links to what was sent with it."""
        rows = obj.papers.select_related("attachment")
        links = ((reverse("admin:office_objection_paper", args=[row.pk]), row.attachment.name) for row in rows)
        return format_html_join("　", '<a href="{}">{}</a>', links) or "—"

    def get_urls(self) -> list[Any]:
        """Add the address of a file that was sent with an objection."""
        view = self.admin_site.admin_view(self.paper)
        return [path("papers/<int:pk>/", view, name="office_objection_paper"), *super().get_urls()]

    def paper(self, request: HttpRequest, pk: int) -> FileResponse:
        """Send a file of an objection in scope, always as a download."""
        if not self.has_view_permission(request):
            raise PermissionDenied(_("您没有办理这件事的权限，请联系单位管理员"))
        mine = Objection.objects.visible_to(request.user)
        row = get_object_or_404(ObjectionPaper.objects.select_related("attachment"), pk=pk, objection__in=mine)
        file = row.attachment
        return download(file.file, file.name)

    def press(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """Show who objected on the answer to the very press, nowhere else; every other verb goes the usual way."""
        reason, button = request.POST.get("reason", "").strip(), self.buttons[-1]
        if request.method != "POST" or not reason or slug != button.slug:
            return super().press(request, pk, slug)
        row = get_object_or_404(Objection, pk=pk)
        try:
            seen = objections.read_filer(row, by=cast(User, request.user), reason=reason)
        except RuleViolation as refusal:
            return self._confirm_page(request, button, row, reason, refusal)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": row.number,
            "facts": [(_("姓名或单位名称"), seen.name), (_("联系方式"), seen.contact)],
            "back": reverse("admin:office_objectiondeskrow_changelist"),
        }
        return TemplateResponse(request, "admin/filer.html", context)


@admin.register(JobRun)
class JobRunAdmin(ReadOnly):
    """Runs of sweeps and nightly jobs."""

    list_display = ("name", "started_at", "finished_at", "done", "failed", "error", "request_id")
    list_filter = ("name",)
    search_fields = ("=request_id",)


from office import exportdesk, messagedesks, workdesks  # noqa: E402, F401  so that their desks are registered with these

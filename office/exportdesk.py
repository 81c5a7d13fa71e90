"""Taking a list away as a file: the page that asks in which form, and everybody's own exports."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from accounts.asking import ask
from accounts.content import download
from accounts.desk import Button, Desk, may
from accounts.forms import posted
from accounts.models import User
from accounts.refusals import REFUSALS
from accounts.workflow import RuleViolation, sentence
from office.forms import ExportForm
from office.lists import Listing, desk_of, listing, tidied
from office.models import ExportJob
from office.services import list_exports
from office.states import ExportState
from office.telling import watch

REFRESH_S = 5


@admin.register(ExportJob)
class ExportDesk(Desk):
    """One's own exports: how far each is, and its file."""

    waits, turn = (), 95

    buttons = (
        Button(list_exports.cancel_export, _("取消"), (ExportState.WAITING,), harm=True),
        Button(list_exports.retry_export, _("重试"), (ExportState.FAILED,)),
    )
    list_display = ("__str__", "badge_of", "format", "progress", "asked_at", "take")
    fields = (("title", "format"), "query", ("asked_at", "finished_at"), ("sha256", "sm3"), "data_sha256")
    ordering = ("-pk",)
    change_form_template = "admin/export.html"
    list_filter: ClassVar[tuple[str, ...]] = ("state",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """One's own, in every state."""
        return super(Desk, self).get_queryset(request)

    @admin.display(description=_("进度"))
    def progress(self, obj: ExportJob) -> str:
        """Rows written of rows there are."""
        return f"{obj.rows_done:,} / {obj.rows_total:,}"

    @admin.display(description=_("文件"), empty_value="—")
    def take(self, obj: ExportJob) -> str | None:
        """The file, where there is one."""
        if obj.state != ExportState.READY:
            return None
        url = reverse("admin:office_exportjob_download", args=[obj.pk])
        return format_html('<a class="desk-export" href="{}">{}</a>', url, say("下载"))

    def get_urls(self) -> list[Any]:
        """Add the page that asks for an export of a desk, and the address of the file."""
        wrap = self.admin_site.admin_view
        mine = [
            path("of/<str:desk>/", wrap(self.of), name="office_exportjob_of"),
            path("<int:pk>/download/", wrap(self.download), name="office_exportjob_download"),
        ]
        return [*mine, *super().get_urls()]

    def of(self, request: HttpRequest, desk: str) -> HttpResponse:
        """Ask in which form a desk's list is taken away, then queue it; what it holds is what the list shows now."""
        if not may(request, "office.export_list"):
            raise PermissionDenied(_("您没有办理这件事的权限，请联系单位管理员"))
        by, query = cast(User, request.user), tidied(request.GET.urlencode())
        try:
            shown = self._shown(request, desk, query, by)
        except RuleViolation as refusal:
            messages.error(request, sentence(refusal))
            return redirect("admin:index")
        back = reverse(f"admin:{desk.replace('.', '_')}_changelist")
        made: list[ExportJob] = []

        def call(fields: dict[str, Any]) -> None:
            about: dict[str, Any] = {"desk": desk, "title": shown.title, "query": query, "rows": shown.row_count}
            job = list_exports.export_list(**about, **fields, language=get_language() or "", by=by)
            watch(request, job)
            made.append(job)

        answer = ask(
            self,
            request,
            posted(ExportForm, request),
            call,
            label=_("导出"),
            back=f"{back}?{query}" if query else back,
            facts=self._about(shown, query),
            note=_(
                "文件由后台生成，可以离开这一页。内容是生成时您能看到的行，个人信息与页面一样遮盖；申请和下载都会留下记录。"
            ),
            done=_("已申请导出，生成以后在这里下载"),
        )
        return redirect("admin:office_exportjob_change", made[0].pk) if made else answer

    @staticmethod
    def _shown(request: HttpRequest, desk: str, query: str, by: User) -> Listing:
        found = desk_of(desk)
        if not found.has_view_permission(request):
            raise PermissionDenied(_("您没有办理这件事的权限，请联系单位管理员"))
        return listing(desk, query, by)

    @staticmethod
    def _about(shown: Listing, query: str) -> list[tuple[Any, Any]]:
        columns = "、".join(column.name for column in shown.columns)
        return [
            (_("列表"), shown.title),
            (_("行数"), f"{shown.row_count:,}"),
            (_("列"), columns),
            (_("筛选条件"), query or "—"),
        ]

    def beside(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Add how far an export is, its file, and the list it is of."""
        return {
            **super().beside(request, obj),
            "job": obj,
            "download_url": reverse("admin:office_exportjob_download", args=[obj.pk]),
            "about": list_exports.about(obj, obj.asked_by, obj.data_sha256) if obj.data_sha256 else (),
            "again_url": self._list_of(obj),
        }

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Let the page ask again by itself while the export waits."""
        answer = super().render_change_form(request, context, *args, **kwargs)
        if context["job"].state == ExportState.WAITING and request.method == "GET":
            answer["Refresh"] = str(REFRESH_S)
        return answer

    @staticmethod
    def _list_of(job: ExportJob) -> str:
        if not job.desk:
            return ""
        back = reverse(f"admin:{job.desk.replace('.', '_')}_changelist")
        return f"{back}?{job.query}" if job.query else back

    def download(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send the file of one's own export, and note who took it."""
        if request.method != "GET":
            raise Http404
        job = get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            job = list_exports.download_export(job, by=cast(User, request.user))
        except REFUSALS as refusal:
            messages.error(request, sentence(refusal))
            return redirect("admin:office_exportjob_change", pk)
        return self._sent(job)

    @staticmethod
    def _sent(job: ExportJob) -> FileResponse:
        stored = str(job.file.name).rsplit("/", 1)[-1]
        return download(job.file, f"{job}-{job.asked_at:%Y%m%d}-{stored.rsplit('-', 1)[-1]}")

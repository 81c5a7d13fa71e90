"""Public notices, and files for those who may see them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.content import download
from accounts.models import Attachment, Event
from kernel import clock
from office.models import Notice, NoticePaper
from office.services.calendar import notice_calendar
from office.services.notices import EXTENDED, days_not_counted
from projects.models import MonitoringPeriod
from projects.views.access import acting

SEARCHED = 80  # characters of a search


def with_days_left(rows: Any) -> list[dict[str, Any]]:
    """Return notices with the working days left; negative when the period is over."""
    today, days = clock.today(), notice_calendar()
    return [{"notice": row, "left": days.workdays_between(today, row.ends_on)} for row in rows]


def running(rows: QuerySet[Notice] | None = None) -> list[dict[str, Any]]:
    """Return the notices that run today, the soonest end first."""
    rows = Notice.objects.all() if rows is None else rows
    rows = rows.filter(ends_on__gte=clock.today()).select_related("project__owner").order_by("ends_on")
    return with_days_left(rows)


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """What is on notice now, and what was; searched by number, title, words of the text, or the owner's name."""
    words = request.GET.get("q", "").strip()[:SEARCHED]
    rows = Notice.objects.all()
    if words:
        rows = rows.filter(
            pk__in=rows.found(words).values("pk").union(rows.filter(project__owner__name__icontains=words).values("pk"))
        )
    ended = rows.filter(ends_on__lt=clock.today()).select_related("project__owner")
    page = Paginator(ended, 20).get_page(request.GET.get("page"))
    context = {
        "running": running(rows),
        "ended": with_days_left(page.object_list),
        "page_obj": page,
        "words": words,
        "query": f"{urlencode({'q': words})}&" if words else "",
    }
    return render(request, "projects/notices.html", context)


@require_GET
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice as it was shown, with its papers and the digests of both."""
    row = get_object_or_404(Notice.objects.select_related("project__owner", "division"), pk=pk)
    context = with_days_left([row])[0] | {
        "papers": row.papers.all(),
        "lost": days_not_counted(row),
        "extended": Event.objects.filter(object_type=row._meta.label_lower, object_id=row.pk, verb=EXTENDED),
        "objections": row.objections.order_by("pk"),
        "trail": [(_("公示公告"), reverse("notices"))],
    }
    return render(request, "projects/notice.html", context)


@require_GET
def paper(request: HttpRequest, pk: int, paper: int) -> FileResponse:
    """Send a paper of a notice as it was shown, always as a download."""
    row = get_object_or_404(NoticePaper.objects.select_related("attachment"), notice=pk, pk=paper)
    return download(row.attachment.file, row.name)


@login_required
@require_GET
def file(request: HttpRequest, token: UUID) -> FileResponse:
    """Send a file exactly as it was sent, always as a download."""
    user = acting(request)
    # A verifier and an officer see a meter's file through the period it belongs to.
    through = MonitoringPeriod.objects.visible_to(user).exclude(series=None).values("series")
    row = get_object_or_404(
        Attachment.objects.visible_to(user) | Attachment.objects.filter(pk__in=through), token=token
    )
    return download(row.file, row.name)

"""Telling a browser what came of the exports it asked for: kept in its session, said once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as say

from office.models import ExportJob
from office.states import ExportState

WATCHED, MOST = "exports", 20  # in the session: the exports that the browser was not yet told of


def watch(request: HttpRequest, job: ExportJob) -> None:
    """Remember to tell this browser of an export."""
    request.session[WATCHED] = [*request.session.get(WATCHED, ()), job.pk][-MOST:]


def tell(request: HttpRequest) -> None:
    """Say once, on whatever page comes next, which of the exports this browser asked for have come to an end."""
    watched = request.session.get(WATCHED)
    if not watched:
        return
    ended = ExportJob.objects.filter(pk__in=watched, asked_by=request.user.pk).exclude(state=ExportState.WAITING)
    for job in ended:
        url = reverse("admin:office_exportjob_change", args=[job.pk])
        if job.state == ExportState.READY:
            words, level = say("导出已生成：%s") % job, messages.SUCCESS
        else:
            words, level = say("导出没有生成：%s") % job, messages.WARNING
        if job.state != ExportState.CANCELLED:
            messages.add_message(request, level, format_html('<a href="{}">{}</a>', url, words))
    told = {job.pk for job in ended}
    if told:
        request.session[WATCHED] = [pk for pk in watched if pk not in told]

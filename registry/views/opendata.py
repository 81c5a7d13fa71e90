"""Open data: the dictionary page, and each table as CSV or JSON, streamed row by row."""

from __future__ import annotations

import json
from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.tables import plain
from kernel import clock
from office.sheets import MARK, csv_lines
from registry.models import Journal
from registry.opendata import TABLES, Table

KINDS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@require_safe
def dictionary(request: HttpRequest) -> HttpResponse:
    """Which tables there are, what each column means, and where the files are."""
    context = {"tables": TABLES.values(), "trail": [(_("登记簿"), reverse("registry"))]}
    return render(request, "registry/opendata.html", context)


@require_safe
def table(request: HttpRequest, name: str, kind: str) -> HttpResponse | StreamingHttpResponse:
    """One table whole. Its tag changes with every journal and every day, so that who has it already is not sent it again."""
    if name not in TABLES or kind not in KINDS:
        raise Http404
    newest = Journal.objects.values_list("pk", flat=True).first() or 0
    tag = f'"{name}-{newest}-{clock.today().isoformat()}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    write = _csv if kind == "csv" else _json
    answer = StreamingHttpResponse(write(TABLES[name]), content_type=KINDS[kind])
    answer.headers["ETag"] = tag
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer


def _csv(table: Table) -> Iterator[bytes]:
    yield MARK + csv_lines([[column.name for column in table.columns]])
    for record in table.records():
        yield csv_lines([[plain(value) if isinstance(value, str) else value for value in record]])


def _json(table: Table) -> Iterator[str]:
    names = [column.name for column in table.columns]
    yield f'{{"table": {json.dumps(table.name)}, "as_of": {json.dumps(clock.local(clock.now()).isoformat(timespec="seconds"))}, "rows": ['
    for number, record in enumerate(table.records()):
        yield (",\n" if number else "\n") + json.dumps(dict(zip(names, record, strict=True)), ensure_ascii=False)
    yield "\n]}\n"

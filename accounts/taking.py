"""A page of the admin that takes a table in: template, upload, preview or errors, confirm. Nothing is kept of a row before the last.

The preview does what the verb does and takes it back; the verb opens the very file that was previewed, by its digest.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

import xlsxwriter
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.content import XLSX
from accounts.forms import AskedForm
from accounts.models import TableIn, User
from accounts.refusals import REFUSALS
from accounts.services.tables import keep_table, opened, opened_sheets, rehearsed
from accounts.sheets import SheetOf
from accounts.tables import Table, Wanted, plain
from accounts.visitor import may
from accounts.workflow import sentence
from kernel.rules import RowError, RuleViolation

SHOWN_ROWS, SHOWN_ERRORS = 10, 50
Fields = Mapping[str, Any]


class TableForm(AskedForm):
    """The file; what else a table needs to be told is asked beside it."""

    file = forms.FileField(
        label=gettext_lazy("表格文件"),
        help_text=gettext_lazy("XLSX，或 UTF-8、GB 18030 的 CSV，最大 2 MB；用模板填写最省事"),
        allow_empty_file=True,
    )


class Taking(NamedTuple):
    """What is taken in: the verb's name, words, columns, bounds, the form, what a rehearsal counts, and the verb.

    ``rehearse(rows, fields, by)`` does what the verb will do and returns what to say of it; ``apply(table, fields, by)`` is the verb.
    """

    purpose: str
    label: Any
    columns: Sequence[Wanted]
    most_rows: int
    form: type[TableForm]
    rehearse: Callable[[Any, Fields, User], list[tuple[Any, Any]]]
    apply: Callable[[TableIn, Fields, User], object]
    back: str
    note: Any = ""
    sheets: Sequence[SheetOf] = ()  # of several tables in one file: ``rehearse`` is given their rows by title then
    confirm: Any = gettext_lazy("确认导入")


class _Asked(NamedTuple):
    """A kept file and what was asked beside it."""

    kept: TableIn
    fields: dict[str, Any]
    query: str


def take_in(desk: Any, request: HttpRequest, taking: Taking) -> HttpResponse:
    """Answer one step: GET asks or gives the template or the errors, a POST with a file previews, with ``kept`` confirms."""
    if not may(request, taking.purpose):
        raise PermissionDenied(_("您没有办理这件事的权限，请联系单位管理员"))
    if request.method == "POST" and "kept" in request.POST:
        return _confirmed(desk, request, taking)
    if "template" in request.GET:
        sheets = taking.sheets or (SheetOf(_("填写"), taking.columns),)
        return template(sheets, taking.purpose.split(".")[1])
    if "errors" in request.GET:
        return _errors(taking, _asked(taking, request, request.GET, "errors"), cast(User, request.user))
    if request.method == "POST":
        return _previewed(desk, request, taking)
    return _page(desk, request, taking, {"form": taking.form()})


def _others(form: type[TableForm]) -> list[str]:
    return [name for name in form.base_fields if name != "file"]


def _asked(taking: Taking, request: HttpRequest, given: Any, name: str) -> _Asked:
    """Return the kept file a step names; of the visitor's own, kept for this purpose."""
    number = given.get(name, "")
    own = TableIn.objects.visible_to(request.user).filter(purpose=taking.purpose)
    kept = own.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 18 else None
    if kept is None:
        raise Http404
    form = taking.form(given, {})
    form.fields.pop("file")
    if not form.is_valid():
        raise Http404
    told = {other: str(given.get(other, "")) for other in _others(taking.form)}
    return _Asked(kept, form.cleaned_data, urlencode({"errors": str(kept.pk), **told}))


def _read(taking: Taking, asked: _Asked, by: User) -> tuple[Table, list[tuple[Any, Any]]]:
    if taking.sheets:
        sheets = opened_sheets(asked.kept, taking.sheets, most_rows=taking.most_rows)
        counts = rehearsed(lambda: taking.rehearse(sheets.rows, asked.fields, by))
        return Table([], sheets.notes), [*((title, len(rows)) for title, rows in sheets.rows.items()), *counts]
    table = opened(asked.kept, taking.columns, most_rows=taking.most_rows)
    return table, rehearsed(lambda: taking.rehearse(table.rows, asked.fields, by))


def _previewed(desk: Any, request: HttpRequest, taking: Taking) -> HttpResponse:
    form, by = taking.form(request.POST, request.FILES), cast(User, request.user)
    if not form.is_valid():
        return _page(desk, request, taking, {"form": form}, status=400)
    fields = dict(form.cleaned_data)
    asked: _Asked | None = None
    try:
        kept = keep_table(fields.pop("file"), purpose=taking.purpose, by=by)
        told = {name: str(request.POST.get(name, "")) for name in _others(taking.form)}
        asked = _Asked(kept, fields, urlencode({"errors": str(kept.pk), **told}))
        table, counts = _read(taking, asked, by)
    except REFUSALS as refusal:
        return _refused(desk, request, taking, form, refusal, asked)
    shown = [
        [row.at, *(row.cells.get(column.name, "") for column in taking.columns)] for row in table.rows[:SHOWN_ROWS]
    ]
    lines = [] if taking.sheets else [(_("行数"), len(table.rows))]
    facts = [(_("文件"), kept.name), ("SHA-256", kept.sha256), *lines, *counts]
    hidden = [("kept", kept.pk), *told.items()]
    more = {
        "facts": facts,
        "notes": table.notes,
        "shown": shown,
        "hidden": hidden,
        "left": len(table.rows) - len(shown),
    }
    return _page(desk, request, taking, more)


def _confirmed(desk: Any, request: HttpRequest, taking: Taking) -> HttpResponse:
    asked = _asked(taking, request, request.POST, "kept")
    try:
        taking.apply(asked.kept, asked.fields, cast(User, request.user))
    except REFUSALS as refusal:
        return _refused(desk, request, taking, taking.form(initial=asked.fields), refusal, asked)
    messages.success(request, _("已导入：%s") % asked.kept.name)
    return redirect(taking.back)


def _refused(
    desk: Any, request: HttpRequest, taking: Taking, form: TableForm, refusal: Exception, asked: _Asked | None
) -> HttpResponse:
    rows = getattr(refusal, "rows", ())
    more = {
        "form": form,
        "said": sentence(refusal),
        "errors": [said_of(row) for row in rows[:SHOWN_ERRORS]],
        "left": max(0, len(rows) - SHOWN_ERRORS),
        "errors_url": f"?{asked.query}" if asked is not None and rows else "",
    }
    return _page(desk, request, taking, more, status=409)


def said_of(error: RowError) -> str:
    """Return what is wrong at one place in the sender's words: 第 7 行，装机容量：没有填; of several sheets with the sheet first."""
    at = _("第 %d 行") % error.row if error.row else ""
    place = "，".join(part for part in (error.sheet, at, error.field) if part)
    return "：".join(part for part in (place, str(error.message)) if part)


def _errors(taking: Taking, asked: _Asked, by: User) -> HttpResponse:
    """The whole list of what is to be put right, as a CSV."""
    rows: Sequence[RowError] = ()
    try:
        _read(taking, asked, by)
    except RuleViolation as refusal:
        rows = refusal.rows or [RowError(None, "", refusal.message)]
    text = io.StringIO()
    lines = [[row.row or "", plain(row.field), plain(str(row.message))] for row in rows]
    heading = [_("行"), _("列"), _("要改的地方")]
    if taking.sheets:
        lines = [[row.sheet, *line] for row, line in zip(rows, lines, strict=True)]
        heading.insert(0, _("工作表"))
    csv.writer(text, lineterminator="\r\n").writerows([heading, *lines])
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="errors-{asked.kept.pk}.csv"'
    return answer


def template(sheets: Sequence[SheetOf], name: str) -> HttpResponse:
    """Return a workbook to fill in with the headings and an example; every column is text, so that long codes keep their digits."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "bg_color": "#E3F1E9"})
    pages = [book.add_worksheet(sheet.title) for sheet in sheets]
    about = book.add_worksheet(_("说明"))
    about.set_column(0, 0, 24)
    about.set_column(1, 1, 80)
    line = 0
    for page, sheet in zip(pages, sheets, strict=True):
        if len(sheets) > 1:
            about.write_string(line, 0, f"【{sheet.title}】", bold)
            line += 1
        for at, column in enumerate(sheet.columns):
            page.set_column(at, at, 24, text)
            page.write_string(0, at, column.name, bold)
            page.write_string(1, at, column.example, text)
            must = _("必填") if column.required else _("选填")
            about.write_string(line, 0, column.name, bold)
            about.write_string(line, 1, "；".join(part for part in (must, str(column.about)) if part))
            line += 1
    only = (
        _("第 2 行是例子，请改掉或删去。只读第一张工作表。")
        if len(sheets) == 1
        else _("每张表的第 2 行是例子，请改掉或删去。")
    )
    about.write_string(line + 1, 0, only)
    book.close()
    answer = HttpResponse(file.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return answer


def _page(desk: Any, request: HttpRequest, taking: Taking, more: Fields, *, status: int = 200) -> HttpResponse:
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": taking.label,
        "columns": taking.columns,
        "sheets": taking.sheets,
        "confirm": taking.confirm,
        "note": taking.note,
        "back": taking.back,
        **more,
    }
    return TemplateResponse(request, "admin/take_in.html", context, status=status)

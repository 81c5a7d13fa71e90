"""Statements of an account: of any days, on a page and as a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from kernel import clock
from kernel.rules import RuleViolation
from office.sheets import Column, CsvOut, Out, Value, XlsxOut
from projects.views.access import acting, must_see
from registry.models import Block, HoldingAccount
from registry.services import statements
from registry.services.persons import name_for
from registry.services.statements import Statement
from registry.states import UnitState
from registry.views.holdings import own_account

SHOWN = 200  # rows of each table on the page; a file holds all of them
FILES: dict[str, tuple[Callable[..., Out], str]] = {
    "csv": (CsvOut, "text/csv; charset=utf-8"),
    "xlsx": (XlsxOut, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
COLUMNS = (
    (gettext_lazy("部分"), gettext_lazy("期初、流水、期末或期末编号")),
    (gettext_lazy("时间"), gettext_lazy("业务时间，东八区")),
    (gettext_lazy("流水号"), gettext_lazy("登记簿的流水")),
    (gettext_lazy("种类"), gettext_lazy("流水的种类")),
    (gettext_lazy("方向"), gettext_lazy("转入或转出这个状态")),
    (gettext_lazy("状态"), gettext_lazy("减排量的状态")),
    (gettext_lazy("数量 t"), gettext_lazy("整吨二氧化碳当量")),
    (gettext_lazy("编号区间"), gettext_lazy("减排量编号，末位是校验位")),
    (gettext_lazy("对方"), gettext_lazy("这笔流水另一边的账户")),
)


class DaysForm(forms.Form):
    """The first and the last day of a statement."""

    first = forms.DateField(label=gettext_lazy("起"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=gettext_lazy("止"), widget=forms.DateInput(attrs={"type": "date"}))


def _account(request: HttpRequest, number: str) -> HoldingAccount:
    if not number:
        return own_account(request)
    account = get_object_or_404(HoldingAccount.objects.select_related("organisation"), number=number)
    must_see(request, account)
    return account


def _asked(account: HoldingAccount, form: DaysForm) -> Statement | RuleViolation | None:
    """Return the statement of the days asked for, up to now where the last of them is today; None when they are no days."""
    if not form.is_valid():
        return None
    starts, _end = statements.day_span(form.cleaned_data["first"])
    _start, ends = statements.day_span(form.cleaned_data["last"])
    now = clock.now()
    try:
        return statements.statement(account, starts, now if form.cleaned_data["last"] == clock.today() else ends)
    except RuleViolation as refusal:
        return refusal


def _form(request: HttpRequest) -> DaysForm:
    today = clock.today()
    usual = {"first": today.replace(day=1).isoformat(), "last": today.isoformat()}
    return DaysForm({**usual, **{name: request.GET[name] for name in usual if name in request.GET}})


def _spans(today: date) -> list[tuple[str, date, date]]:
    yesterday = today - timedelta(days=1)
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    return [
        (_("今天"), today, today),
        (_("昨天"), yesterday, yesterday),
        (_("本月"), month, today),
        (_("上月"), before.replace(day=1), before),
        (_("今年"), today.replace(month=1, day=1), today),
    ]


@login_required
@require_GET
def statement(request: HttpRequest, number: str = "") -> HttpResponse:
    """The statement of some days: opening, journals with their serials, closing, and what was held at the end."""
    account, form = _account(request, number), _form(request)
    told = _asked(account, form)
    refusal = told if isinstance(told, RuleViolation) else None
    context: dict[str, Any] = {
        "account": account,
        "holder": name_for(account.organisation, acting(request)),
        "form": form,
        "spans": _spans(clock.today()),
        "refusal": refusal,
        "file": reverse("statement-file", args=[account.number]),
        "trail": [] if number else [(_("持有账户"), reverse("holdings"))],
    }
    if isinstance(told, Statement):
        context |= _shown(told)
    return render(request, "registry/statement.html", context, status=409 if refusal else 400 if form.errors else 200)


def _shown(told: Statement) -> dict[str, Any]:
    states = [state for state in UnitState if told.opening.get(state) or told.closing.get(state)]
    sums = [(state, state.label, told.opening.get(state, 0), told.closing.get(state, 0)) for state in states]
    return {
        "told": told,
        "sums": [(*row, row[3] - row[2]) for row in sums],
        "opening_t": sum(told.opening.values()),
        "closing_t": sum(told.closing.values()),
        "lines": told.lines[-SHOWN:],
        "more_lines": max(0, len(told.lines) - SHOWN),
        "held": told.held[:SHOWN],
        "more_held": max(0, len(told.held) - SHOWN),
    }


@login_required
@require_GET
def statement_file(request: HttpRequest, number: str) -> HttpResponse:
    """The same as a workbook or CSV, whole. What cannot be told is shown on the page instead."""
    account, form = _account(request, number), _form(request)
    told, kind = _asked(account, form), request.GET.get("kind", "")
    if not isinstance(told, Statement) or kind not in FILES:
        return statement(request, number)
    out, media = FILES[kind]
    columns = [Column(str(name), str(about)) for name, about in COLUMNS]
    body = io.BytesIO()
    file = out(body, columns)
    file.write(_rows(told))
    file.close(_about(told, name_for(account.organisation, acting(request))), columns)
    answer = HttpResponse(body.getvalue(), content_type=media)
    days = f"{form.cleaned_data['first']:%Y%m%d}-{form.cleaned_data['last']:%Y%m%d}"
    answer["Content-Disposition"] = f'attachment; filename="{account.number}-{days}.{kind}"'
    return answer


def _about(told: Statement, holder: str) -> list[tuple[str, str]]:
    return [
        (_("账户"), f"{holder} {told.account.number}"),
        (_("起"), f"{clock.local(told.starts):%Y-%m-%d %H:%M:%S}"),
        (_("止（不含）"), f"{clock.local(told.ends):%Y-%m-%d %H:%M:%S}"),
        (_("是否已定"), _("已定，不会再变") if told.final else _("截止时间刚过，一分钟后再出一份才是定稿")),
    ]


def _rows(told: Statement) -> Iterator[tuple[Value, ...]]:
    for words, at, tonnes in ((_("期初"), told.starts, told.opening), (_("期末"), told.ends, told.closing)):
        if words == _("期末"):
            yield from _moves(told)
        for state, t in statements.by_state(tonnes):
            yield words, at, "", "", "", str(state.label), t, "", ""
    for block in told.held:
        yield _("期末编号"), told.ends, "", "", "", _state(block), block.quantity_t, block.serial, ""


def _moves(told: Statement) -> Iterator[tuple[Value, ...]]:
    for line in told.lines:
        journal, other = line.journal, "、".join(str(account) for account in line.other)
        for words, blocks in ((_("转出"), line.went), (_("转入"), line.came)):
            for block in blocks:
                yield (
                    _("流水"), journal.business_at, journal.number, str(journal.get_kind_display()), words, _state(block),
                    block.quantity_t, block.serial, other,
                )  # fmt: skip


def _state(block: Block) -> str:
    return str(UnitState(block.state).label)

"""A period's computation as a workbook for the verifier: the raw series or the acts, parameters with sources, live formulas.

Nothing is computed for it: raw rows are read from the kept file, figures are the stored ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import override

from kernel.quantities import tonnes_exact
from kernel.rules import RuleViolation
from methodologies import workbook
from methodologies.document import Document
from methodologies.services.quantify import document_of
from methodologies.workbook import Book, Cell, Computed, Formula
from projects.models import MonitoringPeriod, PowerMonth, Quantification
from projects.services.sampling import draw
from projects.services.series import KILOWATTS, Raw, raw_series
from scenarios.models import Act, ClaimBatch

MOST_ACTS = 20_000  # of a larger claim the workbook has the acts of the verifier's sample
ENERGY = "generation_mwh"
_ROW = "\u00a7"  # no formula has it: neither a name nor a number nor an operator


def period_workbook(figure: Quantification) -> bytes:
    """Return the workbook of one stored computation, in Chinese, whoever looks.

    Raises RuleViolation ``method_tampered``, and ``bad_file`` when the kept series cannot be read any more.
    """
    with override("zh-hans"):
        book, document, period = Book(), document_of(figure.method), figure.period
        workbook.about(book, _about(figure))
        used = {name: value for name, value in figure.inputs.items() if name in document.inputs}
        computed = Computed(document, used, figure.parameters, figure.results, figure.reduction_mg)
        if period.claim is not None:
            workbook.parameters(book, computed)
            _acts(book, computed, period.claim)
            return book.closed()
        months = list(period.months.order_by("month"))
        formulas = (
            {ENERGY: Formula(_energy(book, period, months), Decimal(str(used[ENERGY])))} if ENERGY in used else {}
        )
        workbook.inputs(book, computed, formulas, _("电表数据") if period.series_id else _("月结算电量"))
        workbook.parameters(book, computed)
        workbook.steps(book, computed)
        return book.closed()


def _about(figure: Quantification) -> list[tuple[str, str]]:
    period = figure.period
    lines = [
        (_("项目"), period.project.name),
        (_("业主"), period.project.owner.name),
        (_("核算期"), f"{period.starts_on} — {period.ends_on}"),
        (_("方法学"), str(figure.method)),
        (_("文本摘要"), f"SHA-256 {figure.method.digest}"),
        (_("量化记录"), f"{figure.pk}，{figure.made_at:%Y-%m-%d %H:%M} UTC"),
        (_("减排量"), f"{tonnes_exact(figure.reduction_mg)} tCO2e"),
    ]
    if period.series is not None:
        lines += [(_("原始数据"), period.series.name), (_("原始数据摘要"), f"SHA-256 {period.series.sha256}")]
    return lines


def _energy(book: Book, period: MonitoringPeriod, months: Sequence[PowerMonth]) -> str:
    """Write months, and the power they come from where a series was read; return the formula of the energy in MWh."""
    raw = _raw(period, months)
    title, power = _("月电量"), _("功率曲线")
    if raw is not None:
        last = len(raw.samples) + 1
        hours = f"*{raw.interval.total_seconds():.0f}/3600*{KILOWATTS[raw.unit]}"
        rows = (
            (sample.row, str(sample.at), f"{sample.at:%Y-%m}", sample.power, Formula(f"MAX(0,D{at}){hours}"))
            for at, sample in enumerate(raw.samples, 2)
        )
        heads = [(_("文件行"), 10), (_("时间"), 26), (_("月份"), 10), (_("功率（%s）") % raw.unit, 18), ("kWh", 18)]
        book.sheet(power, heads, rows)
    lines: list[list[Cell | Formula]] = []
    for at, month in enumerate(months, 2):
        stored, name = month.energy_kwh, f"{month.month:%Y-%m}"
        found = f"SUMIFS('{power}'!E2:E{last},'{power}'!C2:C{last},A{at})" if raw is not None else ""
        energy: Cell | Formula = Formula(found, stored) if found else stored
        lines.append(
            [name, energy, str(stored), month.clipped, month.missing, "" if month.complete else _("数据不完整")]
        )
    end = len(lines) + 1
    heads = [(_("月份"), 10), ("kWh", 20), (_("平台的精确值"), 22), (_("负值按 0 计"), 12), (_("缺样本"), 10)]
    total: list[Cell | Formula] = [
        _("合计"),
        Formula(f"SUM(B2:B{end})", sum((m.energy_kwh for m in months), Decimal(0))),
        "",
        "",
        "",
        "",
    ]
    book.sheet(title, [*heads, (_("说明"), 16)], lines, total=total)
    return f"'{title}'!B{end + 1}/1000"


def _raw(period: MonitoringPeriod, months: Sequence[PowerMonth]) -> Raw | None:
    if period.series is None:
        return None
    with period.series.file.open("rb") as file:
        raw = raw_series(
            file.read(), {month.month: month.energy_kwh for month in months}, period.starts_on, period.ends_on
        )
    if raw is None:
        raise RuleViolation("bad_file", _("保存的电表数据与每月电量对不上，请联系平台"))
    return raw


def _acts(book: Book, computed: Computed, claim: ClaimBatch) -> None:
    """Write the acts of a claim, each with its steps as formulas and floored by itself, as they were counted."""
    document, name = computed.document, claim.scene.input_name
    chosen = list(claim.uses.values_list("act_id", flat=True)) if claim.acts <= MOST_ACTS else draw(claim)
    acts = Act.objects.filter(pk__in=chosen, on_day__gte=claim.month).order_by("on_day", "pk")
    steps = list(document.steps)
    rows = list(_act_rows(document, name, acts, steps))
    end = len(rows) + 1
    first, last = chr(ord("C") + len(steps) + 1), chr(ord("C") + len(steps) + 2)
    total: list[Cell | Formula] = [_("合计"), "", Formula(f"SUM(C2:C{end})"), *([""] * len(steps))]
    total += [Formula(f"SUM({one}2:{one}{end})", Decimal(sum(act.saved_mg for act in acts))) for one in (first, last)]
    unit = str(document.inputs[name].unit)
    heads = [(_("行为"), 22), (_("日期"), 12), (f"{document.inputs[name].title}（{unit}）", 18)]
    heads += [(document.labels.get(step, step), 18) for step in steps]
    heads += [(_("重算（mg）"), 16), (_("入账（mg）"), 16)]
    book.sheet(_("行为"), heads, rows, total=total)


def _act_rows(
    document: Document, name: str, acts: Iterable[Act], steps: Sequence[str]
) -> Iterator[list[Cell | Formula]]:
    """Yield the acts; the formulas are translated once, with a mark where each row puts its own number."""
    cells = {name: f"C{_ROW}"} | {step: f"{chr(ord('D') + n)}{_ROW}" for n, step in enumerate(steps)}
    written = document.in_cells(workbook.places(document, cells))
    whole = workbook.whole_mg(document, cells[steps[-1]])
    for at, act in enumerate(acts, 2):
        computed = [Formula(written[step].replace(_ROW, str(at))) for step in steps]
        mg = Formula(whole.replace(_ROW, str(at)), Decimal(act.saved_mg))
        yield [str(act.pk), act.on_day.isoformat(), act.amount, *computed, mg, Decimal(act.saved_mg)]

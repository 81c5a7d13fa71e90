"""``manage.py quantify_file METHOD FILE``: compute a whole file by a published method, print each step and the total, store nothing.

``METHOD`` is a number (the newest version without ``-V02``) or a draft's ``.toml``. Rows by ``--column`` and ``--set``, a power series
by ``--meter``, half hours of homes by ``--homes``. ``--each INPUT`` computes the file once under every choice of that input.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from carbon_portal.site import filing
from kernel import clock
from kernel.quantities import MG_PER_KG
from kernel.rules import RuleViolation, require
from kernel.rules import sentence as _
from methodologies.document import Document, check, parse
from methodologies.document.computing import told
from methodologies.formula import Kind, parse_unit
from methodologies.services.quantify import document_of, published


class Command(BaseCommand):
    help = "按方法学计算整个文件：逐步列出合计，逐行指出错误，不存任何数据"

    def add_arguments(self, parser: CommandParser) -> None:
        """The method, the file, and where its inputs stand."""
        parser.add_argument("method", help="方法学编号，或草案的 .toml 文件")
        parser.add_argument("file", type=Path, help="CSV，可以是 gzip")
        parser.add_argument("--column", action="append", default=[], metavar="输入=列名[:单位]", help="输入在哪一列")
        parser.add_argument("--set", action="append", default=[], metavar="输入=值", help="每一行都相同的输入")
        parser.add_argument("--each", default="", metavar="输入", help="按这项输入的每个可选值各算一遍")
        parser.add_argument("--meter", action="store_true", help="功率曲线：要 --since、--until 和 --capacity-kw")
        parser.add_argument("--unit", default="W", choices=["W", "kW"], help="功率的单位")
        parser.add_argument("--capacity-kw", type=Decimal, default=Decimal(0), help="装机容量")
        parser.add_argument("--since", type=date.fromisoformat, help="核算期起")
        parser.add_argument("--until", type=date.fromisoformat, help="核算期止")
        parser.add_argument("--homes", default="", metavar="户,时间,电量", help="住户的分时电量：三个列名")
        parser.add_argument("--per-day", type=int, default=48, help="一个完整日有几个读数")
        parser.add_argument("--on", type=date.fromisoformat, help="取哪一天的系数，不写为今天")
        parser.add_argument("--region", default=None, help="六位区划代码")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the totals, or every row that is refused."""
        try:
            document = _document(options["method"])
            for choice in _choices(document, options["each"]):
                fixed = dict(_pair(one) for one in options["set"]) | ({options["each"]: choice} if choice else {})
                lines = _lines(document, filing.opened(options["file"]), fixed, options)
                totals = filing.computed(document, lines, options["on"] or clock.today(), options["region"])
                for whose, total in totals.items():
                    self._print(document, " ".join(filter(None, (choice, whose))), total)
        except (OSError, RuleViolation) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("没有存任何数据")

    def _print(self, document: Document, name: str, total: filing.Total) -> None:
        notes = [
            f"{total.rows} 行",
            f"{total.nothing} 行没有减排量",
            *([f"{total.capped} 行按上限"] if document.cap else []),
        ]
        self.stdout.write(f"{document.number} {name or document.title}：{'，'.join(notes)}")
        steps = list(total.steps.items())
        for symbol, value in steps[-1:] if name else steps:  # of many choices or homes only the last step
            unit = document.compiled.units[symbol] or document.result
            self.stdout.write(f"  {symbol}{' 合计' if total.rows > 1 else ''} {told(value)} {unit}")
        kilograms, rest = divmod(total.reduction_mg, MG_PER_KG)
        self.stdout.write(f"  减排量 {total.reduction_mg} mg（{kilograms}.{rest:06d} kg）")


def _document(name: str) -> Document:
    if name.endswith(".toml"):
        draft = parse(Path(name).read_text(encoding="utf-8"))
        check(draft)
        return draft
    row = published(name)
    if row is None:
        raise RuleViolation("no_method", _("没有已发布的方法学 {number}", number=name))
    return document_of(row)


def _choices(document: Document, each: str) -> list[str]:
    if not each:
        return [""]
    one = document.inputs.get(each)
    known = one is not None and one.kind is Kind.TEXT
    require(known, "bad_input", _("方法学没有名为 {name} 的选择项", name=each))
    return list(one.choices)  # type: ignore[union-attr]


def _lines(document: Document, content: bytes, fixed: dict[str, str], options: dict[str, Any]) -> list[filing.Line]:
    if options["meter"]:
        require(options["since"] and options["until"], "bad_input", _("功率曲线要写明 --since 和 --until"))
        return filing.of_meter(
            document,
            content,
            starts_on=options["since"],
            ends_on=options["until"],
            capacity_kw=options["capacity_kw"],
            unit=options["unit"],
        )
    if options["homes"]:
        names = options["homes"].split(",")
        require(len(names) == 3, "bad_input", _("--homes 要三个列名：户,时间,电量"))
        whose, at, kwh = names
        return filing.of_homes(content, whose=whose, at=at, kwh=kwh, per_day=options["per_day"])
    return filing.of_rows(document, content, dict(_column(one) for one in options["column"]), fixed)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    require(equals, "bad_input", _("“{text}”应写成 输入=值", text=text))
    return name, value


def _column(text: str) -> tuple[str, filing.Column]:
    name, place = _pair(text)
    heading, colon, unit = place.rpartition(":")
    return (name, filing.Column(heading, parse_unit(unit))) if colon else (name, filing.Column(unit))

"""From TOML to a document. All mistakes are found in one go, each with its field and a sentence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from kernel.digest import sha256
from kernel.rules import RowError, RuleViolation
from kernel.rules import sentence as _
from methodologies.document.content import CAP, CAPPED, CHAPTERS, Document, Entry, Example, Input, Parameter
from methodologies.formula import FUNCTIONS, ONE, Kind, Steps, Unit, decimal, is_name, parse_unit

_CODE = re.compile(r"[A-Z]{2}-[0-9]{4}-[0-9]{3}")
_REGION = re.compile(r"([0-9]{6})?")
_TOP = ("code", "version", "title", "source", "evidence", "kind", "scope", "factor_basis", "result", "cap")
_TABLES = ("inputs", "parameters", "formula", "labels", "examples", "text")
_INPUT = ("title", "unit", "kind", "min", "max", "choices")
_ENTRY = ("value", "table", "steps", "region", "valid_from", "valid_to", "source", "evidence")
_EVIDENCE = ("A", "B", "C", "X")
_ONCE = date(2000, 1, 1)  # day of an example that names none and whose factors have no beginning


@lru_cache(maxsize=128)
def parse(text: str) -> Document:
    """Read a method document. Raises RuleViolation("bad_document") whose rows name every field that is wrong.

    Numbers are text or TOML numbers, always taken digit by digit; unknown keys are refused because they are typing errors.
    """
    document, errors = read(text)
    if errors:
        listed = "；".join(f"{error.field}：{error.message}" for error in errors)
        said = _("方法学文本有 {n} 处要改：{listed}", n=len(errors), listed=listed)
        raise RuleViolation("bad_document", said, rows=errors)
    return document


def read(text: str) -> tuple[Document, list[RowError]]:
    """Read a draft as far as it goes: the document, harmless values where a field is wrong, and every field that is wrong.

    Raises RuleViolation("bad_document") only for a text that is no TOML at all.
    """
    try:
        content = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        raise RuleViolation("bad_document", _("文本不是正确的 TOML：{error}", error=error)) from None
    reader = _Reader()
    document = reader.document(content, text)
    return document, reader.errors


class _Reader:
    """Reads field by field; a wrong field is noted and reading goes on with a harmless value."""

    def __init__(self) -> None:
        self.errors: list[RowError] = []

    def note(self, field: str, message: str) -> None:
        self.errors.append(RowError(None, field, message))

    def document(self, content: Mapping[str, Any], text: str) -> Document:
        self.only(content, (*_TOP, *_TABLES), "")
        evidence = self.choice(content, "evidence", _EVIDENCE)
        basis = self.choice(content, "factor_basis", ("activity", "report", "application", "fixed"))
        inputs = {name: self.input(name, table, f"inputs.{name}") for name, table in self.tables(content, "inputs")}
        parameters = {
            name: self.parameter(name, table, f"parameters.{name}", evidence, basis)
            for name, table in self.tables(content, "parameters")
        }
        for name in inputs.keys() & parameters.keys():
            self.note(f"parameters.{name}", _("与输入重名"))
        kind = self.choice(content, "kind", ("quantitative", "qualitative", "emission"))
        formula = self.texts(content, "formula")
        if bool(formula) == (kind == "qualitative"):
            self.note("formula", _("定性方法学不写公式") if formula else _("缺公式"))
        code = self.text(content, "code")
        if code and not _CODE.fullmatch(code):
            self.note("code", _("应如 GD-2022-002"))
        return Document(
            code=code,
            version=self.version(content),
            title=self.text(content, "title"),
            source=self.text(content, "source"),
            evidence=evidence,
            kind=kind,
            scope=self.choice(content, "scope", ("act", "project"), "act"),
            factor_basis=basis,
            result=self.choice(content, "result", ("kg", "t")),
            cap=self.text(content, "cap", needed=False),
            inputs=inputs,
            parameters=parameters,
            formula=formula,
            labels=self.texts(content, "labels"),
            examples=self.examples(content, parameters),
            chapters=self.texts(content, "text", CHAPTERS),
            text=text,
            digest=sha256(text.encode()),
        )

    def version(self, content: Mapping[str, Any]) -> int:
        value = content.get("version")
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100:
            return value
        self.note("version", _("应为 1 至 99 的整数"))
        return 1

    def only(self, table: Mapping[str, Any], known: Iterable[str], path: str) -> None:
        for key in table.keys() - set(known):
            self.note(f"{path}{key}", _("没有这一项"))

    def text(self, table: Mapping[str, Any], key: str, path: str = "", *, needed: bool = True) -> str:
        value = table.get(key, "")
        if not isinstance(value, str) or (needed and not value.strip()):
            self.note(f"{path}{key}", _("要填文字"))
            return ""
        return value.strip()

    def choice(self, table: Mapping[str, Any], key: str, allowed: tuple[str, ...], default: str = "") -> str:
        value = table.get(key, default)
        if value not in allowed:
            self.note(key, _("应为 {allowed} 之一", allowed="、".join(allowed)))
            return allowed[0]
        return str(value)

    def number(self, table: Mapping[str, Any], key: str, path: str) -> Decimal | None:
        return None if key not in table else self.as_number(table[key], f"{path}{key}")

    def as_number(self, value: Any, field: str) -> Decimal:
        try:
            return decimal(value)
        except RuleViolation as error:
            self.note(field, str(error))
            return Decimal(0)

    def day(self, table: Mapping[str, Any], key: str, path: str) -> date | None:
        value = table.get(key)
        try:
            return date.fromisoformat(str(value)) if value not in (None, "") else None
        except ValueError:
            self.note(f"{path}{key}", _("日期应如 2022-05-06"))
            return None

    def unit(self, table: Mapping[str, Any], key: str, path: str) -> Unit:
        try:
            return parse_unit(self.text(table, key, path) or "1")
        except RuleViolation as error:
            self.note(f"{path}{key}", str(error))
            return ONE

    def tables(self, content: Mapping[str, Any], key: str) -> list[tuple[str, Mapping[str, Any]]]:
        found = content.get(key, {})
        if not isinstance(found, dict) or not all(isinstance(table, dict) for table in found.values()):
            self.note(key, _("应为 [{key}.名字] 形式的表", key=key))
            return []
        for name in found:
            if not is_name(name) or name in FUNCTIONS or name in (CAP, CAPPED):
                self.note(f"{key}.{name}", _("名字只用拉丁字母、数字和下划线，也不能与函数重名"))
        return list(found.items())

    def texts(self, content: Mapping[str, Any], key: str, known: tuple[str, ...] = ()) -> dict[str, str]:
        found = content.get(key, {})
        if not isinstance(found, dict):
            self.note(key, _("应为一张表"))
            return {}
        if known:
            self.only(found, known, f"{key}.")
        return {name: self.text(found, name, f"{key}.") for name in found}

    def input(self, name: str, table: Mapping[str, Any], where: str) -> Input:
        path = f"{where}."
        self.only(table, _INPUT, path)
        kind = table.get("kind", "number")
        if kind not in ("number", "list", "text"):
            self.note(f"{path}kind", _("应为 number、list、text 之一"))
            kind = "number"
        least, most = self.number(table, "min", path), self.number(table, "max", path)
        if least is not None and most is not None and least > most:
            self.note(f"{path}max", _("最大值小于最小值"))
        choices = table.get("choices", [])
        if (kind == "text") != bool(choices) or not all(isinstance(choice, str) for choice in choices):
            self.note(f"{path}choices", _("文字输入要列出可选值，数字输入不列"))
            choices = []
        unit = ONE if kind == "text" else self.unit(table, "unit", path)
        return Input(name, self.title(table, name, path), Kind(kind), unit, least, most, tuple(choices))

    def title(self, table: Mapping[str, Any], name: str, path: str) -> str:
        return self.text(table, "title", path, needed=False) or name

    def parameter(self, name: str, table: Mapping[str, Any], where: str, evidence: str, basis: str) -> Parameter:
        path = f"{where}."
        self.only(table, ("title", "unit", "by", "values", *_ENTRY), path)
        rows = table.get("values", [{key: table[key] for key in _ENTRY if key in table}])
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            self.note(f"{path}values", _("应为 [[{where}.values]] 形式的若干行", where=where))
            rows = []
        kinds = {_kind_of(row) for row in rows}
        if len(kinds) != 1:
            self.note(f"{path}values", _("各行要么都是数，要么都是对照表，要么都是分档表"))
        entries = tuple(self.entry(row, path, evidence) for row in rows)
        regions = [entry.region for entry in entries]
        if basis == "fixed" and len(set(regions)) < len(regions):
            self.note(f"{path}values", _("固定系数在同一地区只能有一个值"))
        kind = kinds.pop() if kinds else Kind.NUMBER
        by = self.unit(table, "by", path) if kind is Kind.STEPS else ONE
        return Parameter(name, self.title(table, name, path), kind, self.unit(table, "unit", path), by, entries)

    def entry(self, row: Mapping[str, Any], path: str, evidence: str) -> Entry:
        self.only(row, _ENTRY, path)
        region = self.text(row, "region", path, needed=False)
        if not _REGION.fullmatch(region):
            self.note(f"{path}region", _("应为六位行政区划代码"))
        own = row.get("evidence", evidence)
        if own not in _EVIDENCE:
            self.note(f"{path}evidence", _("应为 A、B、C、X 之一"))
        since, until = self.day(row, "valid_from", path), self.day(row, "valid_to", path)
        return Entry(self.value(row, path), region, since, until, self.text(row, "source", path), str(own))

    def value(self, row: Mapping[str, Any], path: str) -> Decimal | Mapping[str, Decimal] | Steps:
        kind = _kind_of(row)
        if kind is Kind.TABLE and isinstance(row["table"], dict):
            return {key: self.as_number(value, f"{path}table.{key}") for key, value in row["table"].items()}
        if kind is Kind.STEPS and isinstance(row["steps"], list):
            return self.steps(row["steps"], f"{path}steps")
        if kind is not Kind.NUMBER or "value" not in row:
            self.note(f"{path}value", _("缺数值"))
        return self.number(row, "value", path) or Decimal(0)

    def steps(self, rows: list[Any], field: str) -> Steps:
        pairs = [row for row in rows if isinstance(row, list) and len(row) == 2]
        bounds = tuple(self.as_number(pair[0], field) for pair in pairs)
        if len(pairs) != len(rows) or not rows or list(bounds) != sorted(set(bounds)):
            self.note(field, _("应为若干个 [起点, 数值]，起点由小到大"))
        return Steps(bounds, tuple(self.as_number(pair[1], field) for pair in pairs))

    def examples(self, content: Mapping[str, Any], parameters: Mapping[str, Parameter]) -> tuple[Example, ...]:
        rows = content.get("examples", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.note("examples", _("应为 [[examples]] 形式的若干行"))
            return ()
        starts = [entry.valid_from for one in parameters.values() for entry in one.entries if entry.valid_from]
        return tuple(self.example(row, f"examples.{n}.", max(starts, default=_ONCE)) for n, row in enumerate(rows, 1))

    def example(self, row: Mapping[str, Any], path: str, usual: date) -> Example:
        self.only(row, ("title", "inputs", "expected", "places", "on", "region"), path)
        inputs, places = row.get("inputs"), row.get("places")
        if not isinstance(inputs, dict):
            self.note(f"{path}inputs", _('要写出输入，例如 {{ distance_km = "10" }}'))
            inputs = {}
        if places is not None and (not isinstance(places, int) or not 0 <= places <= 12):
            self.note(f"{path}places", _("小数位数应为 0 至 12"))
            places = None
        if "expected" not in row:
            self.note(f"{path}expected", _("缺结果"))
        told = {name: tuple(map(str, v)) if isinstance(v, list) else str(v) for name, v in inputs.items()}
        return Example(
            title=self.text(row, "title", path, needed=False),
            inputs=told,
            expected=self.number(row, "expected", path) or Decimal(0),
            places=places,
            on=self.day(row, "on", path) or usual,
            region=self.text(row, "region", path, needed=False),
        )


def _kind_of(row: Mapping[str, Any]) -> Kind:
    return Kind.TABLE if "table" in row else Kind.STEPS if "steps" in row else Kind.NUMBER

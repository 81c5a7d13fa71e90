"""The sheet of a draft on a page: its cells with their words, and back from what a browser sent. Everything typed is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from methodologies.document.sheet import LABELS, ROWS, TOP
from methodologies.forms.words import BASIS, CHAPTERS, EVIDENCE, KINDS

MOST_ROWS, MOST_CHARACTERS = 100, 20_000
_CELL = re.compile(r"(inputs|parameters|formula|examples)-([0-9]{1,3})-([a-z_]+)")
SCOPES = {"act": _("一次行为，结果不低于零"), "project": _("一个核算期，负数从以后扣减")}
RESULTS = {"kg": "kgCO₂e", "t": "tCO₂e"}
INPUT_KINDS = {"number": _("一个数"), "list": _("一列数"), "text": _("从几个选项里选")}
OWN_EVIDENCE = {"": _("与整份相同"), **EVIDENCE}

# name → words, kind of the control (line, area, code, or the choices), hint
_TOP: dict[str, tuple[Any, Any, Any]] = {
    "title": (_("名称"), "line", ""),
    "source": (_("来源"), "line", _("整份方法学根据什么写的：官方文本、文献，或本单位整理")),
    "evidence": (_("依据等级"), EVIDENCE, ""),
    "kind": (_("类别"), KINDS, ""),
    "scope": (_("算一次的是什么"), SCOPES, ""),
    "factor_basis": (_("系数按哪一天取"), BASIS, ""),
    "result": (_("结果的单位"), RESULTS, ""),
}
_COLUMNS: dict[str, tuple[Any, Any, Any]] = {
    "inputs.name": (_("符号"), "code", _("拉丁字母、数字和下划线，公式里就用它")),
    "inputs.title": (_("名称"), "line", ""),
    "inputs.kind": (_("类型"), INPUT_KINDS, ""),
    "inputs.unit": (_("单位"), "code", _("如 km、kWh、kg/person；没有单位写 1")),
    "inputs.min": (_("最小值"), "code", ""),
    "inputs.max": (_("最大值"), "code", ""),
    "inputs.choices": (_("可选值"), "line", _("只有选项才填，用顿号隔开")),
    "parameters.name": (_("符号"), "code", _("几行同一个符号，就是同一个系数在不同地区或时间的值")),
    "parameters.title": (_("名称"), "line", ""),
    "parameters.unit": (_("单位"), "code", ""),
    "parameters.value": (_("数值"), "code", _("一个数；对照表写 杉木=1.634；桉树=1.263；分档表写 0→1.2；10→2.3")),
    "parameters.by": (_("分档的单位"), "code", _("只有分档表才填")),
    "parameters.region": (_("地区"), "code", _("六位区划代码；各地都用就不填")),
    "parameters.valid_from": (_("有效期起"), "code", _("如 2022-01-01")),
    "parameters.valid_to": (_("有效期止"), "code", ""),
    "parameters.source": (_("出处"), "line", ""),
    "parameters.evidence": (_("依据等级"), OWN_EVIDENCE, ""),
    "formula.name": (_("符号"), "code", _("如 BE 基准线、PE 项目排放、LE 泄漏、ER 减排量")),
    "formula.label": (_("名称"), "line", ""),
    "formula.source": (_("公式"), "formula", _("最后一行就是减排量")),
    "examples.title": (_("说明"), "line", ""),
    "examples.inputs": (_("输入"), "code", _("如 distance_km=10；grid=湖北；一列数用顿号隔开")),
    "examples.expected": (_("应得结果"), "code", ""),
    "examples.places": (_("保留几位小数"), "code", _("原文写的是四舍五入的结果才填")),
    "examples.on": (_("按哪一天取系数"), "code", ""),
    "examples.region": (_("地区"), "code", ""),
}
_PARTS: dict[str, tuple[Any, Any, Any]] = {
    "inputs": (_("要计量的量"), _("添一个量"), _("第 %d 个量")),
    "parameters": (_("系数"), _("添一行系数"), _("系数第 %d 行")),
    "formula": (_("公式"), _("添一行公式"), _("公式第 %d 行")),
    "examples": (_("算例"), _("添一个算例"), _("第 %d 个算例")),
}
_CAP = {
    "cap": (_("上限"), "formula", _("超过就按上限计；没有上限不填")),
    "cap_label": (_("上限的名称"), "line", ""),
    "capped_label": (_("按上限计后的名称"), "line", ""),
}


class NewDraftForm(forms.Form):
    """What a new draft begins with."""

    area = forms.CharField(
        label=_("地区代号"),
        max_length=2,
        min_length=2,
        help_text=_("编号的前两个拉丁字母，例如广东是 GD；年份和序号由系统给出"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    title = forms.CharField(label=_("名称"), max_length=200)
    adopted_from = forms.CharField(
        label=_("原备案机关和文号"),
        max_length=120,
        required=False,
        help_text=_(
            "别处已经备案的文本照原文载入时填写，由第二位人员核对后发布；自己新编的不填，走申报、评估和征求意见"
        ),
    )

    def __init__(self, *args: Any, office: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not office:
            del self.fields["adopted_from"]


class Cell(NamedTuple):
    """One control of the sheet."""

    id: str
    label: Any
    value: str
    control: str
    choices: tuple[tuple[str, Any], ...]
    hint: Any


class Part(NamedTuple):
    """One list of rows of the sheet with its words."""

    name: str
    title: Any
    add: Any
    rows: list[tuple[int, str, list[Cell]]]


class Page(NamedTuple):
    """The whole sheet as cells: what stands at the top, the parts, the cap, the chapters."""

    top: list[Cell]
    parts: list[Part]
    cap: list[Cell]
    chapters: list[Cell]


def parts_of(sheet: Mapping[str, Any]) -> Page:
    """Return the cells of a sheet."""
    text = sheet.get("text", {})
    return Page(
        [_cell(name, words, sheet) for name, words in _TOP.items()],
        [_part(name, sheet) for name in _PARTS],
        [_cell(name, words, sheet) for name, words in _CAP.items()],
        [_cell(name, (words, "area", ""), text, f"text-{name}") for name, words in CHAPTERS.items()],
    )


def _part(name: str, sheet: Mapping[str, Any]) -> Part:
    title, add, row_title = _PARTS[name]
    rows = []
    for number, row in enumerate(sheet.get(name, ())):
        columns = {one.partition(".")[2]: words for one, words in _COLUMNS.items() if one.startswith(f"{name}.")}
        cells = [_cell(column, words, row, f"{name}-{number}-{column}") for column, words in columns.items()]
        rows.append((number, str(row_title) % (number + 1), cells))
    return Part(name, title, add, rows)


def _cell(name: str, words: tuple[Any, Any, Any], row: Mapping[str, Any], where: str = "") -> Cell:
    label, control, hint = words
    choices = tuple(control.items()) if isinstance(control, dict) else ()
    return Cell(where or name, label, str(row.get(name) or ""), "choice" if choices else control, choices, hint)


def sheet_of_post(sent: QueryDict) -> dict[str, Any]:
    """Return the sheet a browser sent, rows in their order; what is too long is cut, rows past the hundredth are left out.

    ``act`` may ask for another row (``add:inputs``) or for one less (``remove:inputs:2``).
    """
    sheet: dict[str, Any] = {name: _text(sent, name) for name in (*TOP, *LABELS)}
    rows: dict[str, dict[int, dict[str, str]]] = {part: {} for part in ROWS}
    for key in sent:
        found = _CELL.fullmatch(key)
        if found and found[3] in ROWS[found[1]] and int(found[2]) < MOST_ROWS:
            rows[found[1]].setdefault(int(found[2]), dict.fromkeys(ROWS[found[1]], ""))[found[3]] = _text(sent, key)
    sheet |= {part: [cells for _number, cells in sorted(found.items())] for part, found in rows.items()}
    act, _colon, rest = sent.get("act", "").partition(":")
    part, _colon, at = rest.partition(":")
    if act == "add" and part in ROWS:
        sheet[part].append(dict.fromkeys(ROWS[part], ""))
    if act == "remove" and part in ROWS and at.isascii() and at.isdigit() and int(at) < len(sheet[part]):
        del sheet[part][int(at)]
    return sheet | {"text": {name: _text(sent, f"text-{name}") for name in CHAPTERS}}


def _text(sent: QueryDict, key: str) -> str:
    return sent.get(key, "").replace("\r\n", "\n").replace("\x00", "")[:MOST_CHARACTERS]


def where(at: str) -> str:
    """Say which cell an id is of, in the words of the page: ``inputs-0-unit`` is 第 1 个量 单位."""
    part, _dash, rest = at.partition("-")
    number, _dash, column = rest.partition("-")
    if part in _PARTS:
        words = _COLUMNS.get(f"{part}.{column}")
        return f"{str(_PARTS[part][2]) % (int(number) + 1)} {words[0]}" if words else str(_PARTS[part][0])
    if part == "text" and rest in CHAPTERS:
        return str(CHAPTERS[rest])
    known = _TOP.get(at) or _CAP.get(at)
    return str(known[0]) if known else ""

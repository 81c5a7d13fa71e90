"""The five tables by which an existing registry moves in: what a column is called and how it is to be filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.sheets import SheetOf
from accounts.tables import Row, Wanted
from kernel.identifiers import UnitSerial, parse_unit_serial
from kernel.rules import RowError, RuleViolation, require

MOST_ROWS = 5_000
ORGANISATIONS, PROJECTS, BATCHES, HOLDINGS, RETIREMENTS = "单位", "项目", "批次", "持有", "注销"
NAME, CODE, KIND, PLACE, LEGAL, OLD_ACCOUNT = (
    "单位名称", "统一社会信用代码", "单位性质", "区划代码", "法定代表人", "原账户号",
)  # fmt: skip
NUMBER, PROJECT, OWNER, METHOD, LOCATION = "项目编号", "项目名称", "业主信用代码", "方法学编号", "项目地点"
FROM, TO, REGISTERED, CAPACITY, METER = "计入期起", "计入期止", "登记日期", "装机容量 kW", "发电计量表号"
VINTAGE, BATCH, SERIAL, OLD_SERIAL, FIRST, LAST, QUANTITY = "年份", "批次号", "编号", "原编号", "起号", "止号", "数量"
PERIOD_FROM, PERIOD_TO, ISSUED, DOCUMENT = "核算期起", "核算期止", "签发日期", "批准文号"
HOLDER, BENEFICIARY, PURPOSE, RETIRED, CERTIFICATE = "持有人", "受益方", "用途", "注销日期", "原证书号"
_SERIAL = gettext_lazy("PHCER 开头的整段编号；写了编号就不用写起号、止号")
_KEPT = gettext_lazy("PHC-区划-年-五位序号的沿用；别的写法作为原编号保留，另编新号")
_WHICH = gettext_lazy("与“批次”表一致")
_DAY = gettext_lazy("形如 2023-12-31")
_BY_SERIAL = (
    Wanted(NUMBER, example="PHC-440100-2023-00017", most=60, about=_WHICH),
    Wanted(VINTAGE, example="2023", most=4, about=_WHICH),
    Wanted(BATCH, example="1", most=2, about=_WHICH),
)
_RUN = (
    Wanted(SERIAL, required=False, most=80, about=_SERIAL),
    Wanted(FIRST, required=False, example="1", most=9),
    Wanted(LAST, required=False, example="4000", most=9),
    Wanted(QUANTITY, example="4000", most=11, about=gettext_lazy("整吨；不知道起止号就只写数量，编号按表里的先后分配")),
)
SHEETS = (
    SheetOf(
        ORGANISATIONS,
        (
            Wanted(NAME, example="青川光伏科技有限公司", also=("名称",)),
            Wanted(CODE, example="91990100MA5C00015U", most=40, also=("信用代码",), about=gettext_lazy("18 位，设成文本格式")),
            Wanted(KIND, example="企业", most=20, about=gettext_lazy("企业、事业单位、集体经济组织之一")),
            Wanted(PLACE, example="4401", most=12, about=gettext_lazy("单位所在区划的代码，要在您的辖区内")),
            Wanted(LEGAL, required=False, most=60),
            Wanted(OLD_ACCOUNT, required=False, most=40, about=gettext_lazy("在原登记簿里的账户号，“持有人”可以写它")),
        ),
        required=False,
    ),
    SheetOf(
        PROJECTS,
        (
            Wanted(NUMBER, example="PHC-440100-2023-00017", most=60, about=_KEPT),
            Wanted(PROJECT, example="青川屋顶光伏项目", most=48),
            Wanted(OWNER, example="91990100MA5C00015U", most=40, about=gettext_lazy("本系统里没有的单位，写进“单位”表")),
            Wanted(PLACE, example="4401", most=12),
            Wanted(METHOD, example="GD-2022-002-V02", most=20, about=gettext_lazy("方法学库里的编号和版本")),
            Wanted(LOCATION, required=False),
            Wanted(FROM, example="2021-01-01", most=10, about=_DAY),
            Wanted(TO, example="2030-12-31", most=10, about=_DAY),
            Wanted(REGISTERED, example="2021-03-15", most=10, about=_DAY),
            Wanted(CAPACITY, required=False, most=16, about=gettext_lazy("以后还要按电表核算的项目，容量和表号都要写")),
            Wanted(METER, required=False, most=40),
        ),
        required=False,
    ),
    SheetOf(
        BATCHES,
        (
            *_BY_SERIAL,
            Wanted(SERIAL, required=False, most=80, about=_SERIAL),
            Wanted(OLD_SERIAL, required=False, most=200, about=gettext_lazy("别的写法的编号原样写在这里")),
            Wanted(FIRST, required=False, example="1", most=9),
            Wanted(LAST, required=False, example="10363", most=9),
            Wanted(QUANTITY, example="10363", most=11, about=gettext_lazy("整吨，等于持有加注销")),
            Wanted(PERIOD_FROM, required=False, most=10, about=gettext_lazy("不写就是整年；同一年份有两个批次的要写")),
            Wanted(PERIOD_TO, required=False, most=10),
            Wanted(ISSUED, example="2024-03-01", most=10, about=_DAY),
            Wanted(DOCUMENT, example="穗环函〔2024〕12号", most=100),
        ),
    ),
    SheetOf(
        HOLDINGS,
        (*_BY_SERIAL, Wanted(HOLDER, example="91990100MA5C00015U", most=40, about=gettext_lazy("信用代码、账户号，或原账户号")), *_RUN),
        required=False,
    ),
    SheetOf(
        RETIREMENTS,
        (
            *_BY_SERIAL,
            Wanted(HOLDER, required=False, most=40, about=gettext_lazy("由谁注销；不写就是业主")),
            *_RUN,
            Wanted(BENEFICIARY, example="青川热电有限公司", most=48),
            Wanted(PURPOSE, example="抵销 2022 年度办公用电的排放", most=100),
            Wanted(RETIRED, example="2024-05-01", most=10, about=_DAY),
            Wanted(CERTIFICATE, required=False, most=60),
        ),
        required=False,
    ),
)  # fmt: skip
Key = tuple[str, int, int]  # project number as the file writes it, vintage, number of the batch
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_WHOLE = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(,[0-9]{3}){1,2}")


class Run(NamedTuple):
    """What a row says about serial numbers: first and last where it says them, and how many tonnes."""

    first: int | None
    last: int | None
    quantity: int
    serial: UnitSerial | None


@contextmanager
def at(errors: list[RowError], sheet: str, row: Row, column: str = "") -> Iterator[None]:
    """Write down what the block is refused for, with its place, and go on."""
    try:
        yield
    except RuleViolation as refusal:
        errors += [error._replace(row=row.at, sheet=sheet) for error in refusal.rows] or [
            RowError(row.at, column, refusal.message, sheet)
        ]


@contextmanager
def of(column: str) -> Iterator[None]:
    """Let a refusal name the column it is about."""
    try:
        yield
    except RuleViolation as refusal:
        rows = refusal.rows or [RowError(None, column, refusal.message)]
        raise RuleViolation(refusal.code, refusal.message, rows=rows) from None


def day(row: Row, column: str) -> date:
    """Return a day. Raises RuleViolation ``bad_day``."""
    said = row.cells.get(column, "")
    with of(column):
        found = _DATE.fullmatch(said)
        try:
            return date(*(int(part) for part in found.groups())) if found else date.fromisoformat(said)
        except ValueError:
            raise RuleViolation("bad_day", _("“%s”不是日期，请写成 2023-12-31 的样子") % said) from None


def whole(row: Row, column: str) -> int:
    """Return a whole number above nothing, also one with thousands marks. Raises RuleViolation ``bad_number``."""
    said = row.cells.get(column, "")
    with of(column):
        require(
            _WHOLE.fullmatch(said) and int(said.replace(",", "")) > 0, "bad_number", _("“%s”不是大于 0 的整数") % said
        )
    return int(said.replace(",", ""))


def key_of(row: Row) -> Key:
    """Return which batch a row is about: project number as written, vintage, number of the batch."""
    return row.cells[NUMBER].strip().upper(), whole(row, VINTAGE), whole(row, BATCH)


def run_of(row: Row) -> Run:
    """Return the serials of a row; what it says twice has to agree. Raises RuleViolation ``bad_serial`` or ``bad_number``."""
    quantity = whole(row, QUANTITY)
    first, last, serial = (
        whole(row, FIRST) if row.cells.get(FIRST) else None,
        whole(row, LAST) if row.cells.get(LAST) else None,
        None,
    )
    if row.cells.get(SERIAL):
        with of(SERIAL):
            serial = parse_unit_serial(row.cells[SERIAL])
            agrees = first in (None, serial.start) and last in (None, serial.end)
            require(agrees, "bad_serial", _("编号与起号、止号不一致"))
        first, last = serial.start, serial.end
    with of(FIRST if first is None else LAST):
        require((first is None) == (last is None), "bad_serial", _("起号和止号要都写，或都不写"))
    if first is not None and last is not None:
        with of(QUANTITY):
            said = _("起号到止号是 %(run)s t，数量写的是 %(quantity)s t")
            values = {"run": f"{last - first + 1:,}", "quantity": f"{quantity:,}"}
            require(last - first + 1 == quantity, "bad_quantity", said % values)
    return Run(first, last, quantity, serial)

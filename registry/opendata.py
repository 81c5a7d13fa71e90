"""The registry's open data: which tables, which columns, and what each means. The dictionary page and the files come from here.

Nothing in it is about a person: owners, holders and beneficiaries are organisations, or names that stand on public certificates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from kernel import clock
from office.models import Notice
from projects.models import Project
from registry.models import Batch, Block, MovedRetirement, Retirement
from registry.states import RetirementState

Value = str | int | None
STATES = _("状态：AVAILABLE 可用，RETIRED 已注销，CANCELLED 已强制注销，其余在办理中或受限制")


@dataclass(frozen=True)
class Column:
    """One column: its name in files, the type and unit of its values, its meaning, and how it is read from a row."""

    name: str
    type: str
    meaning: Any
    read: Callable[[Any], Value]


@dataclass(frozen=True)
class Table:
    """One table of the open data, in an order that stays as rows are added."""

    name: str
    title: Any
    columns: tuple[Column, ...]
    rows: Callable[[], Iterator[Any]]

    def records(self) -> Iterator[list[Value]]:
        """Yield the rows as values in the order of the columns."""
        for row in self.rows():
            yield [column.read(row) for column in self.columns]


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _instant(value: datetime | None) -> str | None:
    return clock.local(value).isoformat(timespec="seconds") if value else None


def _projects() -> QuerySet[Project]:
    return (
        Project.objects.public().exclude(project_no=None).select_related("owner", "method", "division").order_by("pk")
    )


def _batches() -> QuerySet[Batch]:
    rows = Batch.objects.filter(series__project__in=Project.objects.public())
    return rows.select_related("series__project", "period", "journal").order_by("pk")


def _blocks() -> QuerySet[Block]:
    rows = Block.objects.open().filter(series__project__in=Project.objects.public())
    return rows.select_related("series__project", "batch", "holder__organisation", "opened_by").order_by("pk")


def _retirements() -> Iterator[dict[str, Value]]:
    done = Retirement.objects.filter(state=RetirementState.RETIRED)
    for row in done.select_related("account__organisation", "journal").order_by("pk").iterator(chunk_size=500):
        yield {
            "number": str(row), "kind": row.kind, "quantity": row.quantity_t, "by": row.account.organisation.name,
            "beneficiary": row.beneficiary, "purpose": row.purpose, "at": _instant(row.retired_at),
            "journal": row.journal.number if row.journal else None, "before": "",
        }  # fmt: skip
    moved = MovedRetirement.objects.select_related("block__holder__organisation", "opening").order_by("pk")
    for old in moved.iterator(chunk_size=500):
        yield {
            "number": old.certificate_no, "kind": None, "quantity": int(old.quantity_t), "by": old.block.holder.organisation.name,
            "beneficiary": old.beneficiary, "purpose": old.purpose, "at": _day(old.retired_on), "journal": None,
            "before": old.opening.source,
        }  # fmt: skip


def _of(name: str) -> Callable[[dict[str, Value]], Value]:
    return lambda row: row[name]


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "projects",
            _("项目"),
            (
                Column("project_no", "text", _("项目编号"), lambda row: row.project_no),
                Column("name", "text", _("项目名称"), lambda row: row.name),
                Column("owner", "text", _("业主名称"), lambda row: row.owner.name),
                Column("division", "text", _("项目所在区划"), lambda row: row.division.name),
                Column("method", "text", _("方法学编号和版本"), lambda row: row.method.number),
                Column("state", "code", _("状态：PUBLIC_NOTICE 公示中，REGISTERED 已登记，REVOKED 已撤销"), lambda row: row.state),
                Column("crediting_from", "date", _("计入期起"), lambda row: _day(row.crediting_from)),
                Column("crediting_to", "date", _("计入期止"), lambda row: _day(row.crediting_to)),
                Column("registered_at", "instant", _("登记时间"), lambda row: _instant(row.registered_at)),
            ),
            lambda: _projects().iterator(chunk_size=500),
        ),
        Table(
            "batches",
            _("签发批次"),
            (
                Column("batch_no", "text", _("批次号"), str),
                Column("project_no", "text", _("项目编号"), lambda row: row.series.project.project_no),
                Column("vintage", "year", _("减排量产生的年份"), lambda row: row.series.vintage),
                Column("period_from", "date", _("核算期起"), lambda row: _day(row.period.starts_on)),
                Column("period_to", "date", _("核算期止"), lambda row: _day(row.period.ends_on)),
                Column("quantity_t", "tCO2e", _("签发量，整吨"), lambda row: row.quantity_t),
                Column("serial", "text", _("编号区间，末位是校验位"), lambda row: row.serial),
                Column("issued_at", "instant", _("签发时间"), lambda row: _instant(row.journal.business_at)),
                Column("journal_no", "text", _("流水号"), lambda row: row.journal.number),
            ),
            lambda: _batches().iterator(chunk_size=500),
        ),
        Table(
            "blocks",
            _("减排量：现在在谁手里、是什么状态"),
            (
                Column("serial", "text", _("编号区间，末位是校验位"), lambda row: row.serial),
                Column("project_no", "text", _("项目编号"), lambda row: row.series.project.project_no),
                Column("vintage", "year", _("减排量产生的年份"), lambda row: row.series.vintage),
                Column("quantity_t", "tCO2e", _("数量，整吨"), lambda row: int(row.quantity_t)),
                Column("holder", "text", _("持有人名称"), lambda row: row.holder.organisation.name),
                Column("state", "code", STATES, lambda row: row.state),
                Column("since", "instant", _("从什么时候起"), lambda row: _instant(row.opened_by.business_at)),
                Column("journal_no", "text", _("流水号"), lambda row: row.opened_by.number),
            ),
            lambda: _blocks().iterator(chunk_size=500),
        ),
        Table(
            "retirements",
            _("注销记录"),
            (
                Column("number", "text", _("注销编号；迁入前的是原证书号"), _of("number")),
                Column("kind", "code", _("用途类别；迁入前的没有"), _of("kind")),
                Column("quantity_t", "tCO2e", _("数量，整吨"), _of("quantity")),
                Column("retired_by", "text", _("注销人"), _of("by")),
                Column("beneficiary", "text", _("受益方"), _of("beneficiary")),
                Column("purpose", "text", _("用途"), _of("purpose")),
                Column("retired_at", "instant", _("注销时间；迁入前的只有日期"), _of("at")),
                Column("journal_no", "text", _("流水号"), _of("journal")),
                Column("moved_in_from", "text", _("迁入前的登记簿"), _of("before")),
            ),
            _retirements,
        ),
        Table(
            "notices",
            _("公示"),
            (
                Column("number", "text", _("文号"), lambda row: row.number),
                Column("title", "text", _("标题"), lambda row: row.title),
                Column("starts_on", "date", _("开始"), lambda row: _day(row.starts_on)),
                Column("ends_on", "date", _("截止，当日包含在内"), lambda row: _day(row.ends_on)),
                Column("digest", "text", _("公示内容的 SM3 摘要"), lambda row: row.digest),
            ),
            lambda: Notice.objects.filter(starts_on__lte=F("ends_on")).order_by("pk").iterator(chunk_size=500),
        ),
    )
}  # fmt: skip

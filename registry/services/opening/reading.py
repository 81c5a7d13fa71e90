"""Does what a file says hold together, and with the books: every row that does not is named, and then nothing of it is taken.

Nothing is written here. The units of a batch are what it was issued, no tonne more or less.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import Division, Organisation
from accounts.tables import Row
from kernel import clock
from kernel.identifiers import check_uscc, normalise, project_part, uscc_warning
from kernel.rules import RowError, RuleViolation, Sentence, require
from methodologies.models import Method
from projects.models import MonitoringPeriod, Project
from projects.states import PROJECT_ENDED, ProjectState
from registry.models import Batch, HoldingAccount, Series
from registry.services.opening import sheets
from registry.services.opening.plan import NewBatch, NewOrganisation, NewProject, Piece, Plan, Retired, free_runs
from registry.services.opening.sheets import Key, Run, at, day, key_of, of, run_of

_OUR_NUMBER = re.compile(r"PHC-[0-9]{6}-[0-9]{4}-[0-9]{5}")
_KINDS = {"企业": "COMPANY", "事业单位": "INSTITUTION", "集体经济组织": "COLLECTIVE"}
Waiting = list[tuple[str, Row, NewBatch, str, Run, Retired | None]]


def read(rows: Mapping[str, Sequence[Row]], *, division: Division, as_of: date) -> Plan:
    """Return what the rows of the sheets come to.

    Raises RuleViolation ``does_not_add_up`` when the only thing wrong is that a batch's tonnes are not its holdings and
    retirements, else ``bad_rows``; both with every row that is wrong.
    """
    require(as_of <= clock.today(), "bad_day", _("期初日不能晚于今天"))
    return _Reading(rows, division, as_of).plan()


class _Reading:
    """One reading of the five tables; ``errors`` gathers what is wrong."""

    def __init__(self, rows: Mapping[str, Sequence[Row]], division: Division, as_of: date) -> None:
        self.rows, self.division, self.as_of = rows, division, as_of
        self.errors: list[RowError] = []
        self.made = Plan()
        self.projects: dict[str, NewProject] = {}
        self.batches: dict[Key, NewBatch] = {}
        self.accounts: dict[str, str] = {}  # old account number → credit code

    def plan(self) -> Plan:
        """Read sheet after sheet; raises as ``read`` does."""
        for row in self.rows.get(sheets.ORGANISATIONS, ()):
            with at(self.errors, sheets.ORGANISATIONS, row):
                self._organisation(row)
        for row in self.rows.get(sheets.PROJECTS, ()):
            with at(self.errors, sheets.PROJECTS, row):
                self._project(row)
        for row in self.rows.get(sheets.BATCHES, ()):
            with at(self.errors, sheets.BATCHES, row):
                self._batch(row)
        self._serials()
        self._pieces()
        sums = self._sums() if not self.errors else []
        if sums:
            raise RuleViolation("does_not_add_up", sums[0].message, rows=sums)
        if self.errors:
            said = _("有 %d 处要改，一行也没有迁入") % len(self.errors)
            raise RuleViolation("bad_rows", said, rows=self.errors)
        self.made.projects = [project for project in self.projects.values() if project.known is None]
        self.made.batches = list(self.batches.values())
        return self.made

    def _place(self, row: Row) -> Division:
        with of(sheets.PLACE):
            place = Division.objects.filter(code=row.cells[sheets.PLACE]).first()
            if place is None:
                raise RuleViolation("no_such_division", _("没有这个区划代码"))
            within = f"{place.path}.".startswith(f"{self.division.path}.")
            require(within, "other_division", _("这个区划不在您的辖区内"))
        return place

    def _organisation(self, row: Row) -> None:
        with of(sheets.CODE):
            code = check_uscc(row.cells[sheets.CODE])
            require(code not in self.made.organisations, "twice", _("这个信用代码在表里有两行"))
        if warning := uscc_warning(code):
            told = warning.translated(_) if isinstance(warning, Sentence) else warning
            self.made.warnings.append(_("“单位”表第 %(row)d 行：%(warning)s") % {"row": row.at, "warning": told})
        if old := row.cells.get(sheets.OLD_ACCOUNT, ""):
            with of(sheets.OLD_ACCOUNT):
                require(self.accounts.setdefault(old, code) == code, "twice", _("这个原账户号在表里有两行"))
        known = Organisation.objects.filter(uscc=code).first()
        if known is not None:
            with of(sheets.NAME):
                same = known.name == row.cells[sheets.NAME]
                require(same, "other_name", _("这个信用代码登记的单位名称是“%s”，与这里不同") % known.name)
            return
        with of(sheets.KIND):
            require(row.cells[sheets.KIND] in _KINDS, "bad_choice", _("“%s”不是可填的值") % row.cells[sheets.KIND][:20])
        self.made.organisations[code] = NewOrganisation(
            code, row.cells[sheets.NAME], _KINDS[row.cells[sheets.KIND]], self._place(row),
            row.cells.get(sheets.LEGAL, ""), old,
        )  # fmt: skip

    def _who(self, said: str) -> str:
        """Return the credit code behind a credit code, an account number or an account number of the other registry."""
        told = normalise(said)
        if said in self.accounts:
            return self.accounts[said]
        account = HoldingAccount.objects.filter(number=told).select_related("organisation").first()
        if account is not None:
            return account.organisation.uscc
        code = check_uscc(told)
        known = code in self.made.organisations or Organisation.objects.filter(uscc=code).exists()
        require(known, "no_such_holder", _("本系统里没有这个单位，请写进“单位”表"))
        return code

    def _project(self, row: Row) -> None:
        written = row.cells[sheets.NUMBER].strip().upper()
        ours = _OUR_NUMBER.fullmatch(written) is not None
        with of(sheets.NUMBER):
            require(written not in self.projects, "twice", _("这个项目编号在表里有两行"))
            there = Project.objects.filter(project_no=written).exists() if ours else _moved(written) is not None
            require(not there, "project_known", _("这个项目已在登记簿里，没有改动；新的批次只写“批次”表"))
            require(not ours or self._part_free(written), "number_taken", _("同一区划的这个序号已被另一个项目用过"))
        with of(sheets.OWNER):
            owner = self._who(row.cells[sheets.OWNER])
        with of(sheets.PROJECT):
            same = Project.objects.filter(owner__uscc=owner, name=row.cells[sheets.PROJECT]).exclude(
                state__in=PROJECT_ENDED
            )
            inside = [
                one for one in self.projects.values() if (one.owner, one.name) == (owner, row.cells[sheets.PROJECT])
            ]
            require(not inside and not same.exists(), "project_known", _("这家单位已有同名项目"))
        starts, ends, registered = day(row, sheets.FROM), day(row, sheets.TO), day(row, sheets.REGISTERED)
        with of(sheets.TO):
            require(ends > starts, "bad_crediting_period", _("计入期止要晚于计入期起"))
        with of(sheets.REGISTERED):
            require(registered <= self.as_of, "bad_day", _("登记日期不能晚于期初日"))
        capacity, meter = self._meter(row)
        self.projects[written] = NewProject(
            row.at, owner, row.cells[sheets.PROJECT], written if ours else None, "" if ours else row.cells[sheets.NUMBER].strip(),
            self._place(row), _method(row), row.cells.get(sheets.LOCATION, ""), starts, ends, registered, capacity, meter,
        )  # fmt: skip

    def _part_free(self, number: str) -> bool:
        adm6, part = number.split("-")[1], project_part(number)
        inside = {one for one in self.projects if one.split("-")[1:2] == [adm6] and one.endswith(part[1:])}
        taken = Project.objects.filter(project_no__startswith=f"PHC-{adm6}-", project_no__endswith=f"-{part[1:]}")
        return not inside and not taken.exists()

    def _meter(self, row: Row) -> tuple[Decimal | None, str | None]:
        capacity, meter = row.cells.get(sheets.CAPACITY, ""), row.cells.get(sheets.METER, "")
        with of(sheets.METER if capacity else sheets.CAPACITY):
            require(bool(capacity) == bool(meter), "half_meter", _("容量和表号要都写，或都不写"))
        if not capacity:
            return None, None
        with of(sheets.CAPACITY):
            try:
                value = Decimal(capacity)
            except InvalidOperation:
                value = Decimal(0)
            require(0 < value < 10**9, "bad_capacity", _("装机容量要大于 0 kW"))
        with of(sheets.METER):
            taken = Project.objects.filter(meter_no=meter).exclude(state__in=PROJECT_ENDED).exists()
            inside = any(one.meter_no == meter for one in self.projects.values())
            require(not taken and not inside, "meter_taken", _("这只发电计量表已在另一个项目里"))
        return value, meter

    def _batch(self, row: Row) -> None:
        key = key_of(row)
        with of(sheets.BATCH):
            require(key not in self.batches, "twice", _("这个批次在表里有两行"))
        project = self._project_of(key[0])
        run, issued = run_of(row), day(row, sheets.ISSUED)
        starts, ends = self._period(row, key[1])
        with of(sheets.ISSUED):
            require(issued <= self.as_of, "bad_day", _("签发日期不能晚于期初日"))
        self._unused(project, key, run, starts, ends)
        self.batches[key] = NewBatch(
            row.at, key, project, run.quantity, starts, ends, issued, row.cells[sheets.DOCUMENT],
            row.cells.get(sheets.OLD_SERIAL, ""), run.first or 0,
        )  # fmt: skip
        if run.serial is not None:
            with of(sheets.SERIAL):
                self._fits(self.batches[key], run)

    def _project_of(self, written: str) -> NewProject:
        if written not in self.projects:
            known = _moved(written)
            with of(sheets.NUMBER):
                if known is None:
                    raise RuleViolation("no_such_project", _("“项目”表里没有这个项目"))
                require(
                    f"{known.division.path}.".startswith(f"{self.division.path}."),
                    "other_division",
                    _("这个项目不在您的辖区内"),
                )
                issued_here = known.periods.filter(issued_t__gt=0, opening=None).exists()
                require(not issued_here, "issued_here", _("这个项目已在本登记簿签发过，不能再迁入批次"))
            self.projects[written] = NewProject(
                0, known.owner.uscc, known=known, number=known.project_no, method=known.method
            )
        return self.projects[written]

    def _period(self, row: Row, vintage: int) -> tuple[date, date]:
        with of(sheets.VINTAGE):
            require(1990 <= vintage <= self.as_of.year, "bad_year", _("年份不对"))
        starts = day(row, sheets.PERIOD_FROM) if row.cells.get(sheets.PERIOD_FROM) else date(vintage, 1, 1)
        ends = day(row, sheets.PERIOD_TO) if row.cells.get(sheets.PERIOD_TO) else date(vintage, 12, 31)
        with of(sheets.PERIOD_TO):
            inside = starts.year == ends.year == vintage and starts <= ends
            require(inside, "period_years", _("核算期要在这一年份内，止日不早于起日"))
        return starts, ends

    def _unused(self, project: NewProject, key: Key, run: Run, starts: date, ends: date) -> None:
        """Refuse a batch whose number, serials or days are taken, in the file or in the books."""
        others = [one for one in self.batches.values() if one.project is project]
        mine = [one for one in others if one.vintage == key[1]]
        known = (
            Batch.objects.filter(series__project=project.known, series__vintage=key[1])
            if project.known
            else Batch.objects.none()
        )
        with of(sheets.BATCH):
            there = known.filter(number=key[2]).exists()
            require(not there, "batch_known", _("这个批次已在登记簿里，什么都没有改动"))
        if run.first is not None and run.last is not None:
            with of(sheets.FIRST):
                used = any(one.first and one.first <= run.last and run.first <= one.last for one in mine)
                used = used or known.filter(serial_from__lte=run.last, serial_to__gte=run.first).exists()
                require(not used, "serials_reused", _("这些编号已属于另一个批次，编号永不重用"))
        with of(sheets.PERIOD_FROM):
            over = any(one.starts_on <= ends and starts <= one.ends_on for one in others)
            periods = MonitoringPeriod.objects.filter(project=project.known, starts_on__lte=ends, ends_on__gte=starts)
            over = over or (project.known is not None and periods.exists())
            require(
                not over,
                "period_overlap",
                _("这段核算期与本项目另一个批次的重叠；同一年份有几个批次的，要写核算期起止"),
            )

    def _fits(self, batch: NewBatch, run: Run) -> None:
        serial, number = run.serial, batch.project.number
        if serial is None:
            return
        require(number is not None, "bad_serial", _("项目编号不是本系统的写法，请把编号写在“原编号”里"))
        parts = (number or "").split("-")
        short = batch.project.method.short if batch.project.method else ""
        own = (parts[1], short, f"P{parts[3]}", batch.vintage, batch.key[2])
        same = own == (serial.adm6, serial.meth7, serial.proj6, serial.vintage, serial.batch)
        require(same, "bad_serial", _("编号与项目编号、方法学、年份或批次号不一致"))

    def _serials(self) -> None:
        """Give the batches that have no serials of ours the next ones of their project and vintage."""
        for batch in self.batches.values():
            if batch.first:
                continue
            mine = [
                one for one in self.batches.values() if (one.project, one.vintage) == (batch.project, batch.vintage)
            ]
            known = batch.project.known
            last = (
                Series.objects.filter(project=known, vintage=batch.vintage).aggregate(t=Max("batches__serial_to"))["t"]
                if known
                else 0
            )
            batch.first = max([last or 0, *(one.last for one in mine if one.first)]) + 1

    def _pieces(self) -> None:
        """Read holdings and retirements; runs with serials first, the others fill what is left, in the order of the file."""
        waiting: Waiting = []
        for sheet in (sheets.HOLDINGS, sheets.RETIREMENTS):
            for row in self.rows.get(sheet, ()):
                with at(self.errors, sheet, row):
                    self._piece(sheet, row, waiting)
        for sheet, row, batch, holder, run, retired in sorted(waiting, key=lambda one: one[4].first is None):
            runs = self._taken(sheet, row, batch, run)
            batch.pieces += [Piece(row.at, first, last, holder, retired) for first, last in runs]

    def _piece(self, sheet: str, row: Row, waiting: Waiting) -> None:
        batch = self.batches.get(key_of(row))
        with of(sheets.BATCH):
            if batch is None:
                raise RuleViolation("no_such_batch", _("“批次”表里没有这个批次，或它自己有要改的地方"))
        run, said = run_of(row), row.cells.get(sheets.HOLDER, "")
        with of(sheets.SERIAL):
            self._fits(batch, run)
        with of(sheets.HOLDER):
            holder = self._who(said) if said else batch.project.owner
        retired = None
        if sheet == sheets.RETIREMENTS:
            on = day(row, sheets.RETIRED)
            with of(sheets.RETIRED):
                require(batch.issued_on <= on <= self.as_of, "bad_day", _("注销日期要在签发日期和期初日之间"))
            cells = row.cells
            retired = Retired(cells[sheets.BENEFICIARY], cells[sheets.PURPOSE], on, cells.get(sheets.CERTIFICATE, ""))
        waiting.append((sheet, row, batch, holder, run, retired))

    def _taken(self, sheet: str, row: Row, batch: NewBatch, run: Run) -> list[tuple[int, int]]:
        """Return the serials of a row. More than is left of the batch is left to the sums, which say by how much."""
        taken = [(piece.first, piece.last) for piece in batch.pieces]
        free = free_runs(batch.first, batch.last, taken)
        if run.first is not None and run.last is not None:
            with at(self.errors, sheet, row, sheets.FIRST):
                inside = batch.first <= run.first and run.last <= batch.last
                require(inside, "outside_batch", _("这些编号不在批次的起止号之内"))
                apart = any(first <= run.first and run.last <= last for first, last in free)
                require(apart, "serials_twice", _("这些编号在另一行里也有"))
            return [(run.first, run.last)]
        wanted, runs = run.quantity, []
        for first, last in free:
            if wanted:
                runs.append((first, min(last, first + wanted - 1)))
                wanted -= runs[-1][1] - first + 1
        beyond = max([batch.last, *(last for _first, last in taken)])
        return [*runs, (beyond + 1, beyond + wanted)] if wanted else runs

    def _sums(self) -> list[RowError]:
        said = _("批次 %(batch)s：签发 %(issued)s t，持有 %(held)s t ＋ 注销 %(retired)s t ＝ %(sum)s t，差 %(off)s t")
        wrong = []
        for batch in self.batches.values():
            total = batch.held + batch.retired
            if total != batch.quantity:
                name = f"{batch.key[0]} {batch.vintage}-{batch.key[2]:02d}"
                figures = {
                    "issued": batch.quantity,
                    "held": batch.held,
                    "retired": batch.retired,
                    "sum": total,
                    "off": abs(total - batch.quantity),
                }
                values = {word: f"{figure:,}" for word, figure in figures.items()}
                wrong.append(RowError(batch.row, sheets.QUANTITY, said % {"batch": name, **values}, sheets.BATCHES))
        return wrong


def _moved(written: str) -> Project | None:
    """Return the project that moved in under a number, ours or the one it had."""
    rows = Project.objects.filter(opening__isnull=False, state=ProjectState.REGISTERED).select_related(
        "owner", "division", "method"
    )
    return rows.filter(project_no=written).first() or rows.filter(old_no__iexact=written).first()


def _method(row: Row) -> Method:
    with of(sheets.METHOD):
        found = re.fullmatch(r"(.+)-V([0-9]{2})", normalise(row.cells[sheets.METHOD]))
        method = Method.objects.filter(code=found[1], version=int(found[2])).first() if found else None
        if method is None:
            raise RuleViolation("no_such_method", _("方法学库里没有这个编号和版本，请先登记方法学"))
    return method

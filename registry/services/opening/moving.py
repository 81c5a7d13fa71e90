"""An existing registry moves in: one officer submits its file, another accepts it, and then all of it is there at once."""

from __future__ import annotations

from datetime import date, datetime, time

from django.utils.translation import gettext as _

from accounts.models import Division, Organisation, TableIn, User
from accounts.roles import Role
from accounts.services.tables import apply_once, opened_sheets
from accounts.workflow import PermissionDenied, advance, lock, record, require, verb
from kernel import clock
from kernel.identifiers import project_no
from office.models import Profile
from office.services.numbers import next_number, taken_up_to
from projects.models import MonitoringPeriod, Opening, Project
from projects.models.openings import TRANSACTION
from projects.states import OpeningState, PeriodState, ProjectState
from registry.models import Batch, Block, HoldingAccount, Journal, MovedBatch, MovedRetirement
from registry.services.accounts import account_of
from registry.services.books import Leg, write
from registry.services.issuing import series_of
from registry.services.opening import reading
from registry.services.opening.plan import NewBatch, NewProject, Plan
from registry.services.opening.sheets import MOST_ROWS, SHEETS
from registry.states import JournalKind, UnitState

PURPOSE = "registry.submit_opening"
MG = 10**9  # milligrams of a tonne


def place_of(by: User) -> Division:
    """Return the division an officer of the registry sits in, the widest of several."""
    grants = by.grants_now().filter(role=Role.REGISTRAR, division__isnull=False).select_related("division")
    places = [grant.division for grant in grants if grant.division is not None]
    if not places:
        raise PermissionDenied(_("您没有办理这件事的权限，请联系单位管理员"))
    return min(places, key=lambda place: len(place.path))


@verb("registry.submit_opening")
def submit(table: TableIn, *, source: str, as_of: date, profile: Profile, by: User, reason: str = "") -> Opening:
    """Check a registry's file in full and put it before the second officer; nothing of it is in the books yet.

    Raises RuleViolation ``opening_known`` (the same file again), ``does_not_add_up`` or ``bad_rows`` with every wrong row,
    ``bad_file``, ``bad_day``, ``table_applied``, ``wrong_table``.
    """
    division = place_of(by)
    known = Opening.objects.filter(sha256=table.sha256).exclude(state=OpeningState.REFUSED).first()
    said = _("这个文件 %(day)s 已提交过（%(state)s），什么都没有改动")
    if known is not None:
        day = clock.local(known.submitted_at).date()
        require(False, "opening_known", said % {"day": day, "state": known.get_state_display()})
    table = apply_once(table, PURPOSE)
    plan = plan_of(table, division=division, as_of=as_of)
    opening = Opening.objects.create(
        table=table, sha256=table.sha256, division=division, profile=profile, source=source.strip(), as_of=as_of,
        projects_count=len(plan.projects), batches_count=len(plan.batches), issued_t=plan.issued_t, held_t=plan.held_t,
        retired_t=plan.retired_t, warnings=plan.warnings, submitted_by=by,
    )  # fmt: skip
    record("registry.submit_opening", opening, by=by, reason=reason, data={"sha256": table.sha256, **figures(plan)})
    return opening


def plan_of(table: TableIn, *, division: Division, as_of: date) -> Plan:
    """Return what a kept file comes to. Raises as ``submit`` does."""
    return reading.read(opened_sheets(table, SHEETS, most_rows=MOST_ROWS).rows, division=division, as_of=as_of)


def figures(plan: Plan) -> dict[str, int]:
    """Return the counts and sums of a plan; tonnes."""
    return {
        "projects": len(plan.projects),
        "batches": len(plan.batches),
        "issued_t": plan.issued_t,
        "held_t": plan.held_t,
        "retired_t": plan.retired_t,
    }


@verb("registry.refuse_opening")
def refuse(opening: Opening, *, by: User, reason: str, key: str = "") -> Opening:
    """The second officer does not take the file in, and says why. Raises ``no_reason``, ``wrong_state``."""
    opening = lock(opening)
    require(bool(reason.strip()), "no_reason", _("请写明理由"))
    advance(opening, OpeningState.REFUSED, by=by, reason=reason, answered_at=clock.now())
    return opening


@verb("registry.accept_opening")
def accept(opening: Opening, *, by: User, reason: str = "", key: str = "") -> Opening:
    """Take the file in, all of it in this transaction: organisations, accounts, projects, and a journal for each batch.

    The file is read and checked again, because the books went on since. Raises RuleViolation ``same_person`` for the officer who
    submitted it, ``wrong_state``, and what ``submit`` raises.
    """
    opening = lock(opening)
    said = _("提交的人不能自己核对迁入，请另一位登记人员办理")
    require(by.pk != opening.submitted_by_id, "same_person", said)
    require(opening.state == OpeningState.SUBMITTED, "wrong_state", _("这次迁入已经办结，请刷新页面"))
    plan = plan_of(opening.table, division=opening.division, as_of=opening.as_of)
    agrees = figures(plan) == {
        "projects": opening.projects_count, "batches": opening.batches_count,
        "issued_t": opening.issued_t, "held_t": opening.held_t, "retired_t": opening.retired_t,
    }  # fmt: skip
    require(agrees, "opening_changed", _("文件与提交时核对的数不一致，请退回重新提交"))
    now = clock.now()
    advance(opening, OpeningState.ACCEPTED, by=by, reason=reason, accepted_by=by, answered_at=now, txid=TRANSACTION)
    opening.refresh_from_db(fields=["txid"])
    _bring_in(opening, plan, by=by)
    return opening


def _bring_in(opening: Opening, plan: Plan, *, by: User) -> None:
    for one in plan.organisations.values():
        organisation = Organisation.objects.create(
            uscc=one.uscc, name=one.name, kind=one.kind, division=one.division,
            legal_representative=one.legal_representative,
        )  # fmt: skip
        record("registry.accept_opening", organisation, by=by, reason=str(opening))
    known = {row.uscc: row for row in Organisation.objects.filter(uscc__in=plan.holders)}
    accounts = {uscc: account_of(known[uscc], by=by, reason=str(opening)) for uscc in plan.holders}
    projects = {id(one): _project(opening, one, known[one.owner], by=by) for one in plan.projects}
    for batch in plan.batches:
        project = batch.project.known or projects[id(batch.project)]
        _batch(opening, batch, project, accounts, by=by)


def _project(opening: Opening, one: NewProject, owner: Organisation, *, by: User) -> Project:
    if one.division is None or one.method is None:
        raise TypeError("a project that is known does not move in again")
    adm6, number = one.division.adm6, one.number
    if number is None:
        number = project_no(adm6, one.registered_on.year, next_number(f"PHC-{adm6}"))
    else:
        _prefix, adm6, _year, seq = number.split("-")
        taken_up_to(f"PHC-{adm6}", int(seq))
    project = Project.objects.create(
        name=one.name, owner=owner, division=one.division, profile=opening.profile, method=one.method,
        location=one.location or one.division.name, description=_("由%s迁入") % opening.source, capacity_kw=one.capacity_kw,
        meter_no=one.meter_no, commissioned_on=one.crediting_from, crediting_from=one.crediting_from,
        crediting_to=one.crediting_to, unique_elsewhere=True, truth_promised=True, state=ProjectState.REGISTERED,
        project_no=number, old_no=one.old_no, opening=opening, registered_at=_begin(one.registered_on), registered_by=by,
    )  # fmt: skip
    record("registry.accept_opening", project, by=by, reason=str(opening), data={"row": one.row})
    return project


def _batch(opening: Opening, one: NewBatch, project: Project, accounts: dict[str, HoldingAccount], *, by: User) -> None:
    mg = one.quantity * MG
    period = MonitoringPeriod.objects.create(
        project=project, starts_on=one.starts_on, ends_on=one.ends_on, vintage=one.vintage, state=PeriodState.ISSUED,
        opening=opening, claimed_mg=mg, verified_mg=mg, issued_t=one.quantity, carry_mg=0, issued_by=by,
        issued_at=_begin(one.issued_on),
    )  # fmt: skip
    journal = Journal.objects.create(kind=JournalKind.MOVE_IN, by=by, reason=_("由%s迁入") % opening.source)
    batch = Batch.objects.create(
        series=series_of(project, one.vintage), number=one.key[2], period=period, journal=journal,
        serial_from=one.first, serial_to=one.last,
    )  # fmt: skip
    pieces = sorted(one.pieces, key=lambda piece: piece.first)
    states = {True: UnitState.AVAILABLE, False: UnitState.RETIRED}
    write(
        journal,
        open=[
            Leg(batch, piece.first, piece.last, accounts[piece.holder], states[piece.retired is None])
            for piece in pieces
        ],
    )
    MovedBatch.objects.create(
        batch=batch, opening=opening, row=one.row, old_serial=one.old_serial, document=one.document,
        issued_on=one.issued_on, issued_t=one.quantity, held_t=one.held, retired_t=one.retired,
    )  # fmt: skip
    blocks = {block.first: block for block in Block.objects.filter(opened_by=journal)}
    MovedRetirement.objects.bulk_create(
        MovedRetirement(
            block=blocks[piece.first], opening=opening, row=piece.row, quantity_t=piece.quantity,
            beneficiary=piece.retired.beneficiary, purpose=piece.retired.purpose, retired_on=piece.retired.on,
            certificate_no=piece.retired.certificate_no,
        )
        for piece in pieces if piece.retired is not None
    )  # fmt: skip


def _begin(day: date) -> datetime:
    """The first instant of a day in Shanghai."""
    return datetime.combine(day, time(), clock.local(clock.now()).tzinfo)

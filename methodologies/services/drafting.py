"""Verbs of writing a method: a draft begun, a new version begun from a published one, saved as typed, handed in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import Division, Organisation, User
from accounts.roles import Role
from accounts.scope import Acting, scope
from accounts.workflow import PermissionDenied, RuleViolation, advance, lock, record, require, verb
from kernel import clock
from kernel.digest import sha256
from methodologies.document import check, parse, preview, sheet_of
from methodologies.document.sheet import content_of, empty
from methodologies.models import Draft, Evaluation, Method
from methodologies.services.quantify import document_of
from methodologies.states import DraftState
from office.services.calendar import calendar
from office.services.numbers import next_number, taken_up_to

ACCEPT_WORKDAYS, EVALUATE_WORKDAYS, REVISE_WORKDAYS = 10, 30, 30  # domain §1.4.1, M3 to M5: lengths of our own


@verb("methodologies.draft")
def draft(
    method: Method | None = None,
    *,
    area: str = "",
    title: str = "",
    developer: Organisation | None = None,
    division: Division | None = None,
    adopted_from: str = "",
    by: User,
    reason: str = "",
) -> Draft:
    """Begin a draft: of a new method of ``area`` (two capital letters), or the next version of a published ``method``.

    A draft belongs to the company ``developer`` or, without one, to the bureau of ``division``. Its number is given out here:
    letters, year of the business clock, running number (clarification 20). Raises RuleViolation ``bad_area``, ``no_title``,
    ``not_adopted`` or ``method_known`` when a draft of that version is under way, PermissionDenied outside one's places.
    """
    place = _place(by, developer, division)
    if method is None:
        area = area.strip().upper()
        require(len(area) == 2 and area.isascii() and area.isalpha(), "bad_area", _("地区代号是两个拉丁字母，例如 GD"))
        require(title.strip(), "no_title", _("请写明方法学的名称"))
        sheet = empty(_next_code(area), 1, title.strip())
    else:
        newest = Method.objects.filter(code=method.code).aggregate(last=Max("version"))["last"]
        sheet = sheet_of(document_of(method)) | {"version": str(newest + 1)}
    row = Draft(division=place, developer=developer, derived_from=method, adopted_from=adopted_from.strip())
    row.drafted_by = by
    _write(row, sheet, by)
    require(not (row.adopted_from and developer), "not_adopted", _("照原文载入由主管部门办理，单位起草的要申报"))
    _free(row)
    row.save()
    record("methodologies.draft", row, by=by, reason=reason, data={"number": row.number})
    return row


@verb("methodologies.save_draft")
def save_draft(draft: Draft, *, sheet: Mapping[str, Any], by: User, reason: str = "") -> Draft:
    """Keep what was typed, whether it is a method yet or not; number and version stay as they were given out.

    Raises RuleViolation ``draft_handed_in`` while the draft is with the office.
    """
    draft = lock(draft)
    require(draft.writable, "draft_handed_in", _("草案已经交出，现在不能改；要改请等退回修改"))
    before = draft.digest
    _write(draft, {**sheet, "code": draft.code, "version": str(draft.version)}, by)
    draft.save(update_fields=["sheet", "document", "digest", "title", "edited_by", "edited_at"])
    if draft.digest != before:
        record("methodologies.save_draft", draft, by=by, reason=reason, data={"digest": draft.digest})
    return draft


@verb("methodologies.submit_draft")
def submit_draft(draft: Draft, *, by: User, reason: str = "") -> Draft:
    """Hand a draft in (M2), or hand it in again after a revision (M5), which opens the next round with the same experts.

    Only what may be published may be handed in: raises what ``methodologies.document.parse`` and ``check`` raise, with the place.
    """
    draft = lock(draft)
    complete(draft)
    if draft.state == DraftState.REVISION:
        again = list(draft.evaluations.filter(round=draft.round).order_by("pk").values_list("expert", flat=True))
        due_on = calendar().add_workdays(clock.today(), EVALUATE_WORKDAYS)
        ask(draft, again, draft.round + 1)
        advance(draft, DraftState.EVALUATION, by=by, reason=reason, round=draft.round + 1, due_on=due_on, notice=None)
    else:
        due_on = calendar().add_workdays(clock.today(), ACCEPT_WORKDAYS)
        advance(draft, DraftState.SUBMITTED, by=by, reason=reason, due_on=due_on)
    return draft


def ask(draft: Draft, experts: list[int], number: int) -> None:
    """Ask people about a draft in a round, inside the verb that begins it and before its move, so that the move tells them."""
    Evaluation.objects.bulk_create(
        Evaluation(draft=draft, expert_id=pk, round=number, digest=draft.digest) for pk in experts
    )


def complete(draft: Draft) -> None:
    """Refuse a draft that could not be published as it stands. Raises what parsing and checking raise.

    A row the text cannot hold, one without a name, is ``bad_document`` too: nothing that was typed is left out in silence.
    """
    _content, errors = content_of(draft.sheet)
    listed = "；".join(str(error.message) for error in errors)
    if errors:
        said = _("表单有 %(n)d 处要改：%(listed)s") % {"n": len(errors), "listed": listed}
        raise RuleViolation("bad_document", said, rows=errors)
    check(parse(draft.document))


def _write(row: Draft, sheet: Mapping[str, Any], by: User) -> None:
    found = preview(sheet)
    row.sheet, row.document, row.digest = dict(sheet), found.text, sha256(found.text.encode())
    row.code, row.version = str(sheet["code"]), int(str(sheet["version"]))
    row.title = str(sheet.get("title", "")).strip()[:200]
    row.edited_by, row.edited_at = by, clock.now()


def _free(row: Draft) -> None:
    taken = Draft.objects.filter(code=row.code, version=row.version).exclude(state=DraftState.REJECTED)
    known = taken.exists() or Method.objects.filter(code=row.code, version=row.version).exists()
    require(not known, "method_known", _("%s 已有草案在办，请在那一件上修改") % row.number)


def _next_code(area: str) -> str:
    stem = f"{area}-{clock.today().year}-"
    taken = Method.objects.filter(code__startswith=stem).aggregate(last=Max("code"))["last"]
    series = f"FF-{stem[:-1]}"
    taken_up_to(series, int(taken[-3:]) if taken else 0)
    return f"{stem}{next_number(series):03d}"


def _place(by: User, developer: Organisation | None, division: Division | None) -> Division:
    """Return the division a draft lies in; PermissionDenied unless the person writes for that company or in that place."""
    reach = Acting(by, "methodologies.draft")
    if developer is not None:
        if not any(grant.organisation_id == developer.pk for grant in reach.grants):
            raise PermissionDenied(_("您不是这家单位的发起代表"))
        return developer.division
    place = division or next((grant.division for grant in reach.grants if grant.role == Role.OFFICER), None)
    if place is None or not scope(reach).covers(place):
        raise PermissionDenied(_("这件事不在您的辖区范围内"))
    return place

"""Verbs of an objection: filed by anybody, accepted, investigated, decided by another, answered, closed."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from accounts.content import taken_in
from accounts.models import User
from accounts.personal import blind, seal, unseal
from accounts.services.attachments import keep_paper
from accounts.workflow import advance, lock, record, require, verb
from kernel import clock
from kernel.identifiers import mask_name, normalise
from office.models import Notice, Objection, ObjectionPaper
from office.services.calendar import calendar
from office.services.numbers import next_number
from office.states import ObjectionState

ANSWER_WORKDAYS = 10  # domain §1.4.3 P18; may be extended once by as many
SHORTEST = 20  # characters of an objection, domain §1.4.7
CODE_LENGTH = 10
LOOK_ALIKE = str.maketrans("018", "OIB", "-")


def code_of(key: str) -> str:
    """Return the code that goes with the key of a filing: whoever sends the same form again gets the same code."""
    digest = bytes.fromhex(blind("objection_key", key))
    return base64.b32encode(digest).decode()[:CODE_LENGTH]


def code_blind(code: str) -> str:
    """Return the blind index of a code as it is typed: case, spaces and digits that look like letters do not matter."""
    return blind("objection_code", "".join(normalise(code).split()).translate(LOOK_ALIKE))


@verb("office.file_objection")
def file_objection(
    notice: Notice,
    *,
    name: str,
    contact: str,
    text: str,
    papers: Sequence[tuple[str, bytes]] = (),
    by: User,
    reason: str = "",
    key: str,
) -> Objection:
    """Take in an objection of anybody while the notice runs, its last day included; ``papers`` are names and contents.

    It is followed by its number and ``code_of(key)``. Raises RuleViolation ``notice_over`` with the day the notice ended,
    ``too_short``, ``nobody``, or ``file_kind`` and the others of ``accounts.content`` for a paper.
    """
    notice = lock(notice)
    today = clock.today()
    said = _("公示已于 %s 截止，不能再提出异议；仍有情况要反映的，可以向主管部门来信或来电") % notice.ends_on
    require(not notice.settled and today <= notice.ends_on, "notice_over", said)
    require(name.strip() and contact.strip(), "nobody", _("请写明姓名和联系方式，我们才能答复您"))
    require(len(text.strip()) >= SHORTEST, "too_short", _("请把异议写清楚，至少 %d 个字") % SHORTEST)
    adm6 = notice.division.adm6
    objection = Objection.objects.create(
        number=f"{adm6}-YY-{today:%Y}-{next_number(f'YY-{adm6}-{today.year}'):04d}",
        code_blind=code_blind(code_of(key)),
        notice=notice,
        name_masked=mask_name(name.strip()),
        name_sealed=seal(name.strip()),
        contact_sealed=seal(contact.strip()),
        text=text.strip(),
        filed_on=today,
        due_on=calendar().add_workdays(today, ANSWER_WORKDAYS),
    )
    for title, content in papers:
        kept = keep_paper(taken_in(title, content), by=by)
        ObjectionPaper.objects.create(objection=objection, attachment=kept)
    record("office.file_objection", objection, by=by, data={"notice": notice.number, "papers": len(papers)})
    return objection


def _locked(objection: Objection, by: User) -> Objection:
    """Lock an objection for somebody who may deal with it: not who published what it is about."""
    objection = lock(objection)
    said = _("发布这个公示的人不能处理对它的异议，请另一位人员办理")
    require(by.pk != objection.notice.published_by_id, "own_notice", said)
    return objection


@verb("office.accept_objection")
def accept_objection(objection: Objection, *, by: User, reason: str = "") -> Objection:
    """Accept an objection; it will be investigated."""
    objection = _locked(objection, by)
    advance(objection, ObjectionState.ACCEPTED, by=by, reason=reason, accepted_by=by)
    return objection


@verb("office.dismiss_objection")
def dismiss_objection(objection: Objection, *, by: User, reason: str) -> Objection:
    """Do not take an objection up, because it is not about what is on notice; the reason is the answer that is read."""
    objection = _locked(objection, by)
    require(reason.strip(), "no_reason", _("请写明不予受理的理由，异议人会看到原文"))
    _decide(objection, ObjectionState.DISMISSED, by=by, reason=reason)
    return objection


@verb("office.investigate_objection")
def investigate_objection(objection: Objection, *, by: User, reason: str = "") -> Objection:
    """Begin the investigation; who investigates does not decide."""
    objection = _locked(objection, by)
    advance(objection, ObjectionState.INVESTIGATING, by=by, reason=reason, investigated_by=by)
    return objection


@verb("office.extend_objection")
def extend_objection(objection: Objection, *, by: User, reason: str) -> Objection:
    """Give an investigation as many working days again, once, with the reason."""
    objection = _locked(objection, by)
    require(reason.strip(), "no_reason", _("请写明为什么要延期，异议人会看到原文"))
    require(
        objection.state in (ObjectionState.ACCEPTED, ObjectionState.INVESTIGATING), "wrong_state", _("现在不能延期")
    )
    require(not objection.extended, "extended_once", _("答复期限只能延长一次"))
    objection.extended = True
    objection.due_on = calendar().add_workdays(objection.due_on, ANSWER_WORKDAYS)
    objection.save(update_fields=["extended", "due_on"])
    record("office.extend_objection", objection, by=by, reason=reason)
    return objection


@verb("office.uphold_objection")
def uphold_objection(objection: Objection, *, by: User, reason: str) -> Objection:
    """Decide that the objection is right; ``reason`` is what was found. Another person than who investigated."""
    return _found(objection, ObjectionState.UPHELD, by=by, reason=reason)


@verb("office.overrule_objection")
def overrule_objection(objection: Objection, *, by: User, reason: str) -> Objection:
    """Decide that the objection is not right; ``reason`` is what was found. Another person than who investigated."""
    return _found(objection, ObjectionState.NOT_UPHELD, by=by, reason=reason)


def _found(objection: Objection, outcome: ObjectionState, *, by: User, reason: str) -> Objection:
    objection = _locked(objection, by)
    require(by.pk != objection.investigated_by_id, "same_person", _("调查的人不能作决定，请另一位人员办理"))
    require(reason.strip(), "no_reason", _("请写明查明的事实和依据"))
    _decide(objection, outcome, by=by, reason=reason)
    return objection


def _decide(objection: Objection, outcome: ObjectionState, *, by: User, reason: str) -> None:
    advance(
        objection,
        outcome,
        by=by,
        reason=reason,
        outcome=outcome,
        findings=reason.strip(),
        decided_by=by,
        decided_at=clock.now(),
    )


@verb("office.answer_objection")
def answer_objection(objection: Objection, *, by: User, reason: str) -> Objection:
    """Answer in writing; ``reason`` is the answer, which stands on the notice too. From now on the case may go on."""
    objection = _locked(objection, by)
    require(reason.strip(), "no_reason", _("请写答复内容，异议人和公众会看到原文"))
    advance(
        objection,
        ObjectionState.ANSWERED,
        by=by,
        reason=reason,
        answer=reason.strip(),
        answered_by=by,
        answered_at=clock.now(),
    )
    return objection


@verb("office.close_objection")
def close_objection(objection: Objection, *, by: User, reason: str = "") -> Objection:
    """Close an answered objection: the answer was served (``reason`` says how), or who objected has read it."""
    objection = lock(objection)
    advance(objection, ObjectionState.CLOSED, by=by, reason=reason, closed_at=clock.now())
    return objection


class Filer(NamedTuple):
    """Who objected, in clear."""

    name: str
    contact: str


@verb("office.read_filer")
def read_filer(objection: Objection, *, by: User, reason: str) -> Filer:
    """Show an officer who objected. The event says who looked and why; it does not say what was seen."""
    require(reason.strip(), "no_reason", _("请写明为什么要看"))
    record("office.read_filer", objection, by=by, reason=reason)
    return Filer(unseal(objection.name_sealed), unseal(objection.contact_sealed))


def followed(number: str, code: str) -> Objection | None:
    """Return the objection with this number and code, for whoever has both; None when one of them is wrong."""
    return (
        Objection.objects.filter(number=normalise(number), code_blind=code_blind(code)).select_related("notice").first()
    )


def holding(notice: Notice) -> Objection | None:
    """Return an objection that holds the next step of a notice's case, or None: nobody has answered it yet."""
    return notice.objections.open().order_by("pk").first()

"""Verbs of the office on a draft (domain §1.4.1, M3 to M10): accepted, evaluated, put before the public, filed or rejected."""

from __future__ import annotations

from datetime import date

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from accounts.models import Division, RoleGrant, User
from accounts.roles import Role
from accounts.scope import Acting, scope
from accounts.services.attachments import keep_paper
from accounts.workflow import PermissionDenied, advance, lock, record, require, verb
from kernel import clock
from kernel.digest import sha256
from methodologies.document import parse
from methodologies.models import Draft, Evaluation, Method
from methodologies.services.drafting import EVALUATE_WORKDAYS, REVISE_WORKDAYS, ask, complete
from methodologies.states import DraftState, MethodState, Verdict
from office.services.calendar import calendar
from office.services.notices import publish, settle
from office.services.numbers import next_number
from office.services.objections import holding

PANEL = 3  # experts asked about a draft; a number of our own, odd so that more than half is never in doubt
COMMENT_WORKDAYS = 15  # between 7 and 30 days are usual (domain §1.4.1, M6)
CONTACT = "方法学咨询 0990-1234-5679（工作日 9:00—17:30）"


@verb("methodologies.accept_draft")
def accept_draft(draft: Draft, *, by: User, reason: str = "") -> Draft:
    """Take a draft up for the choice of the city (M3). Raises RuleViolation ``same_person`` when its author does."""
    draft = _apart(draft, by)
    advance(draft, DraftState.SCREENING, by=by, reason=reason, accepted_by=by, due_on=_due(EVALUATE_WORKDAYS))
    return draft


@verb("methodologies.ask_experts")
def ask_experts(draft: Draft, *, by: User, reason: str = "") -> Draft:
    """Send a draft to a panel (M4), drawn by SHA-256(digest of the text ‖ key of the person), so that nobody chooses it.

    Raises RuleViolation ``too_few_experts`` when the place has not enough who have nothing to do with the draft.
    """
    draft = _apart(draft, by)
    drawn = sorted(_free(draft), key=lambda pk: sha256(f"{draft.digest}{pk}".encode()))[:PANEL]
    said = _("能评这份草案的专家不足 %d 人，请先登记专家") % PANEL
    require(len(drawn) == PANEL, "too_few_experts", said)
    ask(draft, drawn, 1)
    advance(draft, DraftState.EVALUATION, by=by, reason=reason, round=1, due_on=_due(EVALUATE_WORKDAYS))
    return draft


@verb("methodologies.evaluate_draft")
def evaluate_draft(draft: Draft, *, verdict: str, by: User, reason: str) -> Evaluation:
    """Say, as one of the panel, what one thinks of a draft, once a round; ``reason`` is the opinion, which its author reads.

    Raises RuleViolation ``wrong_state``, ``not_asked``, ``already_done``, ``bad_verdict`` or ``no_reason``.
    """
    draft = lock(draft)
    require(draft.state == DraftState.EVALUATION, "wrong_state", _("现在不在专家评估阶段"))
    row = draft.evaluations.filter(expert=by, round=draft.round).first()
    if row is None:
        raise PermissionDenied(_("这一轮没有请您评估这份草案"))
    require(row.given_at is None, "already_done", _("您这一轮已经提交过意见"))
    require(verdict in Verdict.values, "bad_verdict", _("请选择结论"))
    require(reason.strip(), "no_reason", _("请写明意见，起草人会看到原文"))
    row.verdict, row.text, row.given_at = verdict, reason.strip(), clock.now()
    row.save(update_fields=["verdict", "text", "given_at"])
    record("methodologies.evaluate_draft", draft, by=by, reason=reason, data={"verdict": verdict, "round": draft.round})
    return row


@verb("methodologies.return_draft")
def return_draft(draft: Draft, *, by: User, reason: str) -> Draft:
    """Give a draft back for revision (M5), after the experts or after a comment that was right; ``reason`` lists what to change."""
    draft = _apart(draft, by)
    require(reason.strip(), "no_reason", _("请写明要修改什么，起草人会看到原文"))
    if draft.notice is not None:
        _answered(draft)
        settle(lock(draft.notice))
    advance(draft, DraftState.REVISION, by=by, reason=reason, due_on=_due(REVISE_WORKDAYS))
    return draft


@verb("methodologies.put_on_notice")
def put_on_notice(draft: Draft, *, by: User, reason: str = "") -> Draft:
    """Ask the public (M6): the text goes on notice, and anybody may comment until its last day.

    Raises RuleViolation ``not_evaluated`` before the panel has spoken and more than half agree.
    """
    draft = _apart(draft, by)
    _evaluated(draft)
    notice = publish(
        title=f"关于公开征求“{draft.title}”意见的公示",
        text=(
            f"“{draft.title}”（{draft.number}）已通过专家评估论证，现公开征求意见。\n"
            "任何单位和个人都可以在期限内写明意见、理由和联系方式；每条意见都会答复，答复之前不备案发布。"
        ),
        division=draft.division,
        workdays=COMMENT_WORKDAYS,
        contact=CONTACT,
        by=by,
        papers=[keep_paper(ContentFile(draft.document.encode("utf-8-sig"), name=f"{draft.number}.txt"), by=by)],
    )
    advance(draft, DraftState.NOTICE, by=by, reason=reason, noticed_by=by, notice=notice, due_on=notice.ends_on)
    return draft


@verb("methodologies.file_draft")
def file_draft(draft: Draft, *, by: User, reason: str = "") -> Method:
    """File and publish a draft after its notice (M7); an older version of the same number becomes a revised one (M8).

    Raises RuleViolation ``notice_running`` until the day after the last day, ``comment_open``, ``comment_upheld``,
    ``same_person``, and what ``document.check`` raises.
    """
    draft = _second(draft, by)
    require(draft.state == DraftState.NOTICE, "wrong_state", _("草案还没有公开征求意见，不能备案发布"))
    notice = lock(draft.notice)
    require(notice.is_over, "notice_running", _("征求意见到 %s 结束，次日起才能备案发布") % notice.ends_on)
    _answered(draft)
    require(not notice.objections.upheld().exists(), "comment_upheld", _("有意见成立，请退回修改"))
    settle(notice)
    return _published(draft, by=by, reason=reason)


@verb("methodologies.adopt_draft")
def adopt_draft(draft: Draft, *, by: User, reason: str = "") -> Method:
    """Publish the text of a method another authority has filed already, entered by one officer and checked by a second.

    Raises RuleViolation ``not_adopted`` where no such authority is named, ``same_person``, and what ``document.check`` raises.
    """
    draft = _second(draft, by)
    said = _("没有写明原备案机关和文号的草案要走申报、评估和征求意见")
    require(draft.adopted_from and draft.state == DraftState.DRAFT, "not_adopted", said)
    return _published(draft, by=by, reason=reason)


@verb("methodologies.reject_draft")
def reject_draft(draft: Draft, *, by: User, reason: str) -> Draft:
    """Do not file a draft (M10); ``reason`` is what its author reads."""
    draft = _apart(draft, by)
    require(reason.strip(), "no_reason", _("请写明理由，起草人会看到原文"))
    if draft.notice is not None and draft.state == DraftState.NOTICE:
        _answered(draft)
        settle(lock(draft.notice))
    advance(draft, DraftState.REJECTED, by=by, reason=reason, due_on=None)
    return draft


@verb("methodologies.repeal_method")
def repeal_method(method: Method, *, by: User, reason: str) -> Method:
    """Repeal a version (M9): no new period by it, while what was computed by it comes out again for ever.

    ``reason`` is the announcement. PermissionDenied for a method of another place; the catalogue's are of the highest place.
    """
    place = method.division or Division.objects.filter(parent=None).order_by("code").first()
    if place is None or not scope(Acting(by, "methodologies.repeal_method")).covers(place):
        raise PermissionDenied(_("这个方法学由备案它的主管部门废止"))
    method = lock(method)
    require(reason.strip(), "no_reason", _("请写明废止的依据和公告"))
    advance(method, MethodState.REPEALED, by=by, reason=reason, ended_by=by, ended_at=clock.now())
    return method


def _published(draft: Draft, *, by: User, reason: str) -> Method:
    complete(draft)
    document, adm6 = parse(draft.document), draft.division.adm6
    today = clock.today()
    number = f"{adm6}-FF-{today:%Y}-{next_number(f'FF-{adm6}-{today.year}'):04d}"
    known = Method.objects.filter(code=draft.code, version=draft.version).exists()
    require(not known, "method_known", _("%s 已经发布过") % draft.number)
    for older in Method.objects.filter(code=draft.code, state=MethodState.PUBLISHED).order_by("version"):
        older = lock(older)
        advance(older, MethodState.SUPERSEDED, by=by, reason=draft.number, ended_by=by, ended_at=clock.now())
    method = Method.objects.create(
        code=document.code,
        version=document.version,
        title=document.title,
        kind=document.kind,
        evidence=document.evidence,
        document=document.text,
        digest=document.digest,
        division=draft.division,
        document_no=draft.adopted_from or number,
        drafted_by=draft.edited_by,
        published_by=by,
        published_at=clock.now(),
    )
    advance(draft, DraftState.FILED, by=by, reason=reason, method=method, filed_by=by, due_on=None)
    return method


def _apart(draft: Draft, by: User) -> Draft:
    """Lock a draft for a step of the office, which its author does not take."""
    draft = lock(draft)
    require(by.pk not in (draft.drafted_by_id, draft.edited_by_id), "same_person", _("起草人不能办理自己的草案"))
    return draft


def _second(draft: Draft, by: User) -> Draft:
    draft = lock(draft)
    own = by.pk in (draft.drafted_by_id, draft.edited_by_id, draft.noticed_by_id)
    require(not own, "same_person", _("起草、修改或公示经办的人不能自己发布，请另一位人员办理"))
    return draft


def _free(draft: Draft) -> list[int]:
    """Experts of the place who have nothing to do with the draft."""
    held = RoleGrant.objects.in_force().filter(user__is_active=True)
    experts = held.reaching(draft.division).filter(role=Role.EXPERT).values_list("user", flat=True)
    own = held.filter(organisation=draft.developer_id).values_list("user", flat=True) if draft.developer_id else ()
    return sorted(set(experts) - set(own) - {draft.drafted_by_id, draft.edited_by_id})


def _evaluated(draft: Draft) -> None:
    given = list(draft.evaluations.filter(round=draft.round))
    spoken = [row for row in given if row.given_at is not None]
    missing = _("还有 %d 位专家没有提交意见") % (len(given) - len(spoken))
    require(len(spoken) == len(given) >= PANEL, "not_evaluated", missing)
    agree = sum(row.verdict == Verdict.FIT for row in given)
    said = _("%(all)d 位专家里 %(agree)d 位同意，没有过半数，请退回修改") % {"all": len(given), "agree": agree}
    require(2 * agree > len(given), "not_evaluated", said)


def _answered(draft: Draft) -> None:
    open_one = holding(draft.notice) if draft.notice is not None else None
    require(open_one is None, "comment_open", _("意见 %s 还没有答复") % (open_one.number if open_one else ""))


def _due(workdays: int) -> date:
    return calendar().add_workdays(clock.today(), workdays)

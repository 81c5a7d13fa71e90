"""The chain 经办→审核→签发: who drafts, who reviews and who signs are three people, and the last one's signature runs the verb.

Which verbs need the chain is said by the mechanism profile of the case; where it says nothing the verb runs by itself.
"""

from __future__ import annotations

from contextvars import ContextVar
from inspect import signature
from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _

from accounts.context import noting, stands_in_for
from accounts.models import User
from accounts.workflow import advance, lock, record, require, told_as, verb, verb_named
from kernel import clock
from office.models import Profile, SignOff
from office.states import SIGN_OPEN, SignState

# The verb and the case that a signature is running, and nothing else.
_signed: ContextVar[tuple[str, str, int] | None] = ContextVar("signed", default=None)


def needs_chain(profile: Profile, name: str) -> bool:
    """Tell whether the profile wants three people for a verb."""
    return name in profile.sign_off


def signed_off(case: Any, profile: Profile, name: str) -> None:
    """Refuse a verb that needs the chain and does not come out of it; asked inside the verb, after its lock.

    Raises RuleViolation ``needs_sign_off``.
    """
    label = case._meta.concrete_model._meta.label_lower
    said = _("按“%s”，这一步要经办、审核、签发三个人，请提交签批单")
    through = _signed.get() == (name, label, case.pk)
    require(through or not needs_chain(profile, name), "needs_sign_off", said % profile.title)


def of_case(case: Any) -> SignOff | None:
    """Return the chain a case is in now, or None."""
    label = case._meta.concrete_model._meta.label_lower
    return SignOff.objects.filter(object_type=label, object_id=case.pk, state__in=SIGN_OPEN).first()


@verb("office.draft_sign_off")
def draft(case: Any, *, name: str, by: User, reason: str) -> SignOff:
    """The drafter proposes a decision with the opinion the applicant will read; only who could decide may draft.

    Raises RuleViolation ``no_reason``, ``in_sign_off``.
    """
    require(by.has_perm(name), "not_yours", _("您没有拟办这一步的权限"))
    case = lock(case)
    require(bool(reason.strip()), "no_reason", _("请写明拟办意见，申请人会看到原文"))
    require(of_case(case) is None, "in_sign_off", _("这一件已有一张签批单在办，请先办完或退回"))
    chain = SignOff.objects.create(
        verb=name,
        object_type=case._meta.concrete_model._meta.label_lower,
        object_id=case.pk,
        object_label=str(case)[:200],
        division=case.division,
        opinion=reason.strip(),
        drafted_by=by,
        drafted_for=stands_in_for(by),
    )
    with noting(verb=name, sign_off=chain.pk):
        record("office.draft_sign_off", case, by=by, reason=reason)
    return chain


def _another(by: User, *before: int | None) -> None:
    """Refuse who took a step before, in his own name or for somebody."""
    absent = stands_in_for(by)
    now = {by.pk, absent.pk if absent is not None else None} - {None}
    require(not now & set(before), "same_person", _("经办、审核、签发要是三个人，代办视同本人"))


@verb("office.review_sign_off")
def review(chain: SignOff, *, by: User, reason: str = "") -> SignOff:
    """Another person than the drafter reviews. Raises ``same_person``, ``wrong_state``."""
    chain = lock(chain)
    _another(by, chain.drafted_by_id, chain.drafted_for_id)
    with noting(verb=chain.verb):
        advance(
            chain,
            SignState.REVIEWED,
            by=by,
            reason=reason,
            reviewed_by=by,
            reviewed_for=stands_in_for(by),
            reviewed_at=clock.now(),
            review=reason.strip(),
        )
    return chain


@verb("office.sign_off")
def sign(chain: SignOff, *, by: User, reason: str = "") -> SignOff:
    """The third person signs, and the verb runs with the drafted opinion as its reason; if it is refused, nothing is signed.

    Raises RuleViolation ``same_person``, ``wrong_state``, and whatever the verb refuses with.
    """
    chain = lock(chain)
    _another(by, chain.drafted_by_id, chain.drafted_for_id, chain.reviewed_by_id, chain.reviewed_for_id)
    with noting(verb=chain.verb):
        advance(
            chain,
            SignState.SIGNED,
            by=by,
            reason=reason,
            signed_by=by,
            signed_for=stands_in_for(by),
            signed_at=clock.now(),
        )
    case = apps.get_model(chain.object_type)._base_manager.get(pk=chain.object_id)
    function = verb_named(chain.verb)
    extra = {"key": f"sign-off-{chain.pk}"} if "key" in signature(function).parameters else {}
    token = _signed.set((chain.verb, chain.object_type, chain.object_id))
    try:
        with (
            told_as(chain.verb),
            noting(sign_off=chain.pk, drafted_by=chain.drafted_by_id, reviewed_by=chain.reviewed_by_id),
        ):
            function(case, by=by, reason=chain.opinion, **extra)
    finally:
        _signed.reset(token)
    return chain


@verb("office.send_back_sign_off")
def send_back(chain: SignOff, *, by: User, reason: str) -> SignOff:
    """Reviewer or signer gives the draft back with the reason; the case waits for a new draft."""
    chain = lock(chain)
    require(bool(reason.strip()), "no_reason", _("请写明退回的理由"))
    with noting(verb=chain.verb):
        advance(chain, SignState.SENT_BACK, by=by, reason=reason, sent_back_by=by, sent_back=reason.strip())
    return chain

"""What a decision against an applicant has to say before it is one (clarification 21)."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Event, User
from accounts.workflow import RuleViolation, require
from kernel import clock
from office.models import SignOff
from office.services.numbers import next_number
from office.states import SignState
from projects.models import Decision, Project

REVIEW_DAYS, SUIT_MONTHS = 60, 6  # administrative review, administrative litigation


class Grounds(NamedTuple):
    """The article a decision rests on, and how it is served: a value of ``Service``, to whom, on which day."""

    article: str
    service_method: str
    served_to: str
    served_on: date


def decide(project: Project, *, facts: str, grounds: Grounds | None, by: User) -> Decision:
    """Write the decision that belongs to a locked project's state. Inside the verb that refuses or revokes.

    Raises RuleViolation ``no_article``, ``not_served``, ``no_remedies``; the table refuses what is not whole.
    """
    text = decision_text(project.division.adm6, facts=facts, grounds=grounds, by=by)
    return Decision.objects.create(project=project, kind=project.state, **text)


def decision_text(adm6: str, *, facts: str, grounds: Grounds | None, by: User) -> dict[str, Any]:
    """Return the columns of ``DecisionText`` for a decision of a division's office, with the next number; refuses as above."""
    if grounds is None or not grounds.article.strip():
        raise RuleViolation("no_article", _("请写明依据哪个文件的哪一条"))
    require(grounds.served_to.strip(), "not_served", _("请写明送达给谁、怎样送达"))
    require(grounds.served_on >= clock.today(), "not_served", _("送达日期不能早于决定日期"))
    remedies = settings.REVIEW_BODY and settings.COURT_NAME
    require(remedies, "no_remedies", _("本系统还没有设置复议机关和法院，决定书不能生效；请系统管理员先设置"))
    today = clock.today()
    return {
        "number": f"{adm6}-JD-{today:%Y}-{next_number(f'JD-{adm6}-{today.year}'):04d}",
        "facts": facts.strip(),
        "article": grounds.article.strip(),
        "review_body": settings.REVIEW_BODY,
        "review_days": REVIEW_DAYS,
        "court": settings.COURT_NAME,
        "suit_months": SUIT_MONTHS,
        "service_method": grounds.service_method,
        "served_to": grounds.served_to.strip(),
        "served_on": grounds.served_on,
        "issuer": settings.BUREAU_NAME,
        "decided_by": by,
        "decided_on": today,
    }


def told(grounds: Grounds) -> dict[str, str]:
    """Return the grounds as an event of a draft keeps them."""
    return {**grounds._asdict(), "served_on": grounds.served_on.isoformat()}


def drafted(project: Project, name: str) -> Grounds | None:
    """Return the grounds that were drafted with a sign-off of a verb, or None; served on the day of the signature at the earliest.

    The draft's event has them: what three people agreed to is what the decision says.
    """
    label = project._meta.label_lower
    chain = SignOff.objects.filter(object_type=label, object_id=project.pk, verb=name, state=SignState.SIGNED).first()
    if chain is None:
        return None
    rows = Event.objects.filter(
        object_type=label, object_id=project.pk, data__sign_off=chain.pk, data__has_key="grounds"
    )
    event = rows.order_by("pk").first()
    if event is None:
        return None
    kept = dict(event.data["grounds"])
    served_on = max(date.fromisoformat(kept.pop("served_on")), clock.today())
    return Grounds(**kept, served_on=served_on)

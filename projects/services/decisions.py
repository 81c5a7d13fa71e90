"""What a decision against an applicant has to say before it is one (clarification 21), and its paper."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from accounts.workflow import RuleViolation, require
from certificates import letters
from kernel import clock
from office.services.numbers import next_number
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
    if grounds is None or not grounds.article.strip():
        raise RuleViolation("no_article", _("请写明依据哪个文件的哪一条"))
    require(grounds.served_to.strip(), "not_served", _("请写明送达给谁、怎样送达"))
    require(grounds.served_on >= clock.today(), "not_served", _("送达日期不能早于决定日期"))
    remedies = settings.REVIEW_BODY and settings.COURT_NAME
    require(remedies, "no_remedies", _("本系统还没有设置复议机关和法院，决定书不能生效；请系统管理员先设置"))
    adm6, today = project.division.adm6, clock.today()
    return Decision.objects.create(
        number=f"{adm6}-JD-{today:%Y}-{next_number(f'JD-{adm6}-{today.year}'):04d}",
        project=project,
        kind=project.state,
        facts=facts.strip(),
        article=grounds.article.strip(),
        review_body=settings.REVIEW_BODY,
        review_days=REVIEW_DAYS,
        court=settings.COURT_NAME,
        suit_months=SUIT_MONTHS,
        service_method=grounds.service_method,
        served_to=grounds.served_to.strip(),
        served_on=grounds.served_on,
        issuer=settings.BUREAU_NAME,
        decided_by=by,
        decided_on=today,
    )


def missing(decision: Decision) -> list[str]:
    """Return the names of what a decision lacks; a paper with a gap is void, so none is drawn."""
    wanted = (
        "facts",
        "article",
        "review_body",
        "review_days",
        "court",
        "suit_months",
        "served_to",
        "served_on",
        "issuer",
    )
    return [str(decision._meta.get_field(name).verbose_name) for name in wanted if not getattr(decision, name)]  # type: ignore[union-attr]


def paper(decision: Decision) -> bytes:
    """Draw the decision as a PDF. Raises RuleViolation ``decision_incomplete`` with what is missing."""
    lacks = missing(decision)
    require(not lacks, "decision_incomplete", _("决定书缺 %s，不能出具") % "、".join(lacks))
    with override("zh-hans"):  # the paper is in the language of the act, whoever looks
        return letters.draw(_letter(decision), demo=settings.DEMO)


def _letter(decision: Decision) -> letters.Letter:
    project = decision.project
    remedies = (
        f"如不服本决定，可以自收到本决定书之日起 {decision.review_days} 日内向{decision.review_body}申请行政复议，"
        f"也可以自收到本决定书之日起 {decision.suit_months} 个月内向{decision.court}提起行政诉讼。"
    )
    served = (
        f"{decision.get_service_method_display()}；受送达人：{decision.served_to}；送达日期：{decision.served_on}。"
    )
    return letters.Letter(
        issuer=decision.issuer,
        title=str(Decision.Kind(decision.kind).label),
        number=decision.number,
        addressee=f"{project.owner.name}（{project.owner.uscc}）",
        sections=(
            ("事实和理由", f"你单位申请的“{project.name}”（受理号 {project.acceptance_no or '无'}）。{decision.facts}"),
            ("依据", decision.article),
            ("决定", _CONCLUSIONS[Decision.Kind(decision.kind)]),
            ("救济途径", remedies),
            ("送达", served),
        ),
        signed_on=decision.decided_on,
    )


_CONCLUSIONS = {
    Decision.Kind.NOT_ACCEPTED: "对上述申请不予受理。",
    Decision.Kind.REJECTED: "对上述申请不予登记。",
    Decision.Kind.REVOKED: "撤销上述项目的登记，登记证书同时作废。",
}

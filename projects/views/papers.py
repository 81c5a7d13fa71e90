"""The paper of a decision. None is drawn with a gap: it would be void (clarification 21)."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Organisation
from accounts.workflow import require
from certificates import letters
from projects.models import Decision, DecisionText, Service


def missing(decision: DecisionText) -> list[str]:
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
    project = decision.project
    return drawn(
        decision,
        title=str(Decision.Kind(decision.kind).label),
        owner=project.owner,
        about=f"你单位申请的“{project.name}”（受理号 {project.acceptance_no or '无'}）。",
        conclusion=_CONCLUSIONS[Decision.Kind(decision.kind)],
    )


def drawn(decision: DecisionText, *, title: str, owner: Organisation, about: str, conclusion: str) -> bytes:
    """Draw any decision as a PDF: ``about`` begins its facts. Raises RuleViolation ``decision_incomplete``."""
    lacks = missing(decision)
    require(not lacks, "decision_incomplete", _("决定书缺 %s，不能出具") % "、".join(lacks))
    with override("zh-hans"):  # the paper is in the language of the act, whoever looks
        sections = (
            ("事实和理由", f"{about}{decision.facts}"),
            ("依据", decision.article),
            ("决定", conclusion),
            *_closing(decision),
        )
        letter = letters.Letter(
            issuer=decision.issuer,
            title=title,
            number=decision.number,
            addressee=f"{owner.name}（{owner.uscc}）",
            sections=sections,
            signed_on=decision.decided_on,
        )
        return letters.draw(letter, demo=settings.DEMO)


def _closing(decision: DecisionText) -> tuple[tuple[str, str], ...]:
    remedies = (
        f"如不服本决定，可以自收到本决定书之日起 {decision.review_days} 日内向{decision.review_body}申请行政复议，"
        f"也可以自收到本决定书之日起 {decision.suit_months} 个月内向{decision.court}提起行政诉讼。"
    )
    method = Service(decision.service_method).label
    served = f"{method}；受送达人：{decision.served_to}；送达日期：{decision.served_on}。"
    return (("救济途径", remedies), ("送达", served))


_CONCLUSIONS = {
    Decision.Kind.NOT_ACCEPTED: "对上述申请不予受理。",
    Decision.Kind.REJECTED: "对上述申请不予登记。",
    Decision.Kind.REVOKED: "撤销上述项目的登记，登记证书同时作废。",
}

"""What authors, officers and experts are told of drafts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Event, User
from accounts.roles import Role
from methodologies.models import Draft
from methodologies.states import DraftState
from office.announcing import BY_EMAIL, Occasion, desk_link, officers, people_of, with_deputies

_DRAFT = "methodologies.draft"
_EXAMPLE = {"name": "公共建筑屋顶太阳能热水", "number": "DM-2026-001-V01"}


def _facts(event: Event, row: Draft) -> dict[str, Any]:
    return {"name": row.title, "number": row.number, "said": event.reason}


def _page(_event: Event, row: Draft) -> str:
    return reverse("draft", args=[row.pk])


def _desk(_event: Event, row: Draft) -> str:
    return desk_link(row, "methodologies_draftdeskrow")


def _authors(_event: Event, row: Draft) -> list[User]:
    """Who writes for the company, or the officers who drafted and changed it last."""
    if row.developer_id:
        return people_of(row.developer_id, Role.MAKER)
    return with_deputies([row.drafted_by, row.edited_by])


def _panel(_event: Event, row: Draft) -> list[User]:
    waiting = row.evaluations.filter(round=row.round, given_at=None)
    return list(User.objects.filter(pk__in=waiting.values("expert")).order_by("pk"))


def _accepters(_event: Event, row: Draft) -> list[User]:
    return officers(row.division, "methodologies.accept_draft")


def _due(_event: Event, row: Draft) -> date | None:
    return row.due_on


def _published(_event: Event, row: Draft) -> str:
    return reverse("method", args=[row.number])


OCCASIONS = (
    Occasion(
        code="methodologies.handed_in",
        of=_DRAFT,
        states=(DraftState.SUBMITTED,),
        subject=_("方法学“%(name)s”已申报，等待受理"),
        text=_("方法学草案“%(name)s”（%(number)s）已申报，请受理。"),
        example=_EXAMPLE,
        who=_accepters,
        facts=_facts,
        link=_desk,
        due=_due,
        action=True,
        channels=BY_EMAIL,
    ),
    Occasion(
        code="methodologies.evaluate",
        of=_DRAFT,
        states=(DraftState.EVALUATION,),
        subject=_("请评估方法学“%(name)s”"),
        text=_("请您评估方法学草案“%(name)s”（%(number)s），在页面上写明结论和意见。"),
        sms=_("请评估方法学“%(name)s”，登录后在“编制方法学”里办理。"),
        example=_EXAMPLE,
        who=_panel,
        facts=_facts,
        link=_page,
        due=_due,
        action=True,
    ),
    Occasion(
        code="methodologies.returned",
        of=_DRAFT,
        states=(DraftState.REVISION,),
        subject=_("方法学“%(name)s”退回修改"),
        text=_("方法学草案“%(name)s”（%(number)s）退回修改：%(said)s"),
        sms=_("方法学“%(name)s”退回修改，请登录查看要改什么。"),
        example={**_EXAMPLE, "said": "请补充每个系数的出处。"},
        who=_authors,
        facts=_facts,
        link=_page,
        due=_due,
        action=True,
    ),
    Occasion(
        code="methodologies.on_notice",
        of=_DRAFT,
        states=(DraftState.NOTICE,),
        subject=_("方法学“%(name)s”公开征求意见"),
        text=_("方法学草案“%(name)s”（%(number)s）已通过专家评估论证，正在公开征求意见。"),
        example=_EXAMPLE,
        who=_authors,
        facts=_facts,
        link=_page,
        channels=BY_EMAIL,
    ),
    Occasion(
        code="methodologies.filed",
        of=_DRAFT,
        states=(DraftState.FILED,),
        subject=_("方法学“%(name)s”已备案发布"),
        text=_("方法学“%(name)s”已备案发布，编号 %(number)s。"),
        sms=_("方法学“%(name)s”已备案发布，编号 %(number)s。"),
        example=_EXAMPLE,
        who=_authors,
        facts=_facts,
        link=_published,
    ),
    Occasion(
        code="methodologies.rejected",
        of=_DRAFT,
        states=(DraftState.REJECTED,),
        subject=_("方法学“%(name)s”不予备案"),
        text=_("方法学草案“%(name)s”（%(number)s）不予备案：%(said)s"),
        sms=_("方法学“%(name)s”不予备案，理由请登录查看。"),
        example={**_EXAMPLE, "said": "与已发布的方法学重复。"},
        who=_authors,
        facts=_facts,
        link=_page,
        necessary=True,
    ),
)

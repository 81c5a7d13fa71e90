"""Drafts of methods brought to a stage by the verbs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from accounts.models import Division, User
from accounts.roles import Role
from carbon_portal.story import World
from methodologies.document.sheet import empty
from methodologies.models import Draft
from methodologies.services import drafting, publishing
from methodologies.states import DraftState, Verdict
from office.services.clock import move_clock
from tests.stages import person

OPINION = "公式与依据一致，算例复算无误。"


def rides(**changed: Any) -> dict[str, Any]:
    """A sheet that is a method: a distance by a factor, with everything a reader asks for."""
    sheet = empty("", 1, "共享单车出行")
    sheet |= {"source": "本平台演示", "evidence": "C"}
    sheet["inputs"] = [
        {"name": "distance_km", "title": "里程", "kind": "number", "unit": "km", "min": "0", "max": "60"}
    ]
    sheet["parameters"] = [
        {"name": "saved", "title": "每公里减排", "unit": "kg/km", "value": "0.05", "source": "本平台演示"}
    ]
    sheet["formula"] = [{"name": "ER", "label": "减排量", "source": "saved * distance_km"}]
    sheet["examples"] = [{"title": "十公里", "inputs": "distance_km=10", "expected": "0.5"}]
    sheet["text"] |= {"applicability": "实名用户在本市的骑行。", "rights": "减排量归骑行的人。"}
    return {**sheet, **changed}


def experts(world: World, count: int = 3) -> list[User]:
    """Register people who may be asked about drafts of the city."""
    city = Division.objects.get(code="9901")
    return [person(world, f"expert-{n}", Role.EXPERT, division=city) for n in range(1, count + 1)]


def draft_in(world: World, state: str, *, by: str = "owner-maker", **changed: Any) -> Draft:
    """Write a draft, of the owner's company unless an officer writes, and take it to a state."""
    people, to = world.people, DraftState(state)
    company = world.organisations["owner"] if by == "owner-maker" else None
    draft = drafting.draft(area="DM", title="共享单车出行", developer=company, by=people[by])
    draft = drafting.save_draft(draft, sheet=rides(**changed), by=people[by])
    if to == DraftState.DRAFT:
        return draft
    draft = drafting.submit_draft(draft, by=people[by])
    if to == DraftState.SUBMITTED:
        return draft
    draft = publishing.accept_draft(draft, by=people["officer-two" if by == "officer" else "officer"])
    if to == DraftState.SCREENING:
        return draft
    if to == DraftState.REJECTED:
        return publishing.reject_draft(draft, by=people["reviewer"], reason="依据不足")
    experts(world)
    draft = publishing.ask_experts(draft, by=people["reviewer"])
    if to == DraftState.EVALUATION:
        return draft
    if to == DraftState.REVISION:
        return publishing.return_draft(draft, by=people["reviewer"], reason="请补充出处")
    evaluated(draft)
    draft = publishing.put_on_notice(draft, by=people["reviewer"])
    if to == DraftState.NOTICE:
        return draft
    notice_over(world, draft)
    publishing.file_draft(draft, by=people["registrar"])
    draft.refresh_from_db()
    return draft


def evaluated(draft: Draft, *verdicts: str) -> None:
    """Let everybody who was asked say what they think: agree, unless told otherwise."""
    waiting = draft.evaluations.filter(round=draft.round, given_at=None).select_related("expert")
    for number, row in enumerate(waiting.order_by("pk")):
        verdict = verdicts[number] if number < len(verdicts) else Verdict.FIT
        publishing.evaluate_draft(draft, verdict=verdict, by=row.expert, reason=OPINION)


def notice_over(world: World, draft: Draft) -> None:
    """Let the days of the draft's notice pass."""
    assert draft.notice is not None
    left = (draft.notice.ends_on - draft.notice.starts_on).days + 1
    move_clock(forward=timedelta(days=left), by=world.system, reason="征求意见期满")

"""A method is written, handed in, evaluated, shown to the public and published by a second person; nothing skips a step."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import User
from accounts.workflow import PermissionDenied
from carbon_portal.story import World
from kernel import clock
from methodologies.models import Draft, Method
from methodologies.services import drafting, publishing
from methodologies.services.quantify import published, quantify
from methodologies.states import DraftState, MethodState
from office.models import Message
from office.services import objections
from tests.drafting import draft_in, evaluated, experts, notice_over, rides
from tests.refusals import refused

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)


def adopted(world: World, **changed: object) -> Draft:
    """A text another authority filed, entered by one officer."""
    by = world.people["officer"]
    draft = drafting.draft(area="DM", title="共享单车出行", adopted_from="省生态环境厅 某函〔2026〕1 号", by=by)
    return drafting.save_draft(draft, sheet=rides(**changed), by=by)


def test_a_draft_gets_the_next_number_of_its_letters_and_year(world: World) -> None:
    by, year = world.people["officer"], clock.today().year
    numbers = [drafting.draft(area=area, title="某方法", by=by).number for area in ("dm", "DM", "XX")]
    assert numbers == [f"DM-{year}-001-V01", f"DM-{year}-002-V01", f"XX-{year}-001-V01"]


def test_a_number_goes_on_after_those_of_the_catalogue(world: World) -> None:
    move_to = date(2026, 1, 1)
    assert clock.today().year == move_to.year, "the year of the demo"
    Method.objects.create(code=f"DM-{clock.today().year}-007", version=1, title="x", kind="quantitative", evidence="B")
    assert drafting.draft(area="DM", title="某方法", by=world.people["officer"]).code.endswith("-008")


def test_what_was_typed_is_kept_however_broken(world: World) -> None:
    draft = draft_in(world, "DRAFT")
    broken = rides(formula=[{"name": "ER", "label": "", "source": "saved * ("}], inputs=[{"name": "", "unit": "公里"}])
    drafting.save_draft(draft, sheet=broken, by=world.people["owner-maker"])
    draft.refresh_from_db()
    assert draft.sheet["formula"] == broken["formula"]
    assert draft.sheet["inputs"] == broken["inputs"]
    refusal = refused(drafting.submit_draft, draft, by=world.people["owner-maker"], code="bad_document")
    assert "第 1 行缺符号" in str(refusal)


def test_a_broken_formula_is_handed_in_by_nobody_and_its_place_is_named(world: World) -> None:
    draft = draft_in(world, "DRAFT", formula=[{"name": "ER", "source": "saved * distance_km )"}])
    refusal = refused(drafting.submit_draft, draft, by=world.people["owner-maker"], code="bad_formula")
    assert "ER 第 1 行第 21 列" in str(refusal)


def test_kilowatt_hours_by_tonnes_a_megawatt_hour_are_published_by_nobody(world: World) -> None:
    sheet = {
        "inputs": [{"name": "energy", "title": "电量", "kind": "number", "unit": "kWh"}],
        "parameters": [{"name": "ef", "title": "因子", "unit": "t/MWh", "value": "0.5", "source": "演示"}],
        "formula": [{"name": "ER", "source": "energy * ef"}],
        "examples": [{"inputs": "energy=1000", "expected": "500"}],
        "result": "t",
    }
    draft = adopted(world, **sheet)
    refusal = refused(publishing.adopt_draft, draft, by=world.people["registrar"], code="unit_error")
    assert "energy * ef\n^^^^^^^^^^^" in str(refusal)
    assert published(draft.code) is None


def test_the_text_of_another_authority_is_published_by_a_second_officer(world: World) -> None:
    draft = adopted(world)
    method = publishing.adopt_draft(draft, by=world.people["registrar"])
    assert (method.state, method.document_no) == (MethodState.PUBLISHED, draft.adopted_from)
    assert (method.drafted_by, method.published_by) == (world.people["officer"], world.people["registrar"])
    assert quantify(method, {"distance_km": "3"}, on=DAY).reduction_mg == 150_000
    assert Draft.objects.get().state == DraftState.FILED


def test_nobody_publishes_what_he_wrote(world: World) -> None:
    draft = adopted(world)
    Draft.objects.filter(pk=draft.pk).update(edited_by=world.people["registrar"])
    refused(publishing.adopt_draft, draft, by=world.people["registrar"], code="same_person")


def test_a_draft_without_another_authority_does_not_skip_the_public(world: World) -> None:
    draft = draft_in(world, "DRAFT", by="officer")
    refused(publishing.adopt_draft, draft, by=world.people["registrar"], code="not_adopted")
    refused(publishing.file_draft, draft, by=world.people["registrar"], code="wrong_state")


def test_the_long_way_from_a_company_to_a_version(world: World) -> None:
    draft = draft_in(world, "FILED")
    assert draft.method is not None
    assert published(draft.code) == draft.method
    assert draft.method.division == draft.division
    assert draft.method.document_no.startswith(f"{draft.division.adm6}-FF-")
    assert draft.notice is not None
    assert draft.notice.settled


def test_a_draft_with_the_office_is_changed_by_nobody(world: World) -> None:
    draft = draft_in(world, "SUBMITTED")
    refused(drafting.save_draft, draft, sheet=rides(title="改"), by=world.people["owner-maker"], code="draft_handed_in")


def test_three_experts_are_drawn_who_have_nothing_to_do_with_it(world: World) -> None:
    draft = draft_in(world, "SCREENING")
    refused(publishing.ask_experts, draft, by=world.people["reviewer"], code="too_few_experts")
    known = experts(world, 5)
    draft = publishing.ask_experts(draft, by=world.people["reviewer"])
    asked = set(draft.evaluations.values_list("expert", flat=True))
    assert len(asked) == publishing.PANEL
    assert asked <= {one.pk for one in known}


def test_the_panel_is_asked_and_the_author_told_what_to_change(world: World) -> None:
    draft = draft_in(world, "REVISION")
    told = {
        message.template: message.person for message in Message.objects.filter(template__startswith="methodologies.")
    }
    experts_told = Message.objects.filter(template="methodologies.evaluate").values_list("person", flat=True)
    assert set(experts_told) == set(draft.evaluations.values_list("expert", flat=True))
    assert told["methodologies.returned"] == world.people["owner-maker"]
    assert "methodologies.handed_in" in told


def test_an_expert_speaks_once_and_only_of_what_he_was_asked(world: World) -> None:
    draft = draft_in(world, "EVALUATION")
    asked = draft.evaluations.earliest("pk").expert
    publishing.evaluate_draft(draft, verdict="FIT", by=asked, reason="同意。")
    refused(publishing.evaluate_draft, draft, verdict="FIT", by=asked, reason="同意。", code="already_done")
    other = draft_in(world, "SUBMITTED")
    refused(
        publishing.evaluate_draft, other, verdict="FIT", by=asked, reason="同意。", code="forbidden",
        error=PermissionDenied,
    )  # fmt: skip


@pytest.mark.parametrize("verdicts", [(), ("UNFIT", "UNFIT"), ("REVISE", "REVISE")])
def test_no_public_notice_before_more_than_half_of_the_panel_agree(world: World, verdicts: tuple[str, ...]) -> None:
    draft = draft_in(world, "EVALUATION")
    if verdicts:
        evaluated(draft, *verdicts)
    refused(publishing.put_on_notice, draft, by=world.people["reviewer"], code="not_evaluated")


def test_a_revised_draft_goes_to_the_same_panel_again(world: World) -> None:
    draft = draft_in(world, "REVISION")
    first = set(draft.evaluations.filter(round=1).values_list("expert", flat=True))
    drafting.save_draft(draft, sheet=rides(title="共享单车出行（修改）"), by=world.people["owner-maker"])
    draft = drafting.submit_draft(draft, by=world.people["owner-maker"])
    assert (draft.state, draft.round) == (DraftState.EVALUATION, 2)
    assert set(draft.evaluations.filter(round=2).values_list("expert", flat=True)) == first
    assert set(draft.evaluations.filter(round=2).values_list("digest", flat=True)) == {draft.digest}


def comment(draft: Draft, system: User) -> objections.Objection:
    """Somebody from the public says something."""
    text = "每公里 0.05 kg 的依据没有写明是哪一年的调查，请补充出处。"
    assert draft.notice is not None
    return objections.file_objection(
        draft.notice, name="李青", contact="13800000001", text=text, by=system, key="comment-1"
    )


def answer(world: World, row: objections.Objection, *, right: bool) -> None:
    """Deal with a comment to its answer, each step by another person."""
    people = world.people
    objections.accept_objection(row, by=people["officer"])
    objections.investigate_objection(row, by=people["officer"])
    decide = objections.uphold_objection if right else objections.overrule_objection
    decide(row, by=people["reviewer-two"], reason="已核对。")
    objections.answer_objection(row, by=people["officer"], reason="出处见正文，已补充年份。")


def test_every_comment_is_answered_before_the_method_is_filed(world: World) -> None:
    draft = draft_in(world, "NOTICE")
    row, by = comment(draft, world.system), world.people["registrar"]
    refused(publishing.file_draft, draft, by=by, code="notice_running")
    notice_over(world, draft)
    refused(publishing.file_draft, draft, by=by, code="comment_open")
    answer(world, row, right=False)
    assert publishing.file_draft(draft, by=by).state == MethodState.PUBLISHED


def test_a_comment_that_is_right_sends_the_draft_back(world: World) -> None:
    draft = draft_in(world, "NOTICE")
    answer(world, comment(draft, world.system), right=True)
    notice_over(world, draft)
    refused(publishing.file_draft, draft, by=world.people["registrar"], code="comment_upheld")
    draft = publishing.return_draft(draft, by=world.people["reviewer"], reason="按意见补充出处")
    draft = drafting.submit_draft(draft, by=world.people["owner-maker"])
    assert (draft.state, draft.notice, draft.round) == (DraftState.EVALUATION, None, 2)


def test_who_put_it_on_notice_does_not_file_it(world: World) -> None:
    draft = draft_in(world, "NOTICE")
    notice_over(world, draft)
    Draft.objects.filter(pk=draft.pk).update(noticed_by=world.people["registrar"])
    refused(publishing.file_draft, draft, by=world.people["registrar"], code="same_person")


def test_a_rejected_draft_frees_its_version(world: World) -> None:
    draft = draft_in(world, "REJECTED")
    assert draft.state == DraftState.REJECTED
    assert published(draft.code) is None


def test_a_new_version_takes_the_place_of_the_old_one_which_stays_computable(world: World) -> None:
    old = Method.objects.get(code="GD-2022-002", version=2)
    by = world.people["officer"]
    draft = drafting.draft(old, adopted_from="省生态环境厅 某函〔2026〕2 号", by=by)
    assert (draft.number, draft.derived_from) == ("GD-2022-002-V03", old)
    refused(drafting.draft, old, adopted_from="另一件", by=by, code="method_known")
    new = publishing.adopt_draft(draft, by=world.people["registrar"])
    old.refresh_from_db()
    assert (old.state, old.ended_by) == (MethodState.SUPERSEDED, world.people["registrar"])
    assert published("GD-2022-002") == new
    assert published("GD-2022-002-V02") == old
    same = [quantify(one, {"generation_mwh": "1100"}, on=DAY).reduction_mg for one in (old, new)]
    assert same == [722_177_500_000] * 2


def test_a_method_is_repealed_by_the_place_that_filed_it(world: World) -> None:
    method = draft_in(world, "FILED").method
    assert method is not None
    refused(publishing.repeal_method, method, by=world.people["leader"], reason=" ", code="no_reason")
    publishing.repeal_method(method, by=world.people["leader"], reason="省厅公告 2026 年第 5 号废止")
    method.refresh_from_db()
    assert method.state == MethodState.REPEALED
    assert quantify(method, {"distance_km": "3"}, on=DAY).reduction_mg == 150_000
    catalogue = Method.objects.get(code="QD-2021-004")
    refused(
        publishing.repeal_method, catalogue, by=world.people["leader"], reason="废止", code="forbidden",
        error=PermissionDenied,
    )  # fmt: skip

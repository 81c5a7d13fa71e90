"""Guards of paper entered at the counter."""

from __future__ import annotations

import pytest

from tests.database.rows import again, person, refuses

FREE = {
    "name": "'另一个项目'",
    "meter_no": "'另一只表'",
    "acceptance_no": "NULL",
    "project_no": "NULL",
    "notice_id": "NULL",
}
DRAFT = again("projects_project", "capacity_kw = 1000", **FREE, state="'DRAFT'")
OFFICER, DEPUTY = person("officer"), person("leader")
BROUGHT = "UPDATE projects_project SET state = 'SUBMITTED' WHERE id = -1"


def entry(**values: str) -> str:
    """Return the SQL of a paper that somebody with no other part in the story entered into the draft."""
    row = {"id": "-1", "project_id": "-1", "scan_id": "(SELECT min(id) FROM accounts_attachment)"}
    row |= {
        "signed_by": "'罗村长'",
        "signed_on": "current_date",
        "entered_by_id": person("leader"),
        "entered_for_id": "NULL",
    }
    row |= {"entered_on": "current_date", "entered_at": "now()", **values}
    return f"INSERT INTO projects_counterentry ({', '.join(row)}) VALUES ({', '.join(row.values())})"


ENTERED = f"{DRAFT}; {entry()}"
ACTS = {
    "entry_has_scan": (f"{DRAFT}; {entry(scan_id='NULL')}",),
    "entry_is_signed": (
        f"{DRAFT}; {entry(signed_by=repr(''))}",
        f"{DRAFT}; {entry(signed_on='current_date + 1')}",
    ),
    "entry_append_only": (
        f"{ENTERED}; UPDATE projects_counterentry SET signed_by = '别人'",
        f"{ENTERED}; UPDATE projects_counterentry SET entered_by_id = {OFFICER}",
        f"{ENTERED}; DELETE FROM projects_counterentry",
    ),
    "entry_of_an_open_application": (
        entry(project_id="(SELECT id FROM projects_project WHERE capacity_kw = 1000)"),
        f"{ENTERED}; {BROUGHT}; {entry(id='-2')}",
    ),
    "project_paper_has_entry": (
        f"{DRAFT}; {BROUGHT}",
        # The paper of an earlier day is no paper for what is brought today.
        f"{DRAFT}; {entry(txid='1')}; {BROUGHT}",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])


def _step(verb: str, **who: str) -> str:
    """Return the SQL that says a step of the office was taken on the entered case, then touches the case."""
    told = again(
        "accounts_event", "verb = 'projects.accept' AND outcome = 'DONE'", object_id="-1", verb=f"'{verb}'", **who
    )
    return f"{told}; UPDATE projects_project SET due_on = due_on WHERE id = -1"


BLANK = "accepted_by_id = NULL, approved_by_id = NULL, registered_by_id = NULL"
BEFORE = f"{ENTERED}; {BROUGHT}; UPDATE projects_project SET {BLANK} WHERE id = -1"
SIGNED = (
    "INSERT INTO office_signoff (id, verb, object_type, object_id, object_label, division_id, state, opinion, drafted_by_id, "
    "drafted_at, review, sent_back, reviewed_by_id, signed_by_id) SELECT -1, 'projects.approve', 'projects.project', -1, 'x', "
    "division_id, 'DRAFTED', 'x', {drafted}, now(), '', '', NULL, NULL FROM projects_project WHERE id = -1; "
    "UPDATE office_signoff SET state = 'REVIEWED', reviewed_by_id = {reviewed} WHERE id = -1; "
    "UPDATE office_signoff SET state = 'SIGNED', signed_by_id = {signed} WHERE id = -1; "
    "UPDATE projects_project SET due_on = due_on WHERE id = -1"
)
OTHERS = {"drafted": person("reviewer"), "reviewed": person("registrar"), "signed": OFFICER}


@pytest.mark.django_db
def test_who_entered_a_case_takes_no_step_of_the_office_on_it() -> None:
    """By none of the columns, by no verb that leaves an event only, in nobody's name, and in no chain of three."""
    columns = ("accepted_by_id", "approved_by_id", "registered_by_id")
    refuses(
        "project_entered_by_another",
        *(f"{BEFORE}; UPDATE projects_project SET {one} = {DEPUTY} WHERE id = -1" for one in columns),
        f"{BEFORE}; {_step('projects.ask_correction', actor_id=DEPUTY)}",
        f"{BEFORE}; {_step('projects.reject', acted_for_id=DEPUTY)}",
        *(f"{BEFORE}; {SIGNED.format(**OTHERS | {one: DEPUTY})}" for one in OTHERS),
        f"{DRAFT}; {entry(entered_by_id=person('admin'), entered_for_id=OFFICER)}; {BROUGHT}; "
        f"UPDATE projects_project SET {BLANK} WHERE id = -1; UPDATE projects_project SET accepted_by_id = {OFFICER} WHERE id = -1",
        at_commit=True,
    )

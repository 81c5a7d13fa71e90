"""Guards of deputies, sign-off chains, cases in hand, phrases and filters."""

from __future__ import annotations

import pytest

from tests.database.rows import again, person, refuses

OFFICER, REVIEWER, REGISTRAR = person("officer"), person("reviewer"), person("registrar")
DECIDER = "(SELECT min(decided_by_id) FROM office_objection)"
CITY = "(SELECT id FROM accounts_division WHERE code = '9901')"


def _insert(table: str, row: dict[str, str]) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def deputy(**values: str) -> str:
    """Return the SQL that names the reviewer for the officer, ten days of 2030."""
    row = {"id": "-1", "absent_id": OFFICER, "deputy_id": REVIEWER, "division_id": CITY, "named_by_id": OFFICER}
    row |= {"from_on": "'2030-01-01'", "to_on": "'2030-01-10'", "reason": "'休假'", "named_at": "now()", **values}
    return _insert("accounts_deputy", row)


def chain(**values: str) -> str:
    """Return the SQL of a draft of the reviewer on case 1."""
    row = {"id": "-1", "verb": "'projects.approve'", "object_type": "'projects.project'", "object_id": "1"}
    row |= {"object_label": "'一件'", "division_id": CITY, "state": "'DRAFTED'", "opinion": "'拟同意'"}
    row |= {"drafted_by_id": REVIEWER, "drafted_at": "now()", "review": "''", "sent_back": "''", **values}
    return _insert("office_signoff", row)


def hand(**values: str) -> str:
    """Return the SQL that gives case 1 to the officer."""
    row = {"id": "-1", "object_type": "'projects.project'", "object_id": "1", "object_label": "'一件'"}
    row |= {"division_id": CITY, "assignee_id": OFFICER, "given_by_id": OFFICER, "given_at": "now()", "reason": "''"}
    return _insert("office_assignment", row | values)


def phrase(**values: str) -> str:
    """Return the SQL of a phrase of the officer's."""
    row = {"id": "-1", "title": "'齐'", "text": "'齐全'", "owner_id": OFFICER, "made_by_id": OFFICER, **values}
    return _insert("office_phrase", row)


def kept_filter(**values: str) -> str:
    """Return the SQL of a filter of the officer's."""
    row = {"id": "-1", "owner_id": OFFICER, "desk": "'a.b'", "title": "'屋顶'", "query": "'q=1'", **values}
    return _insert("office_savedfilter", row)


REVIEWED = f"{chain()}; UPDATE office_signoff SET state = 'REVIEWED', reviewed_by_id = {REGISTRAR}"
LATER = deputy(id="-2", deputy_id=REGISTRAR, from_on="'2030-01-10'", to_on="'2030-01-20'")
OFFICERS = {
    "deputy_is_another": (deputy(deputy_id=OFFICER),),
    "deputy_period": (deputy(to_on="'2029-12-31'"),),
    "deputy_one_at_a_time": (f"{deputy()}; {LATER}",),
    "deputy_append_only": (
        f"{deputy()}; UPDATE accounts_deputy SET to_on = '2031-01-01'",
        f"{deputy()}; UPDATE accounts_deputy SET deputy_id = {REGISTRAR}",
        f"{deputy()}; DELETE FROM accounts_deputy",
    ),
    "deputy_ended_once": (
        f"{deputy(ended_at='now()', ended_by_id=OFFICER)}; UPDATE accounts_deputy SET ended_at = NULL",
    ),
    "deputy_is_there": (
        f"{deputy()}; {deputy(id='-2', absent_id=REVIEWER, deputy_id=REGISTRAR)}",
        f"{deputy()}; {deputy(id='-2', absent_id=REGISTRAR, deputy_id=OFFICER)}",
    ),
    "assignment_one_hand": (f"{hand()}; {hand(id='-2', assignee_id=REVIEWER)}",),
    "assignment_append_only": (
        f"{hand()}; UPDATE office_assignment SET assignee_id = {REVIEWER}",
        f"{hand()}; DELETE FROM office_assignment",
    ),
    "assignment_ended_once": (f"{hand(ended_at='now()')}; UPDATE office_assignment SET ended_at = NULL",),
    "signoff_three_people": (
        f"{chain()}; UPDATE office_signoff SET state = 'REVIEWED', reviewed_by_id = {REVIEWER}",
        f"{chain()}; UPDATE office_signoff SET state = 'REVIEWED', reviewed_by_id = {OFFICER}, reviewed_for_id = {REVIEWER}",
        f"{chain(drafted_for_id=OFFICER)}; UPDATE office_signoff SET state = 'REVIEWED', reviewed_by_id = {OFFICER}",
        f"{REVIEWED}; UPDATE office_signoff SET state = 'SIGNED', signed_by_id = {REVIEWER}",
        f"{REVIEWED}; UPDATE office_signoff SET state = 'SIGNED', signed_by_id = {OFFICER}, signed_for_id = {REGISTRAR}",
    ),
    "signoff_steps_in_order": (
        f"{chain()}; UPDATE office_signoff SET state = 'REVIEWED'",
        f"{REVIEWED}; UPDATE office_signoff SET state = 'SIGNED'",
        f"{chain()}; UPDATE office_signoff SET signed_by_id = {OFFICER}",
        f"{chain()}; UPDATE office_signoff SET state = 'SENT_BACK', sent_back_by_id = {OFFICER}",
    ),
    "signoff_one_open": (f"{chain()}; {chain(id='-2', drafted_by_id=OFFICER)}",),
    "signoff_moves": (
        chain(state="'SIGNED'", reviewed_by_id=REGISTRAR, signed_by_id=OFFICER),
        f"{chain()}; UPDATE office_signoff SET state = 'SIGNED', reviewed_by_id = {REGISTRAR}, signed_by_id = {OFFICER}",
    ),
    "signoff_append_only": (
        f"{chain()}; UPDATE office_signoff SET opinion = '改写'",
        f"{chain()}; UPDATE office_signoff SET drafted_by_id = {OFFICER}",
        f"{chain()}; DELETE FROM office_signoff",
    ),
    "signoff_reviewed_once": (f"{REVIEWED}; UPDATE office_signoff SET reviewed_by_id = {OFFICER}",),
    "signoff_signed_once": (
        f"{REVIEWED}; UPDATE office_signoff SET state = 'SIGNED', signed_by_id = {OFFICER}; "
        f"UPDATE office_signoff SET signed_by_id = {person('admin')}",
    ),
    "phrase_of_one": (phrase(division_id=CITY), phrase(owner_id="NULL")),
    "saved_filter_once": (f"{kept_filter()}; {kept_filter(id='-2')}",),
}


@pytest.mark.django_db
@pytest.mark.parametrize("guard", OFFICERS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *OFFICERS[guard])


def _for_another(verb: str, absent: str, table: str, column: str) -> str:
    """Return the SQL that says a step had been taken for somebody, then touches the row it belongs to."""
    case = "(SELECT object_id FROM accounts_event WHERE id = -1)"
    told = again("accounts_event", f"verb = '{verb}' AND outcome = 'DONE'", acted_for_id=absent)
    return f"{told}; UPDATE {table} SET {column} = {column} WHERE id = {case}"


FOR_ANOTHER = {
    "project_approved_for_another": (
        _for_another("projects.accept", REVIEWER, "projects_project", "approved_by_id"),
        _for_another("projects.approve", OFFICER, "projects_project", "approved_by_id"),
    ),
    "project_registered_for_another": (
        _for_another("projects.register", REVIEWER, "projects_project", "registered_by_id"),
    ),
    "objection_decided_for_another": (
        _for_another("office.investigate_objection", DECIDER, "office_objection", "decided_by_id"),
    ),
    "period_issued_for_another": (
        _for_another("projects.approve_issue", REGISTRAR, "projects_monitoringperiod", "issued_by_id"),
    ),
    "retirement_second_officer_no_deputy": (
        _for_another("registry.review_retirement", person("leader"), "registry_retirement", "approved_by_id"),
        _for_another("registry.approve_retirement", REGISTRAR, "registry_retirement", "approved_by_id"),
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("guard", FOR_ANOTHER)
def test_refuses_for_another(guard: str) -> None:
    """Whoever acts for somebody is that somebody, too."""
    refuses(guard, *FOR_ANOTHER[guard], at_commit=True)

"""Guards of objections, and of the case that waits for them."""

from __future__ import annotations

import pytest

from tests.database.rows import again, refuses

PUBLISHER = "(SELECT published_by_id FROM office_notice n WHERE n.id = notice_id)"
ROOF = "capacity_kw = 1000"
# A project of its own on a notice that nobody has settled, with an objection nobody has answered.
NOTICE = again(
    "office_notice", f"id = (SELECT notice_id FROM projects_project WHERE {ROOF})", number="'X'", settled="false"
)


def filed(**values: str) -> str:
    """Return the SQL of an objection nobody has dealt with, to a notice of the key -1 unless said otherwise."""
    fresh = {"number": "'X-1'", "notice_id": "-1", "state": "'RECEIVED'", "outcome": "''"}
    nobody = dict.fromkeys(("accepted_by_id", "investigated_by_id", "decided_by_id"), "NULL")
    return again("office_objection", "true", **{**fresh, **nobody, **values})


OBJECTION = filed()
CASE = again(
    "projects_project",
    ROOF,
    name="'另一个项目'",
    meter_no="'另一只表'",
    acceptance_no="NULL",
    project_no="'P-X'",
    notice_id="-1",
    state="'DRAFT'",
)
ON_NOTICE = "; ".join(
    f"UPDATE projects_project SET state = '{state}' WHERE id = -1"
    for state in ("CONFIRMING", "SUBMITTED", "ACCEPTED", "PUBLIC_NOTICE")
)


def moved(*states: str) -> str:
    """Return the SQL that takes the objection along, with everything a state asks for."""
    more = {"UPHELD": ", outcome = 'UPHELD', findings = '属实', decided_by_id = (SELECT min(id) FROM accounts_user)"}
    more["NOT_UPHELD"] = more["UPHELD"].replace("'UPHELD'", "'NOT_UPHELD'")
    more["ANSWERED"] = ", answer = '已答复', answered_by_id = (SELECT min(id) FROM accounts_user)"
    return "; ".join(
        f"UPDATE office_objection SET state = '{state}'{more.get(state, '')} WHERE id = -1" for state in states
    )


def case_to(state: str, *objection: str) -> str:
    """Return the SQL of a case on notice with an objection in a state, which then is moved on."""
    walk = [NOTICE, OBJECTION, CASE, ON_NOTICE, *([moved(*objection)] if objection else [])]
    return "; ".join([*walk, f"UPDATE projects_project SET state = '{state}' WHERE id = -1"])


def objection(assignment: str) -> str:
    """Return the SQL that changes the story's objection, which is answered."""
    return f"UPDATE office_objection SET {assignment}"


ACTS = {
    "objection_moves": (
        f"""{NOTICE}; {filed(state="'ACCEPTED'")}""",
        objection("state = 'RECEIVED'"),
        objection("state = 'INVESTIGATING'"),
        f"{NOTICE}; {OBJECTION}; {moved('INVESTIGATING')}",
    ),
    "objection_as_filed": (
        objection("text = '没有异议'"),
        objection("code_blind = repeat('0', 64)"),
        objection("filed_on = filed_on - 1"),
        "DELETE FROM office_objection",
    ),
    "objection_in_time": (
        filed(notice_id="r.notice_id"),
        f"{NOTICE}; {filed(filed_on='r.filed_on + 40')}",
        f"{NOTICE}; {filed(filed_on='r.filed_on - 1')}",
    ),
    "objection_not_by_publisher": (
        objection(f"accepted_by_id = {PUBLISHER}"),
        objection(f"decided_by_id = {PUBLISHER}"),
        objection(f"answered_by_id = {PUBLISHER}"),
    ),
    "objection_decided_by_another": (objection("investigated_by_id = decided_by_id"),),
    "objection_decided_says_what": (objection("findings = ''"), objection("outcome = ''")),
    "objection_answered_says_what": (objection("answer = ''"), objection("answered_by_id = NULL")),
    "objection_person_is_sealed": (objection("name_sealed = '郑明远'"), objection("contact_sealed = '13800000042'")),
    "objection_paper_append_only": (
        "INSERT INTO office_objectionpaper (id, objection_id, attachment_id) VALUES (-1, "
        "(SELECT min(id) FROM office_objection), (SELECT min(id) FROM accounts_attachment)); "
        "DELETE FROM office_objectionpaper",
    ),
    "project_waits_for_objections": (
        case_to("REGISTERED"),
        case_to("REJECTED"),
        case_to("REGISTERED", "ACCEPTED", "INVESTIGATING", "NOT_UPHELD"),
        case_to("REGISTERED", "ACCEPTED", "INVESTIGATING", "UPHELD", "ANSWERED"),
        case_to("REJECTED", "ACCEPTED", "INVESTIGATING", "UPHELD"),
        case_to("REJECTED", "ACCEPTED", "INVESTIGATING", "NOT_UPHELD", "ANSWERED"),
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])

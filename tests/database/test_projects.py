"""Guards of applications, monitored periods and their data."""

from __future__ import annotations

import pytest

from tests.database.rows import again, refuses

FREE = {
    "name": "'另一个项目'",
    "meter_no": "'另一只表'",
    "acceptance_no": "NULL",
    "project_no": "NULL",
    "notice_id": "NULL",
}
# A period of 2024 that nobody has handed in yet.
DRAFT_PERIOD = again(
    "projects_monitoringperiod",
    "vintage = 2025",
    state="'DRAFT'",
    vintage="2024",
    starts_on="'2024-03-01'",
    ends_on="'2024-04-30'",
)
MONTH = (
    "INSERT INTO projects_powermonth (period_id, month, energy_kwh, samples, clipped, missing, complete) "
    "VALUES ({period}, '{month}', {kwh}, 0, 0, 0, true)"
)
ISSUED = "(SELECT min(id) FROM projects_monitoringperiod WHERE state = 'ISSUED' AND id > 0)"


def set_project(assignment: str) -> str:
    return f"UPDATE projects_project SET {assignment} WHERE capacity_kw = 1000"


def set_period(assignment: str) -> str:
    return f"UPDATE projects_monitoringperiod SET {assignment} WHERE vintage = 2025"


def step(state: str) -> str:
    return f"UPDATE projects_monitoringperiod SET state = '{state}' WHERE id = -1"


SAME_METER = (
    set_project("state = 'REVOKED'")
    + "; "
    + again("projects_project", "capacity_kw = 1000", **{**FREE, "meter_no": "r.meter_no"}, state="'DRAFT'")
)
OTHERS_PERIOD = again(
    "projects_monitoringperiod",
    "vintage = 2025",
    state="'DRAFT'",
    project_id="-1",
    starts_on="'2025-12-31'",
    claimed_mg="1",
    verified_mg="1",
)
IN_REVIEW = "; ".join(
    (
        again("projects_project", "capacity_kw = 1000", **FREE, state="'DRAFT'"),
        *(
            f"UPDATE projects_project SET state = '{state}' WHERE id = -1"
            for state in ("CONFIRMING", "SUBMITTED", "ACCEPTED")
        ),
    )
)
LETTER = (
    "INSERT INTO projects_opinionletter (id, number, project_id, addressee, question, sent_on, due_on, state, reply, created_at, "
    "ended_on, ended_by_id) "
    "VALUES (-1, 'X', {project}, '林业局', '是否占用林地', now(), now(), '{state}', '', now(), now(), "
    "(SELECT min(id) FROM accounts_user))"
)
ASKED = f"{IN_REVIEW}; {LETTER.format(project=-1, state='WAITING')}"
ENDED = "ended_on = now(), ended_by_id = (SELECT min(id) FROM accounts_user)"
LETTERS = {
    "letter_moves": (
        f"{IN_REVIEW}; {LETTER.format(project=-1, state='LAPSED')}",
        f"{ASKED}; UPDATE projects_opinionletter SET state = 'LAPSED', {ENDED}; "
        "UPDATE projects_opinionletter SET state = 'WAITING'",
    ),
    "letter_as_sent": (
        f"{ASKED}; UPDATE projects_opinionletter SET question = '另一个问题'",
        f"{ASKED}; UPDATE projects_opinionletter SET due_on = due_on + 1",
        f"{ASKED}; DELETE FROM projects_opinionletter",
    ),
    "letter_of_a_case_in_review": (
        LETTER.format(project="(SELECT id FROM projects_project WHERE capacity_kw = 1000)", state="WAITING"),
    ),
    "letter_ended_says_what": (
        f"{ASKED}; UPDATE projects_opinionletter SET state = 'ANSWERED', {ENDED}",
        f"{ASKED}; UPDATE projects_opinionletter SET state = 'LAPSED', ended_on = NULL",
        f"{ASKED}; UPDATE projects_opinionletter SET state = 'LAPSED', ended_by_id = NULL",
    ),
    "project_waits_for_letters": (
        f"{ASKED}; UPDATE projects_project SET state = 'PUBLIC_NOTICE' WHERE id = -1",
        f"{ASKED}; UPDATE projects_project SET state = 'REJECTED' WHERE id = -1",
    ),
}
DECISION = (
    "INSERT INTO projects_decision (id, number, project_id, kind, facts, article, review_body, review_days, court, suit_months, "
    "service_method, served_to, served_on, issuer, decided_by_id, decided_on, decided_at) VALUES (-1, 'X', "
    "(SELECT id FROM projects_project WHERE capacity_kw = 1000), 'REVOKED', {facts}, {article}, {body}, 60, {court}, {months}, 'POST', "
    "{to}, {on}, '局', (SELECT min(id) FROM accounts_user), current_date, now())"
)
WHOLE = {
    "facts": "'x'",
    "article": "'第一条'",
    "body": "'政府'",
    "court": "'法院'",
    "months": "6",
    "to": "'王'",
    "on": "current_date",
}
DECISIONS = {
    "decision_is_whole": tuple(
        DECISION.format(**{**WHOLE, **gap})
        for gap in (
            *({name: "''"} for name in ("facts", "article", "body", "court", "to")),
            {"months": "0"},
            {"on": "current_date - 1"},
        )
    ),
    "decision_append_only": (
        f"{DECISION.format(**WHOLE)}; UPDATE projects_decision SET facts = 'y'",
        f"{DECISION.format(**WHOLE)}; DELETE FROM projects_decision",
    ),
}
PROJECTS = {
    "project_confirmed_by_another": (set_project("confirmed_by_id = submitted_by_id"),),
    "project_approved_by_another": (set_project("approved_by_id = accepted_by_id"),),
    "project_registered_by_another": (set_project("registered_by_id = approved_by_id"),),
    "project_name_once_per_owner": (again("projects_project", "true", **{**FREE, "name": "r.name"}, state="'DRAFT'"),),
    "project_meter_once": (again("projects_project", "true", **{**FREE, "meter_no": "r.meter_no"}, state="'DRAFT'"),),
    "project_capacity_positive": (set_project("capacity_kw = 0"), set_project("capacity_kw = -1")),
    "project_crediting_period": (
        set_project("crediting_to = crediting_from"),
        set_project("crediting_from = commissioned_on - 1"),
    ),
    "project_registered_has_number": (set_project("project_no = NULL"), set_project("registered_by_id = NULL")),
    "project_moves": (
        again("projects_project", "true", **FREE, state="'ACCEPTED'"),
        set_project("state = 'DRAFT'"),
        set_project("state = 'PUBLIC_NOTICE'"),
    ),
}
PERIODS = {
    "period_no_overlap": (
        again("projects_monitoringperiod", "vintage = 2025", state="'DRAFT'", starts_on="r.ends_on"),
        again("projects_monitoringperiod", "vintage = 2025", state="'DRAFT'", ends_on="r.starts_on"),
    ),
    "period_in_one_year": (
        set_period("vintage = 2024"),
        set_period("ends_on = ends_on + 1"),
        set_period("starts_on = starts_on - 1"),
    ),
    "period_confirmed_by_another": (set_period("confirmed_by_id = applied_by_id"),),
    "period_verifier_is_not_issuer": (set_period("issued_by_id = verified_by_id"),),
    "period_reviewer_is_not_issuer": (set_period("issued_by_id = approved_by_id"),),
    "period_verified_by_another": (set_period("verified_by_id = submitted_by_id"),),
    "period_verifier_is_not_reviewer": (set_period("approved_by_id = verified_by_id"),),
    "period_verified_not_above_claim": (set_period("verified_mg = claimed_mg + 1"), set_period("claimed_mg = NULL")),
    "period_verified_says_how_much": (set_period("verified_mg = NULL"), set_period("verified_by_id = NULL")),
    "period_meter_counted_once": (
        # A project of the same meter after the first was revoked, and a period of it that shares one day with a counted one.
        f"{SAME_METER}; {OTHERS_PERIOD}; {step('VERIFYING')}; {step('VERIFIED')}",
        f"{SAME_METER}; {OTHERS_PERIOD}; {step('VERIFYING')}; "
        f"UPDATE projects_monitoringperiod SET starts_on = '2024-01-01', ends_on = '2024-12-31', vintage = 2024 WHERE id = -1; "
        f"{step('VERIFIED')}; UPDATE projects_monitoringperiod SET starts_on = '2025-12-31', ends_on = '2025-12-31', "
        "vintage = 2025 WHERE id = -1",
    ),
    "period_issued_is_whole": (
        set_period("carry_mg = 1000000000"),
        set_period("issued_t = -1"),
        set_period("issued_by_id = NULL"),
        set_period("issued_t = NULL"),
        set_period("carry_mg = NULL"),
    ),
    "period_moves": (
        DRAFT_PERIOD.replace("'DRAFT'", "'APPROVED'"),
        set_period("state = 'DRAFT'"),
        set_period("state = 'APPROVED'"),
    ),
    "power_month_once": (
        f"{DRAFT_PERIOD}; {MONTH.format(period=-1, month='2024-03-01', kwh=1)}; "
        f"{MONTH.format(period=-1, month='2024-03-01', kwh=2)}",
    ),
    "power_month_not_negative": (
        f"{DRAFT_PERIOD}; {MONTH.format(period=-1, month='2024-03-01', kwh='-0.0000000001')}",
    ),
    "power_month_frozen": (
        "UPDATE projects_powermonth SET energy_kwh = energy_kwh + 1",
        "DELETE FROM projects_powermonth",
        MONTH.format(period=ISSUED, month="2015-01-01", kwh=1),
        f"{DRAFT_PERIOD}; UPDATE projects_powermonth SET period_id = -1",
        f"{DRAFT_PERIOD}; {MONTH.format(period=-1, month='2024-03-01', kwh=1)}; "
        f"UPDATE projects_powermonth SET period_id = {ISSUED} WHERE period_id = -1",
    ),
    "quantification_append_only": (
        "UPDATE projects_quantification SET reduction_mg = reduction_mg + 1",
        "UPDATE projects_quantification SET inputs = '{}'",
        "DELETE FROM projects_quantification",
    ),
}
ACTS = PROJECTS | PERIODS | LETTERS | DECISIONS


@pytest.mark.django_db
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])


@pytest.mark.django_db
def test_nothing_is_refused_without_a_decision() -> None:
    """The trigger looks when everything of the verb is written."""
    other = DECISION.format(**WHOLE).replace("'REVOKED'", "'REJECTED'")
    revoked = set_project("state = 'REVOKED'")
    refuses("project_refused_has_decision", revoked, f"{revoked}; {other}", at_commit=True)

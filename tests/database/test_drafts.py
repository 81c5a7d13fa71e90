"""Guards of drafts of methods, of what experts say of them, and of methods that were repealed."""

from __future__ import annotations

import pytest

from tests.database.rows import again, person, refuses

OFFICER, SECOND = person("officer"), person("registrar")
METHOD = "(SELECT min(id) FROM methodologies_method)"
COMPANY = "(SELECT min(id) FROM accounts_organisation)"
EXPERTS = tuple(person(username) for username in ("verifier", "buyer-maker", "buyer-checker"))
FILED = f"state = 'FILED', method_id = {METHOD}, filed_by_id = {SECOND}"
WAY = ("SUBMITTED", "SCREENING", "EVALUATION")


def draft(**values: str) -> str:
    """Return the SQL of a draft the officer wrote."""
    row = {"id": "-1", "code": "'DM-2026-099'", "version": "1", "title": "'x'", "sheet": "'{}'", "document": "''"}
    row |= {"digest": "''", "division_id": "(SELECT min(id) FROM accounts_division)", "adopted_from": "''"}
    row |= {"state": "'DRAFT'", "round": "1", "drafted_by_id": OFFICER, "edited_by_id": OFFICER, "edited_at": "now()"}
    row |= values
    return f"INSERT INTO methodologies_draft ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def change(values: str) -> str:
    """Return the SQL that changes it."""
    return f"UPDATE methodologies_draft SET {values} WHERE id = -1"


def moved(*states: str, **values: str) -> str:
    """Return the SQL that takes it along states."""
    return "; ".join((draft(**values), *(change(f"state = '{state}'") for state in states)))


def evaluation(expert: str = EXPERTS[0], **values: str) -> str:
    """Return the SQL of an expert asked about it."""
    row = {"draft_id": "-1", "expert_id": expert, "round": "1", "digest": "''", "asked_at": "now()"}
    row |= {"verdict": "''", "text": "''", **values}
    return f"INSERT INTO methodologies_evaluation ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def given(*verdicts: str) -> str:
    """Return the SQL of a panel that has spoken."""
    told = {"text": "'x'", "given_at": "now()"}
    return "; ".join(
        evaluation(expert, verdict=f"'{verdict}'", **told) for expert, verdict in zip(EXPERTS, verdicts, strict=False)
    )


SPOKEN = "; ".join((evaluation(), "UPDATE methodologies_evaluation SET verdict = 'FIT', text = 'x', given_at = now()"))
ON_NOTICE = "; ".join((moved(*WAY), given("FIT", "FIT", "FIT"), change("state = 'NOTICE'")))
REPEALED = "UPDATE methodologies_method SET state = 'REPEALED', ended_at = now()"
ACTS = {
    "draft_version_once": (f"{draft()}; {draft(id='-2')}",),
    "draft_filed_by_another": (
        f"{draft(adopted_from=repr('x'))}; {change(FILED.replace(SECOND, OFFICER))}",
        f"{draft(adopted_from=repr('x'))}; {change(FILED)}, noticed_by_id = {SECOND}".replace(
            f" WHERE id = -1, noticed_by_id = {SECOND}", f", noticed_by_id = {SECOND} WHERE id = -1"
        ),
    ),
    "draft_filed_is_a_method": (
        f"{draft(adopted_from=repr('x'))}; {change('state = ' + repr('FILED'))}",
        draft(method_id=METHOD),
    ),
    "draft_adopted_is_the_bureaus": (draft(adopted_from="'x'", developer_id=COMPANY),),
    "draft_moves": (draft(state="'SUBMITTED'"), moved("SCREENING"), moved("SUBMITTED", "NOTICE")),
    "draft_text_stays": (
        f"{moved('SUBMITTED')}; {change('title = ' + repr('y'))}",
        f"{moved('SUBMITTED')}; {change('digest = ' + repr('y'))}",
        f"{moved('SUBMITTED')}; {change('edited_by_id = ' + SECOND)}",
    ),
    "draft_evaluated": (
        moved(*WAY, "NOTICE"),
        f"{moved(*WAY)}; {given('FIT', 'FIT')}; {change('state = ' + repr('NOTICE'))}",
        f"{moved(*WAY)}; {given('FIT', 'REVISE', 'UNFIT')}; {change('state = ' + repr('NOTICE'))}",
        f"{moved(*WAY)}; {given('FIT', 'FIT')}; {evaluation(EXPERTS[2])}; {change('state = ' + repr('NOTICE'))}",
    ),
    "draft_waits_for_comments": (f"{ON_NOTICE}; {change(FILED)}",),
    "draft_adopted_says_from": (f"{draft()}; {change(FILED)}",),
    "evaluation_once": (f"{draft()}; {evaluation()}; {evaluation()}",),
    "evaluation_says_what": (
        f"{draft()}; {evaluation(given_at='now()')}",
        f"{draft()}; {evaluation(verdict=repr('FIT'))}",
        f"{draft()}; {evaluation(verdict=repr('FIT'), given_at='now()')}",
    ),
    "evaluation_stays": (
        f"{draft()}; {evaluation()}; UPDATE methodologies_evaluation SET digest = 'x'",
        f"{draft()}; {evaluation()}; DELETE FROM methodologies_evaluation",
    ),
    "evaluation_given_once": (
        f"{draft()}; {SPOKEN}; UPDATE methodologies_evaluation SET given_at = now() + interval '1 day'",
    ),
    "evaluation_not_ones_own": (
        f"{draft()}; {evaluation(OFFICER)}",
        f"{draft(developer_id='(SELECT organisation_id FROM accounts_rolegrant WHERE user_id = ' + EXPERTS[1] + ')')}; "
        f"{evaluation(EXPERTS[1])}",
    ),
    "period_method_in_use": (
        f"{REPEALED}; " + again(
            "projects_monitoringperiod", "vintage = 2025 AND claim_id IS NULL", state="'DRAFT'",
            starts_on="DATE '2027-01-01'", ends_on="DATE '2027-12-31'", vintage="2027",
        ),
    ),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])


@pytest.mark.django_db
def test_refuses_who_wrote_it_in_anothers_name() -> None:
    """The officer writes for the registrar, whose deputy the officer is; the registrar cannot be the second."""
    told = (
        "INSERT INTO accounts_event (verb, outcome, code, said, actor_id, actor_name, acted_for_id, object_type, object_id, "
        "object_label, from_state, to_state, reason, data, business_at, real_at, door, request_id) "
        f"VALUES ('methodologies.save_draft', 'DONE', '', '', {OFFICER}, 'x', {SECOND}, 'methodologies.draft', -1, "
        "'x', '', '', '', '{}', now(), now(), 'task', '')"
    )
    act = "; ".join((draft(adopted_from="'x'"), told, change(FILED)))
    refuses("draft_filed_for_another", act, at_commit=True)

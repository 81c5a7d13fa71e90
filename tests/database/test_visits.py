"""Guards of visits on site and their photos."""

from __future__ import annotations

import pytest

from tests.database.rows import again, person, refuses
from tests.database.test_projects import IN_REVIEW

OFFICER, REVIEWER, OTHER = person("officer"), person("reviewer"), person("reviewer-two")
SHA = "repeat('a', 64)"


def _insert(table: str, row: dict[str, str]) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def visit(**values: str) -> str:
    """Return the SQL of a visit to the case in review by officer and reviewer."""
    row = {"id": "-1", "number": "'X'", "project_id": "-1", "visited_at": "now()", "visited_by_id": OFFICER}
    row |= {
        "second_id": REVIEWER,
        "latitude": "30.1",
        "longitude": "103.2",
        "place_source": "'PHONE'",
        "findings": "'相符'",
    }
    row |= {"result": "'AGREES'", "state": "'WAITING'", "disagreement": "''", "received_at": "now()", **values}
    return _insert("projects_sitevisit", row)


def photo(**values: str) -> str:
    """Return the SQL of a photo of the visit."""
    row = {"id": "-1", "visit_id": "-1", "kept_id": "(SELECT min(id) FROM accounts_attachment)", "sent_sha256": SHA}
    row |= {"latitude": "30.1", "longitude": "103.2", "position_source": "'EXIF'", "taken_at": "now()"}
    row |= {"taken_source": "'PHONE'", **values}
    return _insert("projects_visitphoto", row)


def end(state: str = "CONFIRMED", **values: str) -> str:
    """Return the SQL that ends the visit."""
    row = {"state": f"'{state}'", "confirmed_by_id": REVIEWER, "confirmed_at": "now()", **values}
    return (
        f"UPDATE projects_sitevisit SET {', '.join(f'{name} = {value}' for name, value in row.items())} WHERE id = -1"
    )


THERE = f"{IN_REVIEW}; {visit()}"
SEEN = f"{THERE}; {photo()}"
ACTS = {
    "visit_by_two_people": (f"{IN_REVIEW}; {visit(second_id=OFFICER)}",),
    "visit_says_where_and_what": (
        f"{IN_REVIEW}; {visit(latitude='90.000001')}",
        f"{IN_REVIEW}; {visit(longitude='-180.5')}",
        f"{IN_REVIEW}; {visit(place_source=repr('EXIF'))}",
        f"{IN_REVIEW}; {visit(findings=repr(''))}",
    ),
    "visit_ended_by_the_second": (
        f"{SEEN}; {end(confirmed_by_id=OFFICER)}",
        f"{SEEN}; {end(confirmed_by_id=OTHER)}",
        f"{SEEN}; {end(confirmed_by_id='NULL')}",
        f"{SEEN}; {end(confirmed_at='NULL')}",
        f"{SEEN}; {end('DISPUTED')}",
        f"{SEEN}; {end(disagreement=repr('不对'))}",
        f"{SEEN}; {end('WAITING')}",
    ),
    "visit_moves": (f"{IN_REVIEW}; {visit(state=repr('CONFIRMED'), confirmed_by_id=REVIEWER, confirmed_at='now()')}",),
    "visit_as_recorded": (
        f"{SEEN}; UPDATE projects_sitevisit SET findings = '改写'",
        f"{SEEN}; UPDATE projects_sitevisit SET latitude = 31",
        f"{SEEN}; UPDATE projects_sitevisit SET second_id = {OTHER}",
        f"{THERE}; DELETE FROM projects_sitevisit",
    ),
    "visit_stays": (
        f"{SEEN}; {end()}; UPDATE projects_sitevisit SET confirmed_at = now() + interval '1 day'",
        f"{SEEN}; {end('DISPUTED', disagreement=repr('不对'))}; UPDATE projects_sitevisit SET disagreement = '又不对'",
    ),
    "visit_of_a_case_in_review": (visit(project_id="(SELECT id FROM projects_project WHERE capacity_kw = 1000)"),),
    "visit_photo_once": (f"{SEEN}; {photo(id='-2')}",),
    "visit_photo_has_place": (
        f"{THERE}; {photo(position_source=repr('TYPED'))}",
        f"{THERE}; {photo(taken_source=repr('TYPED'))}",
        f"{THERE}; {photo(latitude='-91')}",
    ),
    "visit_photo_append_only": (
        f"{SEEN}; UPDATE projects_visitphoto SET latitude = 31",
        f"{SEEN}; DELETE FROM projects_visitphoto",
    ),
    "visit_photo_of_its_visit": (f"{IN_REVIEW}; {visit(txid='1')}; {photo()}",),
}


@pytest.mark.django_db
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])


@pytest.mark.django_db
def test_no_visit_without_a_photo() -> None:
    """The trigger looks when everything of the verb is written."""
    refuses("visit_has_photos", THERE, at_commit=True)


@pytest.mark.django_db
def test_who_recorded_it_for_somebody_is_that_somebody() -> None:
    """Recorded in the reviewer's name, it is not the reviewer who confirms."""
    told = {"object_type": "'projects.sitevisit'", "object_id": "-1", "verb": "'projects.record_visit'"}
    record = again(
        "accounts_event",
        "verb = 'projects.accept' AND outcome = 'DONE'",
        actor_id=OFFICER,
        acted_for_id=REVIEWER,
        **told,
    )
    refuses("visit_confirmed_for_another", f"{SEEN}; {record}; {end()}", at_commit=True)

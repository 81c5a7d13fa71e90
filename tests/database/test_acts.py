"""Guards of uploads, acts, keys, refusals and carbon accounts."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from scenarios.models import Act, Citizen, Upload
from tests import riding
from tests.database.rows import again, refuses

ACT = "(SELECT id FROM scenarios_act LIMIT 1)"
UPLOAD = "(SELECT max(id) FROM scenarios_upload WHERE state = 'SETTLED')"
WAITING = "(SELECT max(id) FROM scenarios_upload WHERE state = 'RECEIVED')"
CITIZEN = "(SELECT citizen_id FROM scenarios_act LIMIT 1)"


def act(**changed: str) -> str:
    """Return the SQL that adds an act of row 7 of the waiting file, on the day of the one there is."""
    values = {
        "id": f"{WAITING} * 16777216 + 7",
        "on_day": "(SELECT on_day FROM scenarios_act LIMIT 1)",
        "citizen_id": CITIZEN,
        "upload_id": WAITING,
        "started_at": "'2026-01-01T08:00Z'",
        "ended_at": "'2026-01-01T08:10Z'",
        "amount_millionths": "1000000",
        "saved_mg": "193000",
        **changed,
    }
    return f"INSERT INTO scenarios_act ({', '.join(values)}) VALUES ({', '.join(values.values())})"


ACTS: dict[str, tuple[str, ...]] = {
    "act_amounts": (act(saved_mg="-1"), act(amount_millionths="-1"), act(ended_at="'2026-01-01T08:00Z'")),
    "act_is_of_its_upload": (act(id="7"), act(id=f"({WAITING} + 1) * 16777216")),
    "act_append_only": (
        f"UPDATE scenarios_act SET saved_mg = 1 WHERE id = {ACT}",
        f"DELETE FROM scenarios_act WHERE id = {ACT}",
    ),
    "act_of_an_open_account": (
        f"UPDATE scenarios_citizen SET state = 'CLOSED', closed_at = now() WHERE id = {CITIZEN}; {act()}",
        act(citizen_id="-5"),
        act(id=f"{UPLOAD} * 16777216 + 7", upload_id=UPLOAD),
    ),
    "act_key_append_only": ("UPDATE scenarios_actkey SET act_id = 1", "DELETE FROM scenarios_actkey"),
    "refusal_append_only": ("UPDATE scenarios_refusal SET code = 'overlap'", "DELETE FROM scenarios_refusal"),
    "refusal_is_of_its_upload": (
        f"INSERT INTO scenarios_refusal (id, upload_id, row, code) VALUES (7, {WAITING}, 7, 'overlap')",
    ),
    "carbon_account_not_negative": (
        f"UPDATE scenarios_carbonaccount SET balance_mg = -1 WHERE citizen_id = {CITIZEN}",
    ),
    "carbon_account_closed": (
        f"UPDATE scenarios_citizen SET state = 'CLOSED', closed_at = now() WHERE id = {CITIZEN}; "
        f"UPDATE scenarios_carbonaccount SET balance_mg = balance_mg + 1 WHERE citizen_id = {CITIZEN}",
    ),
    "upload_adds_up": (
        f"UPDATE scenarios_upload SET state = 'SETTLED', sent = 3, accepted = 1, refused = 1, saved_mg = 1, settled_at = now() "
        f"WHERE id = {WAITING}",
        f"UPDATE scenarios_upload SET state = 'SETTLED' WHERE id = {WAITING}",
    ),
    "upload_method_in_use": (
        "UPDATE methodologies_method SET state = 'REPEALED', ended_at = now(); "
        + again("scenarios_upload", f"id = {WAITING}"),
    ),
    "upload_moves": (f"UPDATE scenarios_upload SET state = 'RECEIVED' WHERE id = {UPLOAD}",),
    "upload_stays": (
        f"UPDATE scenarios_upload SET mapping = '{{}}' WHERE id = {WAITING}",
        f"DELETE FROM scenarios_upload WHERE id = {WAITING}",
    ),
    "upload_settled_once": (
        f"UPDATE scenarios_upload SET accepted = accepted - 1, refused = refused + 1 WHERE id = {UPLOAD}",
    ),
}


@pytest.fixture(scope="module")
def settled(module_world: World) -> None:
    """One act counted, one row refused, and another file that waits."""
    one = riding.historic()
    partner = riding.platform(module_world, scenes=[one])
    riding.rider(module_world, "anna", (partner, one), since=riding.ago(days=9))
    start = riding.ago(days=2)
    riding.settled(partner, one, riding.ride("anna", "t1", start), riding.ride("anna", "t2", start))
    riding.send(partner, one, riding.csv_of())


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """Whoever asks, the database refuses, by this guard and no other."""
    assert (Act.objects.count(), Upload.objects.count(), Citizen.objects.count()) == (1, 2, 1)
    refuses(guard, *ACTS[guard])

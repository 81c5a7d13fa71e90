"""Guards of the book of points."""

from __future__ import annotations

import pytest

from carbon_portal.story import World
from rewards.models import PointAccount
from tests.database.rows import again, refuses
from tests.shopping import citizen, closed, gain, settled

pytestmark = pytest.mark.django_db


def _into(table: str, row: dict[str, str]) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def _entry(**values: str) -> str:
    """Return the SQL of an entry with the number -1."""
    row = {"id": "-1", "account_id": "(SELECT min(id) FROM rewards_pointaccount)", "kind": "'CREDIT'", "points": "5"}
    row |= {"debt_points": "0", "reason": "''", "key": "'k'", "business_at": "now()", "real_at": "now()"}
    return _into("rewards_pointentry", {**row, **values})


def _lot(**values: str) -> str:
    row = {"id": "-1", "account_id": "(SELECT min(id) FROM rewards_pointaccount)", "points": "5", "left_points": "5"}
    row |= {"source": "'REFUND'", "expires_on": "current_date + 300", "opened_at": "now()"}
    return _into("rewards_pointlot", {**row, **values})


def _leg(**values: str) -> str:
    return _into("rewards_pointleg", {"entry_id": "-1", "lot_id": "-1", "points": "5", **values})


GAINED = "UPDATE rewards_pointaccount SET balance_points = balance_points + 5"
TAKEN = (
    "UPDATE rewards_pointlot SET left_points = left_points - 5;"
    "UPDATE rewards_pointaccount SET balance_points = balance_points - 5"
)
OLD_LOT = "(SELECT min(id) FROM rewards_pointlot)"
NEW_LOT = "(SELECT max(id) FROM rewards_pointlot)"
OLD_ENTRY = "(SELECT min(id) FROM rewards_pointentry)"
SPENT = {"kind": "'SPEND'", "points": "-5"}
IN_THREE_YEARS = {"business_at": "now() + interval '3 years'"}
EXPIRED = {"kind": "'EXPIRE'", "points": "-5"}
WAITING_FILE = again("scenarios_upload", "true", state="'RECEIVED'")

ACTS = {
    "point_rule_once": (again("rewards_pointrule", "true"),),
    "point_rule_amounts": tuple(
        again("rewards_pointrule", "true", valid_from="'2030-01-01'", **{name: value})
        for name, value in (
            ("points_per_kg", "0"),
            ("expiry_months", "121"),
            ("expiry_months", "0"),
            ("daily_cap", "0"),
        )
    ),
    "point_rule_append_only": ("UPDATE rewards_pointrule SET points_per_kg = 1000", "DELETE FROM rewards_pointrule"),
    "point_account_not_negative": (
        "UPDATE rewards_pointaccount SET balance_points = -1",
        "UPDATE rewards_pointaccount SET debt_points = 1",
        "UPDATE rewards_pointaccount SET balance_points = 0, debt_points = -1",
    ),
    "point_account_stays": (
        "UPDATE rewards_pointaccount SET citizen_id = citizen_id + 1",
        "DELETE FROM rewards_pointaccount",
    ),
    "point_account_adds_up": (
        "UPDATE rewards_pointaccount SET balance_points = balance_points + 1",
        "UPDATE rewards_pointaccount SET balance_points = 0, debt_points = 7",
    ),
    "points_run_append_only": ("UPDATE rewards_pointsrun SET at = now()", "DELETE FROM rewards_pointsrun"),
    "points_run_of_a_settled_file": (f"{WAITING_FILE}; {again('rewards_pointsrun', 'true', upload_id='-1')}",),
    "point_day_once": (again("rewards_pointday", "true"),),
    "point_day_within_earned": (
        again("rewards_pointday", "true", on_day="'2020-01-01'", points="r.earned_points + 1"),
        again("rewards_pointday", "true", on_day="'2020-01-01'", points="-1"),
    ),
    "point_day_append_only": ("UPDATE rewards_pointday SET points = 0", "DELETE FROM rewards_pointday"),
    "point_lot_left_over": (
        "UPDATE rewards_pointlot SET left_points = -1",
        "UPDATE rewards_pointlot SET left_points = points + 1",
    ),
    "point_lot_from_a_file": (_lot(source="'UPLOAD'"),),
    "point_lot_stays": (
        "UPDATE rewards_pointlot SET expires_on = expires_on + 1",
        "UPDATE rewards_pointlot SET points = points + 1",
        "DELETE FROM rewards_pointlot",
    ),
    "point_lot_adds_up": ("UPDATE rewards_pointlot SET left_points = left_points - 1",),
    "point_entry_once": (again("rewards_pointentry", "true"),),
    "point_entry_sign": (
        _entry(points="-5"),
        _entry(kind="'SPEND'"),
        _entry(debt_points="1"),
        _entry(**SPENT, debt_points="-1"),
    ),
    "point_entry_append_only": ("UPDATE rewards_pointentry SET points = 999", "DELETE FROM rewards_pointentry"),
    "point_entry_adds_up": (_entry(),),
    "point_entry_of_an_open_account": (f"{_entry()}; {_lot()}; {_leg()}; {GAINED}",),
    "point_leg_once": (f"{_entry()}; {_lot()}; {GAINED}; {_leg(points='2')}; {_leg(points='3')}",),
    "point_leg_append_only": ("UPDATE rewards_pointleg SET points = 999", "DELETE FROM rewards_pointleg"),
    # An entry of another transaction; a leg against the sign of its entry.
    "point_leg_of_its_entry": (
        f"{_entry(txid='1')}; {_lot()}; {GAINED}; {_leg()}",
        f"{_entry()}; {_lot(points='9', left_points='9')}; {GAINED}; {_leg(points='9')}; {_leg(lot_id=OLD_LOT, points='-4')}",
    ),
    # Spent three years later, and expired years too early.
    "point_leg_in_time": (
        f"{_entry(**SPENT, **IN_THREE_YEARS)}; {TAKEN}; {_leg(lot_id=OLD_LOT, points='-5')}",
        f"{_entry(**EXPIRED)}; {TAKEN}; {_leg(lot_id=OLD_LOT, points='-5')}",
    ),
    "point_leg_adds_up": (_leg(entry_id=OLD_ENTRY, lot_id=NEW_LOT),),
}
AT_COMMIT = {"point_account_adds_up", "point_lot_adds_up", "point_entry_adds_up", "point_leg_adds_up"}


@pytest.fixture(scope="module")
def account(module_world: World) -> PointAccount:
    """An account that gained twice."""
    account = gain(module_world, citizen(module_world), 50)
    gain(module_world, account.citizen, 60)
    return account


@pytest.mark.parametrize("guard", ACTS)
def test_refuses(module_world: World, account: PointAccount, guard: str) -> None:
    """The owner of the database cannot make, move or keep a point either."""
    if guard == "point_entry_of_an_open_account":
        closed(account.citizen)
    if guard == "points_run_of_a_settled_file":
        settled(module_world, (account.citizen, 10**6, 1))
    refuses(guard, *ACTS[guard], at_commit=guard in AT_COMMIT)

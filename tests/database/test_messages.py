"""Guards of messages, their ways out, the morning digest, and how people are told."""

from __future__ import annotations

import pytest

from tests.database.rows import again, person, refuses

OFFICER = person("officer")


def _insert(table: str, row: dict[str, str]) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def message(**values: str) -> str:
    """Return the SQL that tells the officer of case 1."""
    row = {"id": "-1", "person_id": OFFICER, "template": "'office.assigned'", "language": "'zh-hans'", "sms": "''"}
    row |= {"subject": "'一件'", "text": "'一件分派给了您'", "link": "''", "object_type": "'projects.project'"}
    row |= {"object_id": "1", "object_label": "'一件'", "occasion": "'event 1'", "action_required": "true"}
    return _insert("office_message", row | {"necessary": "true", "written_at": "now()"} | values)


def delivery(**values: str) -> str:
    """Return the SQL of the message and its way out by e-mail."""
    row = {
        "id": "-1",
        "message_id": "-1",
        "channel": "'EMAIL'",
        "state": "'WAITING'",
        "attempts": "0",
        "last_error": "''",
    }
    return f"{message()}; {_insert('office_delivery', row | {'next_at': 'now()'} | values)}"


def digest(**values: str) -> str:
    """Return the SQL of a morning without work."""
    row = {"id": "-1", "person_id": OFFICER, "on_day": "'2030-01-07'", "waiting": "0", "overdue": "0", "soon": "0"}
    return _insert("office_digest", row | values)


SENT = f"{delivery()}; UPDATE office_delivery SET state = 'SENT', sent_at = now()"
GUARDS = {
    "message_once": (
        f"{message()}; {message(id='-2')}",
        f"{message(person_id='NULL')}; {message(id='-2', person_id='NULL')}",
    ),
    "message_due_is_asked": (message(action_required="false", due_on="'2030-01-07'"),),
    "message_as_told": (
        f"{message()}; UPDATE office_message SET text = '改写'",
        f"{message()}; UPDATE office_message SET person_id = {person('reviewer')}",
        f"{message()}; DELETE FROM office_message WHERE id = -1",
    ),
    "message_read_once": (f"{message(read_at='now()')}; UPDATE office_message SET read_at = NULL",),
    "message_settled_once": (f"{message(settled_at='now()')}; UPDATE office_message SET settled_at = NULL",),
    "delivery_once": (f"{delivery()}; {again('office_delivery', 'id = -1', id='-2')}",),
    "delivery_sent_says_when": (
        f"{delivery()}; UPDATE office_delivery SET state = 'SENT'",
        delivery(sent_at="now()"),
    ),
    "delivery_moves": (
        delivery(state="'SENT'", sent_at="now()"),
        f"{SENT}; UPDATE office_delivery SET state = 'WAITING', sent_at = NULL",
    ),
    "delivery_stays": (
        f"{delivery()}; UPDATE office_delivery SET channel = 'SMS'",
        f"{delivery()}; DELETE FROM office_delivery",
    ),
    "digest_once": (f"{digest()}; {digest(id='-2')}",),
    "digest_of_work": (digest(waiting="2"), f"{message()}; {digest(message_id='-1')}"),
    "reach_phone_is_sealed": (
        f"INSERT INTO accounts_reach (id, user_id, language, email_on, phone) VALUES (-1, {OFFICER}, 'en', true, '13800138000')",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("guard", GUARDS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *GUARDS[guard])

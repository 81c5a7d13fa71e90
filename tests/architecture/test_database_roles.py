"""The application's role of the database cannot rewrite the books, the events or the log."""

from __future__ import annotations

from typing import Any

import psycopg.errors
import pytest
from django.db import ProgrammingError, connection, transaction

from accounts.triggers import AppendOnly
from tests.architecture.names import our_models

# Tables written once. What may change in the others is for their triggers to say.
WRITTEN_ONCE = sorted(
    model._meta.db_table
    for model in our_models()
    for trigger in getattr(model._meta, "triggers", ())
    if isinstance(trigger, AppendOnly) and not trigger.may_change
)
BOOKS = sorted({*WRITTEN_ONCE, "registry_block", "registry_series"})
NEVER_DELETED = [
    "accounts_roleproposal",
    "accounts_secondfactorreset",
    "certificates_certificate",
    "office_notice",
    "office_objection",
    "projects_monitoringperiod",
    "projects_opening",
    "projects_opinionletter",
    "projects_project",
    "projects_sitevisit",
    "registry_deed",
    "registry_fraudcase",
    "registry_freeze",
    "registry_holdingaccount",
    "registry_pledge",
    "registry_retirement",
    "registry_seat",
    "registry_transfer",
    "registry_venueorder",
    "registry_venuereport",
    "trading_agreement",
    "trading_bankmessage",
    "trading_cashinstruction",
    "trading_neutralevent",
]


def _ask(question: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchone()[0]


def _forbidden(statement: str) -> None:
    with pytest.raises(ProgrammingError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert isinstance(refusal.value.__cause__, psycopg.errors.InsufficientPrivilege), statement


@pytest.mark.django_db
def test_the_portal_works_as_the_application_role() -> None:
    """Every session takes it; it owns nothing and makes nothing."""
    assert _ask("SELECT current_user") == "portal_app"
    assert (
        _ask(
            "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        is False
    )
    assert _ask("SELECT count(*) FROM pg_class WHERE relowner = 'portal_app'::regrole") == 0
    assert _ask("SELECT has_schema_privilege('portal_app', 'public', 'CREATE')") is False


def test_the_books_are_known() -> None:
    """The list below is made from the triggers; these must be on it whatever happens to them."""
    assert {"registry_journal", "registry_batch", "accounts_event", "certificates_logleaf"} <= set(WRITTEN_ONCE)


@pytest.mark.django_db
@pytest.mark.parametrize("table", BOOKS)
def test_a_book_cannot_be_rewritten(table: str) -> None:
    """Neither by grant nor when it is tried; only who closed a block may be filled in."""
    for right in ("DELETE", "TRUNCATE", "UPDATE"):
        assert _ask("SELECT has_table_privilege('portal_app', %s, %s)", table, right) is False
    columns = _ask(
        "SELECT coalesce(array_agg(attname::text), '{}') FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
        "AND has_column_privilege('portal_app', attrelid, attnum, 'UPDATE')",
        table,
    )
    assert columns == (["closed_by_id"] if table == "registry_block" else [])
    with connection.cursor() as cursor:
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 2", [table])
        column = cursor.fetchone()[0]
    _forbidden(f"UPDATE {table} SET {column} = {column}")
    _forbidden(f"DELETE FROM {table}")
    _forbidden(f"TRUNCATE {table} CASCADE")


@pytest.mark.django_db
@pytest.mark.parametrize("table", NEVER_DELETED)
def test_cases_and_orders_are_never_deleted(table: str) -> None:
    """They move to an end state instead."""
    _forbidden(f"DELETE FROM {table}")


@pytest.mark.django_db
def test_no_table_can_be_emptied() -> None:
    """TRUNCATE fires no row trigger, so the role must not have it anywhere."""
    question = (
        "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
        "AND has_table_privilege('portal_app', oid, 'TRUNCATE, REFERENCES, TRIGGER')"
    )
    assert _ask(question) == 0

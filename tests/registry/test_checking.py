"""The proof of the books finds what somebody with the owner's password took out of them, and then nothing is issued."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from carbon_portal.story import World
from office.models import Message
from registry.models import Batch, Block, Journal
from registry.services import issuing
from registry.services.checking import check_books
from tests.refusals import refused
from tests.stages import period_in
from tests.worlds import as_owner


def remove(statement: str, *values: Any) -> None:
    """Write past every trigger and foreign key."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_the_books_of_the_story_are_in_order(world: World) -> None:
    assert check_books().differences == []


@pytest.mark.parametrize("state", ["AVAILABLE", "RETIRED"])
def test_a_block_removed_by_the_owner_of_the_table_is_missed_and_stops_issuing(world: World, state: str) -> None:
    waiting = period_in(world, "APPROVED")
    block = Block.objects.open().filter(state=state, batch=world.periods["yearly"].batch).latest("pk")
    remove("DELETE FROM registry_block WHERE id = %s", block.pk)
    assert f"batch {block.batch_id}: issued 722" in check_books().differences[0]
    refused(issuing.issue, waiting, by=world.people["registrar"], code="books_differ")
    with pytest.raises(CommandError, match="核账有差异"):
        call_command("check_books")


def test_administrators_and_registrars_are_told_of_a_difference_and_can_look_at_it(world: World) -> None:
    assert not Message.objects.filter(template="registry.books_differ").exists()
    block = Block.objects.open().filter(state="AVAILABLE").latest("pk")
    remove("DELETE FROM registry_block WHERE id = %s", block.pk)
    check_books()
    told = Message.objects.filter(template="registry.books_differ").select_related("person")
    assert (
        {"admin", "registrar"}
        <= {message.person.username for message in told if message.person}
        <= {"admin", "registrar"}
    )
    for message in told:
        client = Client()
        client.force_login(message.person)
        assert "issued 722" in client.get(message.link).content.decode()


def test_a_closed_block_removed_by_the_owner_of_the_table_is_missed_by_its_journal(world: World) -> None:
    block = Block.objects.filter(closed_by__kind="TRANSFER").latest("pk")
    remove("DELETE FROM registry_block WHERE id = %s", block.pk)
    journals = (block.opened_by_id, block.closed_by_id)
    assert set(check_books().differences) == {f"journal {journal} does not balance" for journal in journals}


def test_an_issued_period_without_its_batch_is_missed(world: World) -> None:
    """Batch, blocks and journal of the meter's one tonne are gone without a trace but the period's."""
    period = world.periods["meter"]
    batch = period.batch
    for table, column, key in (
        ("registry_block", "batch_id", batch.pk),
        ("registry_batch", "id", batch.pk),
        ("registry_journal", "id", batch.journal_id),
    ):
        remove(f"DELETE FROM {table} WHERE {column} = %s", key)
    assert (Batch.objects.count(), Journal.objects.filter(pk=batch.journal_id).exists()) == (1, False)
    assert check_books().differences == [f"period {period.pk}: issued 1 t, no batch"]


def test_a_period_of_less_than_a_tonne_needs_no_batch(world: World) -> None:
    period_in(world, "ISSUED", mwh="1")
    assert check_books().differences == []

"""The setting by which a session could step round every guard is without effect."""

from __future__ import annotations

from django.db import connection

from accounts.models import Event
from carbon_portal.story import World
from tests.guards import refused


def test_no_session_can_set_a_guard_aside(world: World) -> None:
    before = list(Event.objects.order_by("pk").values_list("pk", "reason"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', array_agg(tgname)::text, true) FROM pg_trigger")
        with refused("event_append_only"):
            cursor.execute("UPDATE accounts_event SET reason = '改过'")
    assert list(Event.objects.order_by("pk").values_list("pk", "reason")) == before


def test_the_question_costs_nothing_at_a_row(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc, provolatile FROM pg_proc WHERE proname = '_pgtrigger_should_ignore'")
        assert cursor.fetchall() == [("SELECT false", "i")]

"""Rows read and written straight are the rows the querysets read and write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model

from accounts.direct import add, ask, read
from accounts.models import Event, Organisation, RoleGrant, User
from accounts.roles import Role
from accounts.services.people import end_role, grant_role
from kernel import clock
from registry.models import Batch, Block, HoldingAccount, Journal, Venue
from tests.worlds import World

READ = [Event, RoleGrant, User, Block, HoldingAccount, Journal, Batch]


def _columns(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.mark.parametrize("model", READ, ids=lambda model: model.__name__)
def test_a_row_read_straight_is_the_row_of_the_queryset(model: Any, world: World) -> None:
    wanted = list(model._base_manager.order_by("pk")[:50])
    assert wanted
    found = read(model, "WHERE t.id = ANY(%s) ORDER BY t.id", [[row.pk for row in wanted]])
    assert list(map(_columns, found)) == list(map(_columns, wanted))
    assert not any(row._state.adding or row.get_deferred_fields() for row in found)


def test_relations_are_read_along_and_an_empty_one_is_none(world: World, django_assert_num_queries: Any) -> None:
    wanted = {grant.pk: (grant.user, grant.division) for grant in RoleGrant.objects.select_related("user", "division")}
    assert {division for _user, division in wanted.values()} > {None}
    with django_assert_num_queries(1):
        found = read(RoleGrant, "WHERE t.id > %s", [0], also=("user", "division"))
        assert {grant.pk: (grant.user, grant.division) for grant in found} == wanted
    assert {str(grant.user) for grant in found} == {str(user) for user, _division in wanted.values()}


def test_a_row_added_straight_has_the_defaults_of_its_model(world: World) -> None:
    by = world.people["registrar"]
    with transaction.atomic():
        row = add(Journal, kind="TRANSFER", by=by)
        kept = Journal.objects.get(pk=row.pk)
        assert _columns(row) == _columns(kept)
        assert (kept.kind, kept.by, kept.reason) == ("TRANSFER", by, "")
        assert kept.txid > 0
        assert abs(clock.now() - kept.business_at).total_seconds() < 60
        assert (row._state.adding, row._state.db) == (False, "default")
        transaction.set_rollback(True)  # no journal without its legs


def test_values_that_need_their_field_go_through_it(world: World) -> None:
    data = {"吨": 7, "list": [1, None]}
    row = add(
        Event, verb="x", outcome="DONE", data=data, business_at=clock.now(), real_at=clock.now(), door="api", ip="::1"
    )
    kept = Event.objects.get(pk=row.pk)
    assert (kept.data, kept.ip, kept.actor, kept.object_id, kept.said) == (data, "::1", None, None, "")


def test_what_is_no_column_is_refused_before_anything_is_written(world: World) -> None:
    before = Event.objects.count()
    with pytest.raises(TypeError, match="colour"):
        add(Event, verb="x", colour="green")
    assert Event.objects.count() == before


def test_the_database_refuses_what_it_refuses_of_a_queryset(world: World) -> None:
    venue = Organisation.objects.earliest("pk")
    with pytest.raises(IntegrityError, match="not-null"):
        add(Venue, organisation=venue, approved_by="市政府", approval_no="1", approved_on=None, opened_by=world.system)


def test_lines_come_as_they_are_asked(world: World) -> None:
    assert ask("SELECT count(*), %s::text FROM accounts_user WHERE id = ANY(%s)", ["甲", []]) == [(0, "甲")]


def test_the_grants_of_a_signed_request_are_those_in_force_in_its_organisation(world: World) -> None:
    person, owner = world.people["owner-maker"], world.organisations["owner"]
    other = Organisation.objects.exclude(pk=owner.pk).earliest("pk")
    grant_role(person, Role.MAKER, organisation=other, by=world.system)
    ended = grant_role(person, Role.PARTNER, organisation=owner, by=world.system)
    end_role(ended, by=world.people["security"], reason="离职")
    add(RoleGrant, user=person, organisation=owner, role=Role.VENUE, valid_from=clock.now() + timedelta(days=1))
    for acting_for, roles in ((owner.pk, {Role.MAKER}), (other.pk, {Role.MAKER}), (0, set())):
        person.acting_for = acting_for
        assert {grant.role for grant in person.grants_held()} == roles
        assert set(person.grants_held()) == set(person.grants_now())
    person.acting_for = None
    assert set(person.grants_held()) == set(person.grants_now())

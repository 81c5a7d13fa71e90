"""Lists ask the database as often for many rows as for few: what a page needs of a row comes with the row."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from carbon_portal.story import World
from office.services import clock
from projects.states import PeriodState
from registry.models import Batch, Transfer
from registry.states import OrderState, RetirementState
from tests.stages import period_in, project_in, retirement_in, transfer_in
from tests.trading.stages import agreement_in

PROJECTS = ("SUBMITTED", "ACCEPTED", "PUBLIC_NOTICE")
PERIODS = ("DRAFT", "VERIFYING", "APPLIED", "APPROVED", "ISSUED")
TRANSFERS, RETIREMENTS = ("CONFIRMING", "OFFERED", "COMPLETED"), ("CONFIRMING", "PENDING", "RETIRED")
AGREEMENTS = ("CONFIRMING", "OFFERED", "AWAITING_PAYMENT")
ROUNDS, MOST = 6, 30


def one_more_of_everything(world: World, number: int) -> None:
    """Add a project, a week's period and an order in every state somebody waits for, the periods to one project."""
    for state in PROJECTS:
        project_in(world, state, name=f"{number} 号{state}屋顶光伏项目", meter_no=f"9901-PV-{number}-{state}")
    for at, state in enumerate(PERIODS):
        first = date(2024, 1, 1) + timedelta(weeks=number * len(PERIODS) + at)
        period_in(world, state, starts_on=first, ends_on=first + timedelta(days=6), mwh="9")
    for state in TRANSFERS:
        transfer_in(world, state, 1)
    for state in RETIREMENTS:
        retirement_in(world, state, 1)
    for state in AGREEMENTS:
        agreement_in(world, state, 1)


def pages(world: World) -> dict[str, list[str]]:
    """Return the addresses to look at, by who looks; the orders hold one block at first and many in the end."""
    yearly = world.projects["yearly"]
    period, batch = world.periods["yearly"], Batch.objects.filter(series__project=yearly).earliest("pk")
    ledger = f"/registry/projects/{yearly.project_no}/"
    holder = [
        "/owner/holdings/",
        "/owner/agreements/",
        "/api/v1/agreements",
        "/owner/transfers/new/",
        "/api/v1/transfers",
        "/api/v1/retirements",
        "/api/v1/holdings",
    ]
    owner = ["/owner/", f"/owner/projects/{yearly.pk}/", f"/owner/periods/{period.pk}/", *holder]
    desks = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
    ]
    office = ["/manage/", *desks]
    return {
        "": [
            "/",
            "/notices/",
            "/registry/",
            "/registry/?q=屋顶",
            ledger,
            f"{ledger}batches/{batch.pk}.csv",
            "/methods/",
        ],
        "owner-maker": owner,
        "owner-checker": owner,
        "buyer-maker": holder,
        "verifier": ["/verifier/", f"/verifier/periods/{period.pk}/"],
        "admin": office,
        "officer": office,
        "reviewer": office,
        "registrar": office,
    }


def asked(world: World, *, opened_before: bool = False) -> dict[tuple[str, str], int]:
    """Return how many queries each page takes when it is opened the second time, by who looks; a desk by who first may.

    ``opened_before``: this process has opened every page once, so what it remembers is known; a visitor's first page is opened
    twice all the same.
    """
    numbers: dict[tuple[str, str], int] = {}
    for who, paths in pages(world).items():
        client = Client()
        if who:
            client.force_login(world.people[who])
        seen = {path for _who, path in numbers if path.startswith("/manage/")}
        for at, path in enumerate(path for path in paths if path not in seen):
            if (at == 0 or not opened_before) and _read(client.get(path)) != 200:
                continue
            with CaptureQueriesContext(connection) as queries:
                status = _read(client.get(path))
            if status == 200:
                numbers[who, path] = len(queries)
    return numbers


def _read(answer: Any) -> int:
    assert b"".join(answer) or answer.status_code != 200
    return int(answer.status_code)


@pytest.fixture(autouse=True)
def _clock_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the clock is asked again in the middle of a page."""
    monkeypatch.setattr(clock, "FRESH_S", math.inf)


def test_many_rows_take_as_many_queries_as_few(world: World) -> None:
    one_more_of_everything(world, 0)
    few = asked(world)
    for number in range(1, ROUNDS):
        one_more_of_everything(world, number)
    many = asked(world, opened_before=True)
    assert few.keys() == many.keys()
    assert {page: (few[page], many[page]) for page in few if many[page] != few[page]} == {}
    assert {page: queries for page, queries in many.items() if queries > MOST} == {}


def test_an_order_of_many_blocks_takes_as_many_queries_as_one_of_a_single_block(world: World) -> None:
    for number in range(ROUNDS):
        first = date(2024, 1, 1) + timedelta(weeks=number)
        period_in(world, PeriodState.ISSUED, starts_on=first, ends_on=first + timedelta(days=6), mwh="9")
    client = Client()
    client.force_login(world.people["owner-maker"])
    everything = 423 + ROUNDS * 5
    for small, large in (
        (transfer_in(world, OrderState.OFFERED, 1), transfer_in(world, OrderState.OFFERED, everything - 20)),
        (retirement_in(world, RetirementState.PENDING, 1), retirement_in(world, RetirementState.PENDING, 15)),
    ):
        name = "transfer" if isinstance(small, Transfer) else "retirement"
        numbers = []
        for order in (small, large):
            client.get(reverse(name, args=[order.pk]))
            with CaptureQueriesContext(connection) as queries:
                page = client.get(reverse(name, args=[order.pk])).content.decode()
            numbers.append((page.count('class="serial"'), len(queries)))
        assert numbers[0][0] == 1 < numbers[1][0]
        assert numbers[0][1] == numbers[1][1]

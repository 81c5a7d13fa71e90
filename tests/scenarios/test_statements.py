"""Personal reduction certificates: what is counted, frozen, drawn and checked."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pikepdf
from django.test import Client

from carbon_portal.story import World
from certificates import facts
from certificates.models import Certificate, LogLeaf
from certificates.services import certificates
from certificates.services.certificates import render_waiting
from certificates.services.log import seal
from certificates.states import Kind
from kernel import clock
from scenarios.models import PersonalStatement
from scenarios.services.statements import certificates_of, certify
from tests.certificates import reading
from tests.citizens import OTHER, registered, rider, rides, verified
from tests.refusals import forbidden, refused

SHANGHAI = ZoneInfo("Asia/Shanghai")


def days_ago(days: int, hour: int = 8) -> datetime:
    day = clock.today() - timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def test_a_certificate_states_the_days_the_acts_and_the_grams(world: World) -> None:
    citizen, _partner = rider(world, [(days_ago(40), 20, 5_200), (days_ago(3), 20, 1_001), (days_ago(2), 9, 999)])
    statement = certify(citizen, starts_on=days_ago(40).date(), ends_on=days_ago(3).date(), by=citizen.user)
    mg = 1_003_600 + 193_193
    assert (statement.acts, statement.saved_mg) == (2, mg)
    certificate = certificates_of(citizen)[0]
    assert (certificate.kind, certificate.holder_name) == (Kind.PERSONAL, "林*华")
    snapshot = certificate.snapshot
    assert (snapshot["acts"], snapshot["saved_mg"], snapshot["person"]) == (2, mg, "林*华")
    assert snapshot["methods"] == ["QD-2021-004-V01 低碳出行碳普惠方法学（电动助力单车）"]
    assert sum(int(month.split()[1]) for month in snapshot["months"]) == mg
    assert LogLeaf.objects.filter(kind="certificate", subject=certificate.number).exists()


def test_what_is_shown_is_cut_at_the_gram_and_never_more_than_counted() -> None:
    assert facts.kilograms_floored(1_196_793) == "1.196 kg"
    assert facts.kilograms_floored(999_999) == "0.999 kg"
    assert facts.kilograms_floored(1_678_017_656) == "1,678.017 kg"


def test_both_days_count_and_they_are_the_riders(world: World) -> None:
    late, early = days_ago(5, 23), days_ago(4, 1)
    citizen, _partner = rider(world, [(late, 20, 2_000), (early, 20, 3_000)])
    whole = certify(citizen, starts_on=late.date(), ends_on=early.date(), by=citizen.user)
    one = certify(citizen, starts_on=early.date(), ends_on=early.date(), by=citizen.user)
    assert (whole.acts, one.acts, one.saved_mg) == (2, 1, 579_000)


def test_an_empty_reversed_or_future_range_is_refused(world: World) -> None:
    citizen, _partner = rider(world)
    today = clock.today()
    for code, starts_on, ends_on in (
        ("statement_empty", date(2020, 1, 1), date(2020, 1, 31)),
        ("bad_range", today, today - timedelta(days=1)),
        ("bad_range", today, today + timedelta(days=1)),
    ):
        refused(certify, citizen, starts_on=starts_on, ends_on=ends_on, by=citizen.user, code=code)
    waiting = registered(OTHER[0])
    refused(certify, waiting, starts_on=today, ends_on=today, by=waiting.user, code="not_verified")


def test_the_same_days_are_certified_again_only_when_something_was_added(world: World) -> None:
    citizen, partner = rider(world)
    span = {"starts_on": clock.today() - timedelta(days=9), "ends_on": clock.today()}
    certify(citizen, **span, by=citizen.user)
    refused(certify, citizen, **span, by=citizen.user, code="already_awarded")
    rides(partner, [(days_ago(5), 20, 2_000)])
    certify(citizen, **span, by=citizen.user)
    assert [certificate.snapshot["acts"] for certificate in certificates_of(citizen)] == [2, 1]


def test_nobody_certifies_for_somebody_else(world: World) -> None:
    citizen, _partner = rider(world)
    other = verified(*OTHER)
    forbidden(certify, citizen, starts_on=clock.today(), ends_on=clock.today(), by=other.user)
    assert not PersonalStatement.objects.exists()


def test_the_sheet_is_one_upright_page_and_the_public_page_says_what_it_is(world: World, client: Client) -> None:
    citizen, _partner = rider(world)
    certify(citizen, starts_on=clock.today() - timedelta(days=30), ends_on=clock.today(), by=citizen.user)
    seal()
    render_waiting()
    certificate = Certificate.objects.get(kind=Kind.PERSONAL)
    with certificate.pdf.open("rb") as file, pikepdf.open(BytesIO(file.read())) as drawn:
        assert len(drawn.pages) == 1
        width, height = (round(float(side)) for side in drawn.pages[0].mediabox[2:])
        assert (width, height) == (595, 842)
    page = client.get(certificate.get_absolute_url()).content.decode()
    for said in ("个人减排证书", "林*华", "1.003 kg", "1 次", "QD-2021-004-V01", "不是可交易的减排量"):
        assert said in page
    assert "林晓华" not in page
    assert re.search("有效，与登记簿一致", page)


def test_a_drawing_is_the_same_every_time(world: World) -> None:
    citizen, _partner = rider(world)
    certify(citizen, starts_on=clock.today() - timedelta(days=30), ends_on=clock.today(), by=citizen.user)
    certificate = Certificate.objects.get(kind=Kind.PERSONAL)
    assert reading.text(certificates.render(certificate)) == reading.text(certificates.render(certificate))

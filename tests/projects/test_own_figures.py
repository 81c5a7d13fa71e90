"""The verifier's own figure: kept with its file, compared with the claim, and a difference beyond materiality stops the verification."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from accounts.models import Attachment, Event
from accounts.services.attachments import keep_file
from carbon_portal.story import World
from office.models import Profile
from projects.models import MonitoringPeriod, OwnFigure, Quantification
from projects.services import periods
from projects.services.own_figures import enter_own_figure
from tests.gathering import claim_period_in, claimed, gathering, scene_project
from tests.refusals import forbidden, nothing_changed, refused
from tests.stages import kept, period_in, readings
from tests.workbooks import Workbook
from tests.worlds import last_event

CLAIMED_MG = 59_087_250_000  # 90 MWh
LIMIT_MG = 2_954_362_500  # five hundredths of it


@pytest.fixture
def period(world: World) -> MonitoringPeriod:
    return period_in(world, "VERIFYING")


def computed(world: World, period: MonitoringPeriod, figure_mg: int, who: str = "verifier") -> OwnFigure:
    return enter_own_figure(period, figure_mg=figure_mg, file=work(world), by=world.people[who], reason="电子表格")


def work(world: World) -> Attachment:
    return keep_file(world.organisations["verifier"], ContentFile(b"1,2", name="own.csv"), by=world.people["verifier"])


def signed_in(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.people[who], settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.mark.parametrize("difference", [0, LIMIT_MG, -LIMIT_MG])
def test_a_figure_within_five_hundredths_is_kept_and_the_claim_verified(
    world: World, period: MonitoringPeriod, difference: int
) -> None:
    own = computed(world, period, CLAIMED_MG + difference)
    assert (own.portal_mg, own.difference_mg, own.limit_percent) == (CLAIMED_MG, difference, Decimal(5))
    event = last_event()
    assert (event.verb, event.data["figure_mg"], event.data["beyond"]) == (
        "projects.enter_own_figure",
        CLAIMED_MG + difference,
        False,
    )
    assert periods.verify(period, by=world.people["verifier"]).state == "VERIFIED"


@pytest.mark.parametrize("difference", [LIMIT_MG + 1, -LIMIT_MG - 1])
def test_a_milligram_beyond_is_kept_too_and_stops_the_verification(
    world: World, period: MonitoringPeriod, difference: int
) -> None:
    own = computed(world, period, CLAIMED_MG + difference)
    assert own.beyond
    assert last_event().data["beyond"] is True
    refused(periods.verify, period, by=world.people["verifier"], code="beyond_materiality")
    lower = min(CLAIMED_MG, CLAIMED_MG + difference)
    refused(periods.verify, period, by=world.people["verifier"], verified_mg=lower, code="beyond_materiality")


def test_a_corrected_figure_takes_the_place_of_the_first_and_both_stay(world: World, period: MonitoringPeriod) -> None:
    computed(world, period, 1)
    computed(world, period, CLAIMED_MG)
    assert [own.figure_mg for own in period.own_figures.order_by("pk")] == [1, CLAIMED_MG]
    assert periods.verify(period, by=world.people["verifier"]).state == "VERIFIED"


def test_a_report_put_right_is_compared_with_the_new_claim(world: World, period: MonitoringPeriod) -> None:
    people = world.people
    computed(world, period, CLAIMED_MG // 2)
    period = periods.ask_rectification(period, by=people["verifier"], reason="三月读数与结算单不符")
    period = periods.enter_readings(period, readings=readings(period, Decimal(45)), by=people["owner-maker"])
    period = periods.submit_report(period, by=people["owner-maker"])
    assert periods.verify(period, by=people["verifier"]).verified_mg == CLAIMED_MG // 2


def test_a_figure_that_fitted_the_old_claim_does_not_pass_the_new_one(world: World, period: MonitoringPeriod) -> None:
    people = world.people
    computed(world, period, CLAIMED_MG)
    period = periods.ask_rectification(period, by=people["verifier"], reason="三月读数与结算单不符")
    period = periods.enter_readings(period, readings=readings(period, Decimal(45)), by=people["owner-maker"])
    period = periods.submit_report(period, by=people["owner-maker"])
    refused(periods.verify, period, by=people["verifier"], code="beyond_materiality")


def test_the_profile_says_how_far_is_too_far(world: World, period: MonitoringPeriod) -> None:
    Profile.objects.filter(pk=period.project.profile_id).update(materiality_percent=Decimal("0.50"))
    own = computed(world, MonitoringPeriod.objects.get(pk=period.pk), CLAIMED_MG + LIMIT_MG)
    assert (own.limit_percent, own.beyond, own.difference_percent) == (Decimal("0.50"), True, Decimal(5))


def test_a_claim_of_nothing_has_no_percentage(world: World) -> None:
    period = period_in(world, "VERIFYING", mwh="0")
    own = computed(world, period, 1)
    assert (own.portal_mg, own.difference_percent, own.beyond) == (0, None, True)


def test_only_the_commissioned_verifier_while_it_verifies(world: World, period: MonitoringPeriod) -> None:
    file, people = work(world), world.people
    told = {"figure_mg": CLAIMED_MG, "file": file}
    for who in ("owner-maker", "owner-checker", "officer", "reviewer"):
        forbidden(enter_own_figure, period, by=people[who], **told)
    theirs = {"figure_mg": CLAIMED_MG, "file": kept(world, b"1,2")}
    refused(enter_own_figure, period, by=people["verifier"], code="not_yours", **theirs)
    MonitoringPeriod.objects.filter(pk=period.pk).update(submitted_by=people["verifier"])
    refused(enter_own_figure, period, by=people["verifier"], code="same_person", **told)
    MonitoringPeriod.objects.filter(pk=period.pk).update(submitted_by=people["owner-maker"])
    verified = periods.verify(period, by=people["verifier"])
    refused(enter_own_figure, verified, by=people["verifier"], code="wrong_state", **told)


def test_the_verifier_s_page_takes_the_figure_and_shows_the_difference(world: World, period: MonitoringPeriod) -> None:
    client, address = signed_in(world, "verifier"), reverse("verifier-period", args=[period.pk])
    door = reverse("period-own-figure", args=[period.pk])
    assert door in client.get(address).content.decode()
    sent = {"own-figure_t": "50", "own-file": ContentFile(b"a,b", name="own.csv"), "own-note": "用自己的程序"}
    assert client.post(door, sent).status_code == 302
    page = client.get(address).content.decode()
    for words in ("50.000000000", "59.087250000", "−15.38 %", "own.csv", "用自己的程序", "相差超过重要性水平"):
        assert words in page
    answer = client.post(reverse("period-verify", args=[period.pk]), {"reason": "同意"})
    assert (answer.status_code, last_event().code) == (409, "beyond_materiality")
    with nothing_changed():
        assert client.post(door, {"own-figure_t": "五十"}).status_code == 400
    owner = signed_in(world, "owner-maker")
    assert owner.post(door, sent | {"own-file": ContentFile(b"a", name="x.csv")}).status_code == 403
    assert not Attachment.objects.filter(name="x.csv").exists()
    assert "own.csv" not in owner.get(reverse("period", args=[period.pk])).content.decode()
    assert Event.objects.filter(verb="projects.enter_own_figure", object_id=period.pk, outcome="DONE").count() == 1


def workbook_of(client: Client, period: MonitoringPeriod) -> Workbook:
    figure = Quantification.objects.filter(period=period).order_by("-pk")[0]
    answer = client.get(reverse("figure-workbook", args=[figure.pk]))
    assert (answer.status_code, answer["Content-Disposition"]) == (
        200,
        f'attachment; filename="{figure.method.number}-{figure.pk}.xlsx"',
    )
    return Workbook(io.BytesIO(answer.content).getvalue())


def test_the_workbook_of_a_meter_s_file_computes_from_the_raw_series_to_the_milligram(world: World) -> None:
    """Ten thousand quarter hours, four months, one tonne and its carry: every cell computed again, none believed."""
    period = world.periods["meter"]
    book = workbook_of(signed_in(world, "verifier"), period)
    assert book.titles == ["说明", "功率曲线", "月电量", "输入", "参数", "计算"]
    power = book.table("功率曲线")
    assert len(power) == 10_000
    assert sum(row[3] < 0 for row in power) == sum(month.clipped for month in period.months.all()) == 4_767
    months = book.table("月电量")
    assert [(row[0], row[1].quantize(Decimal("1E-10"))) for row in months[:-1]] == [
        ("2016-07", Decimal("858.8969446275")),
        ("2016-08", Decimal("863.4308900250")),
        ("2016-09", Decimal("869.9818966500")),
        ("2016-10", Decimal("349.5978171250")),
    ]
    assert book.formulas["输入", "C2"] == "'月电量'!B6/1000"
    rows = book.table("计算")
    assert (rows[-2][2], rows[-1][2]) == (1_931_435_853, 0)
    sources = {row[0]: row[6] for row in book.table("参数")}
    assert "南方区域电网" in sources["om"]
    about = {row[0]: row[1] for row in book.table("说明")}
    assert period.series is not None
    assert period.series.sha256 in about["原始数据摘要"]


def test_the_workbook_of_readings_begins_with_the_months(world: World, period: MonitoringPeriod) -> None:
    book = workbook_of(signed_in(world, "verifier"), period)
    assert book.titles == ["说明", "月电量", "输入", "参数", "计算"]
    assert book.table("计算")[-2][2] == CLAIMED_MG
    book = workbook_of(signed_in(world, "owner-maker"), period)
    book.cells["月电量", "B2"] += 1000
    assert book.named("i_generation_mwh") == 91


def test_the_workbook_of_a_claim_floors_every_act_by_itself(world: World) -> None:
    made = gathering(world)
    made.rides(
        ("ada", "2021-01-05T08:00:00+08:00", 5200),
        ("bo", "2021-01-06T08:00:00+08:00", 1000),
        ("cy", "2021-01-07T08:00:00+08:00", 3337),
    )
    period = claim_period_in(made, scene_project(made), claimed(made, date(2021, 1, 1)), "VERIFYING")
    book = workbook_of(signed_in(world, "verifier"), period)
    assert book.titles == ["说明", "参数", "行为"]
    *acts, total = book.table("行为")
    assert [(row[1], row[2], row[-2], row[-1]) for row in acts] == [
        ("2021-01-05", Decimal("5.2"), 1_003_600, 1_003_600),
        ("2021-01-06", Decimal(1), 193_000, 193_000),
        ("2021-01-07", Decimal("3.337"), 644_041, 644_041),
    ]
    assert (total[2], total[-2], total[-1]) == (Decimal("9.537"), period.claimed_mg, period.claimed_mg)
    assert made.citizens["ada"].number not in str(book.cells)


def test_only_who_may_see_the_period_gets_its_workbook(world: World, period: MonitoringPeriod) -> None:
    figure = Quantification.objects.filter(period=period).order_by("-pk")[0]
    address = reverse("figure-workbook", args=[figure.pk])
    assert signed_in(world, "buyer-maker").get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert address in signed_in(world, "verifier").get(reverse("verifier-period", args=[period.pk])).content.decode()

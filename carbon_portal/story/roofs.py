"""Two roofs: application, notice, registration, a meter's file and twelve readings, issue, sale and retirement."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.files import File

from accounts.models import Division, SmsCode
from accounts.services.attachments import keep_file
from accounts.services.codes import send_code
from accounts.services.reach import set_address
from carbon_portal.story.world import World
from kernel import clock
from methodologies.models import Method
from office.models import Profile
from office.services import hands, objections
from office.services.clock import move_clock
from projects.models import MonitoringPeriod, Project
from projects.services import applications, periods, reviews
from registry.services import issuing, retirements, transfers

SERIES = settings.BASE_DIR / "data" / "pv_generation_nrel" / "serf_east_15min_ac_power.csv"
# A year of a 1 MWp roof in MWh, 1,100 in all (1 MWp × 1,100 h, domain §3.8).
READINGS_MWH = (62, 70, 88, 98, 110, 112, 120, 116, 98, 86, 74, 66)

PROJECTS: dict[str, dict[str, Any]] = {
    "meter": {
        "name": "城南实验楼屋顶光伏项目",
        "capacity_kw": Decimal("7"),
        "meter_no": "9901-PV-000050",
        "location": "青岚市城南区学府路 1 号",
        "commissioned_on": date(2016, 1, 15),
    },
    "yearly": {
        "name": "城南污水厂屋顶分布式光伏项目",
        "capacity_kw": Decimal("1000"),
        "meter_no": "9901-PV-001000",
        "location": "青岚市城南区清河路 88 号",
        "commissioned_on": date(2023, 3, 1),
    },
}


def roofs(world: World) -> None:
    """Tell of both roofs from the application to the retirement."""
    for name, about in PROJECTS.items():
        world.projects[name] = apply_and_approve(world, **about)
    object_and_answer(world, world.projects["yearly"])
    pass_notice(world)
    for name in PROJECTS:
        world.projects[name] = reviews.register(world.projects[name], by=world.people["registrar"])
    meter(world)
    yearly(world)
    sell_and_retire(world)


def application(world: World, **about: Any) -> Project:
    """Draft an application of the owner."""
    started = about.pop("commissioned_on")
    return applications.draft(
        world.organisations["owner"],
        by=world.people["owner-maker"],
        division=about.pop("division", None) or Division.objects.get(code="9901"),
        profile=about.pop("profile", None) or Profile.objects.get(code="DEMO"),
        method=about.pop("method", None) or Method.objects.get(code="GD-2022-002", version=2),
        description=about.pop("description", "在既有屋面安装光伏组件，所发电量自用和上网，边界为组件至并网点。"),
        commissioned_on=started,
        crediting_from=started,
        crediting_to=started.replace(year=started.year + 15),
        unique_elsewhere=True,
        truth_promised=True,
        **about,
    )


def apply_and_approve(world: World, **about: Any) -> Project:
    """Draft, submit, confirm, accept, approve: the result is on public notice."""
    people = world.people
    project = application(world, **dict(about))
    project = applications.submit(project, by=people["owner-maker"])
    project = applications.confirm(project, by=people["owner-checker"])
    project = reviews.accept(project, by=people["officer"], reason="材料齐全")
    return reviews.approve(project, by=people["reviewer"], reason="符合方法学适用条件，同意公示")


def object_and_answer(world: World, project: Project) -> None:
    """A neighbour objects to the notice; the registrar decides what the officer found out, and the officer answers."""
    people, notice = world.people, project.notice
    if notice is None:
        raise ValueError(f"{project} is not on notice")
    objection = objections.file_objection(
        notice,
        name="郑明远",
        contact="138 0000 0042",
        text="污水厂东侧屋面去年已由另一家公司装过组件，担心同一块屋面的发电量被申报两次。",
        by=world.system,
        key="demo-objection-1",
    )
    objection = objections.accept_objection(objection, by=people["officer"], reason="属于公示内容")
    objection = objections.investigate_objection(
        objection, by=people["officer"], reason="调取并网验收单，到现场核对表号"
    )
    found = "东侧屋面组件另有发电计量表，没有登记过项目；本项目只计 9901-PV-001000 一只表，没有重复。"
    objection = objections.overrule_objection(objection, by=people["registrar"], reason=found)
    objections.answer_objection(objection, by=people["officer"], reason=f"经现场核对：{found}感谢您的监督。")


def pass_notice(world: World) -> None:
    """Move the business clock to the morning after the longest notice."""
    last = max(project.notice.ends_on for project in world.projects.values() if project.notice is not None)
    days = (last - clock.today()).days + 1
    move_clock(forward=timedelta(days=max(days, 1)), by=world.system, reason="演示：走完公示期")


def to_issue(world: World, period: MonitoringPeriod, key: str) -> MonitoringPeriod:
    """Report, verification, application, review, issue."""
    people = world.people
    period = periods.submit_report(period, verifier=world.organisations["verifier"], by=people["owner-maker"])
    period = periods.verify(period, by=people["verifier"], reason="已核对原始数据和计算表")
    period = periods.apply_issue(period, by=people["owner-maker"])
    period = periods.confirm_issue(period, by=people["owner-checker"])
    period = periods.approve_issue(period, by=people["reviewer"], reason="申请量等于核证量")
    return issuing.issue(period, by=people["registrar"], key=key)


def meter(world: World) -> None:
    """The meter's file as it is: 1 t, and the carry to the milligram."""
    maker = world.people["owner-maker"]
    period = periods.open_period(
        world.projects["meter"], starts_on=date(2016, 7, 1), ends_on=date(2016, 10, 13), by=maker
    )
    with SERIES.open("rb") as file:
        kept = keep_file(world.organisations["owner"], File(file, name=SERIES.name), by=maker)
    period = periods.upload_series(period, kept, by=maker)
    world.periods["meter"] = to_issue(world, period, "demo-issue-meter")


def yearly(world: World) -> None:
    """Twelve monthly readings, 1,100 MWh: 722 t, carry 177,500,000 mg."""
    maker = world.people["owner-maker"]
    period = periods.open_period(
        world.projects["yearly"], starts_on=date(2025, 1, 1), ends_on=date(2025, 12, 31), by=maker
    )
    readings = {date(2025, month, 1): Decimal(mwh) for month, mwh in enumerate(READINGS_MWH, start=1)}
    period = periods.enter_readings(period, readings=readings, by=maker)
    world.periods["yearly"] = to_issue(world, period, "demo-issue-yearly")


def sell_and_retire(world: World) -> None:
    """300 t to the buyer, of which 100 t are retired for a named beneficiary."""
    people = world.people
    transfer = transfers.initiate(
        world.accounts["owner"],
        target_number=world.accounts["buyer"].number,
        quantity_t=300,
        batch=world.periods["yearly"].batch,
        reason="购销合同 QL-2026-031",
        by=people["owner-maker"],
        key="demo-transfer",
    )
    transfer = transfers.confirm(transfer, by=people["owner-checker"], key="demo-transfer-confirm")
    world.transfer = transfers.accept(transfer, by=people["buyer-maker"], key="demo-transfer-accept")
    retirement = retirements.initiate(
        world.accounts["buyer"],
        quantity_t=100,
        kind="CORP",
        beneficiary="青岚市第三届绿色出行大会",
        purpose="抵销会议期间场馆用电产生的排放",
        basis="会场用电，2026 年",
        by=people["buyer-maker"],
        key="demo-retire",
    )
    retirement = retirements.confirm(retirement, by=people["buyer-checker"], key="demo-retire-confirm")
    retirement = retirements.review(retirement, by=people["registrar"], key="demo-retire-review")
    world.retirement = retirements.approve(retirement, by=people["leader"], key="demo-retire-approve")


def leave_open(world: World) -> None:
    """Three applications on their way: a visitor of the demo finds a notice running, officer and owner find what asks for them."""
    on_notice = {
        "name": "城北小学屋顶光伏项目",
        "capacity_kw": Decimal("120"),
        "meter_no": "9901-PV-000120",
        "location": "青岚市城北路 16 号",
        "commissioned_on": date(2024, 5, 1),
    }
    apply_and_approve(world, **on_notice)
    waiting = {
        "name": "东港物流园屋顶光伏项目",
        "capacity_kw": Decimal("860"),
        "meter_no": "9901-PV-000860",
        "location": "青岚市东港大道 3 号",
        "commissioned_on": date(2025, 2, 20),
    }
    project = applications.submit(application(world, **waiting), by=world.people["owner-maker"])
    project = applications.confirm(project, by=world.people["owner-checker"])
    hands.assign(project, to=world.people["officer"], by=world.people["reviewer"], reason="请本周内初审")
    be_reached(world)
    incomplete = {
        "name": "南山社区屋顶光伏项目",
        "capacity_kw": Decimal("60"),
        "meter_no": "9901-PV-000060",
        "location": "青岚市南山路 8 号",
        "commissioned_on": date(2025, 3, 12),
    }
    project = applications.submit(application(world, **incomplete), by=world.people["owner-maker"])
    project = applications.confirm(project, by=world.people["owner-checker"])
    reviews.ask_correction(project, by=world.people["officer"], reason="缺并网验收单，请补上传")


def be_reached(world: World) -> None:
    """The owner's maker gives a telephone, the officer an address, each proved by a code, so that messages go out too."""
    for name, address in (("owner-maker", "13800990001"), ("officer", "chenli@qinglan.example")):
        code = send_code(phone=address, purpose=SmsCode.Purpose.CONTACT)
        set_address(by=world.people[name], address=address, code=code)

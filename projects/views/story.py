"""The story of a case from its events, newest first, opinions in full, the pause of the clock drawn and said."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Event
from kernel import clock

# What a verb is called when it is told, and its tone on the line: "" done, "you" when it gives the case back to the owner.
TOLD: dict[str, tuple[str | Promise, str]] = {
    "projects.draft": (_("起草申请"), ""),
    "projects.edit": (_("修改了申请"), ""),
    "projects.submit": (_("发起代表提交"), ""),
    "projects.confirm": (_("确认代表确认，申请送达"), ""),
    "projects.send_back": (_("确认代表退回修改"), "you"),
    "projects.enter_for_owner": (_("柜台代录纸质申请，申请送达"), ""),
    "projects.correct_for_owner": (_("柜台代录纸质补正，补正送达"), ""),
    "projects.withdraw": (_("撤回申请"), ""),
    "projects.accept": (_("受理"), ""),
    "projects.ask_correction": (_("要求补正"), "you"),
    "projects.refuse_acceptance": (_("不予受理"), ""),
    "projects.ask_opinion": (_("征求其他部门意见"), ""),
    "projects.record_opinion": (_("收到复函"), ""),
    "projects.lapse_opinion": (_("逾期未复函，继续审核"), ""),
    "projects.confirm_visit": (_("两名人员到现场核实"), ""),
    "projects.approve": (_("审核通过，开始公示"), ""),
    "projects.reject": (_("审核不通过"), ""),
    "projects.register": (_("登记"), ""),
    "projects.revoke": (_("撤销登记"), ""),
    "projects.open_period": (_("开始申报核算期"), ""),
    "projects.open_claim_period": (_("用归集批次申报核算期"), ""),
    "projects.draw_sample": (_("核证机构抽样核对"), ""),
    "projects.enter_own_figure": (_("核证机构填报自己的计算"), ""),
    "projects.upload_series": (_("上传电表数据"), ""),
    "projects.enter_readings": (_("填写月读数"), ""),
    "projects.submit_report": (_("提交核算报告"), ""),
    "projects.ask_rectification": (_("核证机构要求整改"), "you"),
    "projects.verify": (_("核证机构核证通过"), ""),
    "projects.apply_issue": (_("发起代表申请签发"), ""),
    "projects.confirm_issue": (_("确认代表确认签发申请"), ""),
    "projects.return_issue": (_("签发申请退回"), "you"),
    "projects.approve_issue": (_("签发申请审核通过"), ""),
    "registry.issue": (_("签发"), ""),
}
# What the bureau's own pages tell besides: what its officers write among themselves.
INSIDE: dict[str, tuple[str | Promise, str]] = {
    "projects.record_visit": (_("记录现场核实"), ""),
    "projects.dispute_visit": (_("同去的人员不同意现场核实记录"), ""),
}
STOPS = {"projects.ask_correction", "projects.ask_opinion"}
# A reply says whether it was the last one, so that the clock goes on.
RESUMES = {"projects.confirm", "projects.correct_for_owner", "projects.record_opinion", "projects.lapse_opinion"}


class Moment(NamedTuple):
    """One point of the story. ``changes``: (field, before, after); ``paused``: first and last day of the stopped clock."""

    title: str | Promise
    tone: str
    at: datetime
    by: str
    said: str
    changes: list[tuple[str, str, str]]
    paused: tuple[date, date | None] | None


Told = dict[str, tuple[str | Promise, str]]


def story(case: Model, told_as: Told = TOLD) -> list[Moment]:
    """Return what was done on a case, newest first. Refused attempts are for the office's own log."""
    events = Event.objects.filter(
        object_type=case._meta.label_lower, object_id=case.pk, outcome=Event.Outcome.DONE, verb__in=told_as
    ).order_by("pk")
    told: list[Moment] = []
    stopped: int | None = None
    for event in events:
        moment = _moment(event, case, told_as)
        if stopped is not None:
            moment = moment._replace(tone=f"{moment.tone} paused".strip())
            if event.verb in RESUMES and event.data.get("resumed", True):
                since = clock.local(told[stopped].at).date()
                told[stopped] = told[stopped]._replace(paused=(since, clock.local(event.business_at).date()))
                stopped = None
        if event.verb in STOPS and stopped is None:
            moment = moment._replace(paused=(clock.local(event.business_at).date(), None))
            stopped = len(told)
        told.append(moment)
    return told[::-1]


def _moment(event: Event, case: Model, told_as: Told) -> Moment:
    title, tone = told_as[event.verb]
    told = event.data if event.verb == "projects.edit" else event.data.get("changed", {})
    changes = [(_label(case, name), *pair) for name, pair in told.items()]
    return Moment(title, tone, event.business_at, event.actor_name, event.reason, changes, None)


def _label(case: Model, name: str) -> Any:
    return getattr(case._meta.get_field(name), "verbose_name", name)

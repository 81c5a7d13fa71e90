"""Everything the portal holds about a citizen, in a file the citizen takes away (PIPL art. 45)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from accounts.models import Event, User
from accounts.tables import plain
from accounts.workflow import record, verb
from kernel import clock
from kernel.digest import canonical
from scenarios.models import Act, Citizen, Consent, PartnerLink, PersonalStatement, Refusal
from scenarios.services.people import person
from scenarios.services.statements import certificates_of

README_ZH = """\
本平台保存的您的全部数据，{at} 导出。

profile.json       账户、姓名、手机号、证件号码、碳账户余额
consents.csv       授权：给了谁、哪个场景、哪个版本、何时起、何时撤回
links.csv          合作方的用户号与您的账户的绑定
acts.csv           已记入的行为：数量、减排量（毫克二氧化碳当量）、方法学、由谁上报、哪个文件的第几行
refusals.csv       未记入的行为和原因
certificates.csv   个人减排证书
events.csv         您办过的事和别人就您的账户办过的事（包括谁查看过您的身份）

同名的 .json 文件内容相同，供程序读取。时间带时区；一千克是一百万毫克。合作方上报的原始文件由本平台封存，不在此列。
"""
README_EN = """\
All data this portal holds about you, exported {at}.

profile.json       account, name, phone, identity number, balance of the carbon account
consents.csv       consents: to whom, which scene, which version, since when, withdrawn when
links.csv          the partners' numbers of you that are linked to your account
acts.csv           counted acts: amount, reduction (milligrams of CO2e), method, who reported it, file and row
refusals.csv       acts that were not counted, with the reason
certificates.csv   personal reduction certificates
events.csv         what you did, and what others did about your account (also who looked at your identity)

The .json files of the same names hold the same for programs. Times carry their offset; a kilogram is a million milligrams.
The partners' original files are kept under seal and are not included.
"""

Rows = list[dict[str, Any]]


@verb("scenarios.export_data")
def export_data(citizen: Citizen, *, by: User) -> bytes:
    """Return a ZIP of CSV and JSON with everything held about a citizen, and leave an event that it was taken."""
    record("scenarios.export_data", citizen, by=by)
    tables = {
        "consents": _consents(citizen),
        "links": _links(citizen),
        "acts": _acts(citizen),
        "refusals": _refusals(citizen),
        "certificates": _certificates(citizen),
        "events": _events(citizen),
    }
    packed, at = io.BytesIO(), clock.local(clock.now()).isoformat(timespec="seconds")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("说明.txt", README_ZH.format(at=at))
        target.writestr("README.txt", README_EN.format(at=at))
        target.writestr("profile.json", _json(_profile(citizen)))
        for name, rows in tables.items():
            target.writestr(f"{name}.json", _json(rows))
            target.writestr(f"{name}.csv", _csv(rows))
    return packed.getvalue()


def _json(content: Any) -> str:
    return json.dumps(json.loads(canonical(content)), ensure_ascii=False, indent=1) + "\n"


def _csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the rows as CSV that spreadsheets read as UTF-8; a cell that looks like a formula is quoted."""
    text, rows = io.StringIO(), list(rows)
    text.write("\ufeff")
    if rows:
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return plain(value) if isinstance(value, str) else value


def _profile(citizen: Citizen) -> dict[str, Any]:
    known = person(citizen)
    return {
        "account": citizen.number,
        "state": citizen.state,
        "division": citizen.division.name,
        "opened_at": citizen.opened_at,
        "verified_at": citizen.verified_at,
        "identity_service": citizen.identity.service,
        **known._asdict(),
        "balance_mg": citizen.carbon.balance_mg,
        "acts": citizen.carbon.acts,
    }


def _consents(citizen: Citizen) -> Rows:
    rows = Consent.objects.filter(citizen=citizen).select_related("scene", "partner")
    return [
        {
            "scene": row.scene.title,
            "partner": row.partner.name,
            "version": row.version,
            "text_sha256": row.text_digest,
            "granted_at": row.granted_at,
            "covers_from": row.covers_from,
            "withdrawn_at": row.withdrawn_at,
        }
        for row in rows
    ]


def _links(citizen: Citizen) -> Rows:
    rows = PartnerLink.objects.filter(citizen=citizen).select_related("partner")
    return [{"partner": row.partner.name, "subject": row.subject, "linked_at": row.linked_at} for row in rows]


def _acts(citizen: Citizen) -> Rows:
    rows = Act.objects.filter(citizen=citizen).select_related("upload__partner", "upload__scene", "upload__method")
    return [
        {
            "number": row.pk,
            "day": row.on_day,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "scene": row.upload.scene.title,
            "amount": Decimal(row.amount_millionths).scaleb(-6),
            "input": row.upload.scene.input_name,
            "saved_mg": row.saved_mg,
            "method": row.upload.method.number,
            "reported_by": row.upload.partner.name,
            "upload": row.upload.number,
            "row": row.row,
            "settled_at": row.upload.settled_at,
        }
        for row in rows.order_by("started_at")
    ]


def _refusals(citizen: Citizen) -> Rows:
    rows = Refusal.objects.filter(citizen=citizen).select_related("upload__partner", "upload__scene")
    return [
        {
            "started_at": row.started_at,
            "scene": row.upload.scene.title,
            "reason": row.code,
            "said": str(row.get_code_display()),
            "reported_by": row.upload.partner.name,
            "upload": row.upload.number,
            "row": row.row,
        }
        for row in rows
    ]


def _certificates(citizen: Citizen) -> Rows:
    ranges = {row.pk: row for row in PersonalStatement.objects.filter(citizen=citizen)}
    return [
        {
            "number": row.number,
            "state": row.state,
            "issued_on": row.issued_on,
            "starts_on": ranges[row.subject_id].starts_on,
            "ends_on": ranges[row.subject_id].ends_on,
            "acts": ranges[row.subject_id].acts,
            "saved_mg": ranges[row.subject_id].saved_mg,
        }
        for row in certificates_of(citizen)
    ]


def _events(citizen: Citizen) -> Rows:
    about = Event.objects.filter(object_type=Citizen._meta.label_lower, object_id=citizen.pk)
    done = Event.objects.filter(actor=citizen.user_id)
    events = {row.pk: row for row in (*about, *done)}
    return [
        {
            "at": row.real_at,
            "what": row.verb,
            "outcome": row.outcome,
            "by": "本人" if row.actor_id == citizen.user_id else (row.actor_name and "工作人员"),
            "object": row.object_label,
            "reason": row.reason,
            "said": row.said,
            "door": row.door,
        }
        for _pk, row in sorted(events.items())
    ]

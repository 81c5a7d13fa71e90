"""The public check: valid, revoked with when and why, unknown for any wrong character, tampered whoever did it."""

from __future__ import annotations

import importlib.util
import json
import re
import string
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from certificates import uses
from certificates.models import Certificate
from certificates.services import log, verification
from certificates.services.certificates import revoke
from certificates.services.verification import Outcome
from certificates.states import Kind
from kernel import clock
from kernel.digest import canonical, sm3
from tests.certificates.samples import SERIAL, USES, awarded, registrar, retired_for
from tests.worlds import as_owner

pytestmark = pytest.mark.django_db
ALPHABET = string.digits + string.ascii_uppercase


def sealed(kind: str = Kind.REGISTRATION, **changes: Any) -> Certificate:
    """Award a certificate and sign the log."""
    certificate = awarded(kind, **changes)
    log.seal()
    return certificate


def tamper(statement: str, *values: Any) -> None:
    """Write as somebody with full power over the database could, past every trigger."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def page(client: Client, certificate: Certificate, status: int = 200) -> str:
    """Return the certificate's page."""
    response = client.get(f"/verify/{certificate.number}/")
    assert response.status_code == status
    return response.content.decode()


@pytest.mark.parametrize("kind", Kind.values)
def test_a_good_certificate_says_what_was_checked(client: Client, kind: str) -> None:
    said = page(client, sealed(kind))
    assert "有效，与登记簿一致" in said
    assert "我们核对了" in said
    for check in ("编号存在", "内容未被改动", "已记入透明日志"):
        assert check in said
    assert ("林*华" if kind == Kind.PERSONAL else "东港物流园屋顶光伏项目") in said
    assert "演示，不具法律效力" in said
    if kind == Kind.PERSONAL:
        assert "96.420 kg" in said
        assert "不是可交易的减排量" in said
    elif kind != Kind.REGISTRATION:
        assert "tCO<sub>2</sub>e" in said
        assert SERIAL in said.replace("<wbr>", "")
    assert "\u2082" not in said


def test_the_page_speaks_english_and_keeps_the_names_that_have_legal_meaning(client: Client) -> None:
    client.cookies["django_language"] = "en"
    said = page(client, sealed(Kind.RETIREMENT))
    assert "Valid. It matches the registry." in said
    assert "Retired, cannot be used again" in said
    assert "青岚市第三届绿色出行大会" in said


@pytest.mark.parametrize("use", USES)
def test_the_page_of_a_retirement_says_what_it_was_for_in_both_languages(client: Client, use: str) -> None:
    certificate = sealed(Kind.RETIREMENT, **retired_for(use))
    title, sentence = str(uses.USES[use].title), str(uses.USES[use].told)
    said = page(client, certificate)
    assert f"<h2>{title}</h2>" in said
    assert sentence in said
    if use == "COMPLIANCE":
        assert all(words in said for words in ("履约市场", "青岚演示碳市场", "2025 年度", "1,000"))
    client.cookies["django_language"] = "en"
    said = page(client, certificate)
    assert f"<h2>{uses.USES[use].english}</h2>" in said
    assert sentence not in said


def test_before_the_log_is_signed_the_page_says_wait_and_stays_valid(client: Client) -> None:
    certificate = awarded()
    assert "等待签名" in page(client, certificate)
    assert client.get(f"/verify/{certificate.number}/proof.json").status_code == 503


def test_a_revoked_certificate_says_when_and_why(client: Client) -> None:
    certificate = revoke(sealed(), by=registrar(), reason="核算报告与电网结算单不符，多报 212 t")
    said = page(client, certificate)
    assert "已撤销，请不要接受这份凭证" in said
    assert "核算报告与电网结算单不符，多报 212 t" in said
    local = certificate.revoked_at.astimezone(log.clock.SHANGHAI)
    assert f"{local.year}年{local.month}月{local.day}日 {local:%H:%M:%S}" in said
    assert "撤销记入透明日志第" in said
    assert "有效，与登记簿一致" not in said


def test_a_check_and_a_revocation_are_told_by_the_same_clock(client: Client) -> None:
    """The demo's clock is days ahead: nobody checks a certificate before it was revoked."""
    before = clock.now()
    said = page(client, revoke(sealed(), by=registrar(), reason="数据不实"))
    times = re.findall(r"(\d{4}年\d{1,2}月\d{1,2}日 \d\d:\d\d:\d\d)", said)
    checked, revoked = (datetime.strptime(time, "%Y年%m月%d日 %H:%M:%S") for time in times[:2])
    assert clock.offset() > timedelta(days=1)
    assert clock.local(before).replace(microsecond=0, tzinfo=None) <= revoked <= checked


def test_every_change_of_one_character_gives_an_unknown_number() -> None:
    number = sealed().number
    for at, right in enumerate(number):
        for wrong in ALPHABET.replace(right, ""):
            typed = number[:at] + wrong + number[at + 1 :]
            assert verification.check(typed).outcome == Outcome.UNKNOWN, typed


def test_two_characters_swapped_give_an_unknown_number() -> None:
    number = sealed().number
    for at in range(len(number) - 1):
        swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        assert swapped == number or verification.check(swapped).outcome == Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda number: number[:-1] + ("0" if number[-1] != "0" else "1"), "最后一位是校验位"),
        (lambda number: number[:-1], "您输入的是 23 位"),
        (lambda number: "TPX" + number[3:], "编号应为 TPH"),
    ],
)
def test_an_unknown_number_is_explained(client: Client, change: Any, said: str) -> None:
    response = client.get(f"/verify/{change(sealed().number)}/")
    assert response.status_code == 404
    assert "没有查到这份凭证" in response.content.decode()
    assert said in response.content.decode()


def test_a_right_number_nobody_awarded_is_unknown(client: Client) -> None:
    from kernel import identifiers

    never = identifiers.certificate_no("990100", sealed().issued_on, 987_654)
    assert "没有颁发过这个编号" in client.get(f"/verify/{never}/").content.decode()


@pytest.mark.parametrize(
    "dress", [str.lower, lambda n: f" {n[:3]} {n[3:9]}-{n[9:]} ", lambda n: n.replace("TPH", "ＴＰＨ")]
)
def test_a_number_may_be_typed_as_people_type(client: Client, dress: Any) -> None:
    number = sealed().number
    response = client.get("/verify/", {"number": dress(number)})
    assert response.status_code == 302
    assert response["Location"] == f"/verify/{number}/"
    assert client.get(f"/verify/{dress(number)}/")["Location"] == f"/verify/{number}/"


def test_an_empty_form_says_so(client: Client) -> None:
    response = client.get("/verify/", {"number": " "})
    assert response.status_code == 400
    assert "请输入证书编号" in response.content.decode()


def is_tampered(client: Client, certificate: Certificate) -> str:
    """Assert that page, file and proof all refuse, and return the page."""
    said = page(client, certificate, 409)
    assert "内容与颁发时不一致，请不要接受" in said
    assert "青岚屋顶能源有限公司" not in said
    assert client.get(f"/certificates/{certificate.number}.pdf").status_code == 409
    assert client.get(f"/verify/{certificate.number}/proof.json").status_code == 404
    return said


def test_a_snapshot_changed_by_sql_is_found_out(client: Client) -> None:
    certificate = sealed(Kind.ISSUANCE)
    changed = json.dumps({**certificate.snapshot, "quantity_t": 7220})
    tamper("UPDATE certificates_certificate SET snapshot = %s WHERE id = %s", changed, certificate.pk)
    assert "重新计算的摘要与颁发时不一致" in is_tampered(client, certificate)


def test_a_digest_changed_with_the_snapshot_is_found_out_by_the_log(client: Client) -> None:
    certificate = sealed(Kind.ISSUANCE)
    changed = {**certificate.snapshot, "quantity_t": 7220}
    statement = "UPDATE certificates_certificate SET snapshot = %s, digest = %s WHERE id = %s"
    tamper(statement, json.dumps(changed), sm3(canonical(changed)), certificate.pk)
    assert "日志里记的是另外的内容" in is_tampered(client, certificate)


def test_a_leaf_changed_as_well_is_found_out_by_the_signature(client: Client) -> None:
    from certificates.services.certificates import leaf_payload
    from kernel.digest import leaf_hash

    certificate = sealed(Kind.ISSUANCE)
    changed = {**certificate.snapshot, "quantity_t": 7220}
    statement = "UPDATE certificates_certificate SET snapshot = %s, digest = %s WHERE id = %s"
    tamper(statement, json.dumps(changed), sm3(canonical(changed)), certificate.pk)
    certificate.refresh_from_db()
    forged = leaf_hash(leaf_payload(certificate)).hex()
    tamper("UPDATE certificates_logleaf SET leaf_hash = %s WHERE subject = %s", forged, certificate.number)
    assert "日志与签名的树头对不上" in is_tampered(client, certificate)


@pytest.mark.parametrize(
    ("column", "value"), [("holder_name", "青岚热电有限公司"), ("kind", "RETIREMENT"), ("issued_on", "2020-01-01")]
)
def test_a_column_changed_by_sql_is_found_out(client: Client, column: str, value: str) -> None:
    certificate = sealed()
    tamper(f"UPDATE certificates_certificate SET {column} = %s WHERE id = %s", value, certificate.pk)
    is_tampered(client, certificate)


def test_a_revocation_undone_by_sql_is_found_out(client: Client) -> None:
    certificate = revoke(sealed(), by=registrar(), reason="数据不实")
    statement = (
        "UPDATE certificates_certificate SET state = 'VALID', revoked_at = NULL, revoked_reason = '' WHERE id = %s"
    )
    tamper(statement, certificate.pk)
    assert "撤销记录被抹去" in is_tampered(client, certificate)


def checker() -> Any:
    """Load the script people run on their own machine."""
    path = Path(settings.BASE_DIR) / "docs" / "verify_proof.py"
    spec = importlib.util.spec_from_file_location("verify_proof", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", Kind.values)
def test_the_downloaded_proof_holds_offline(client: Client, tmp_path: Path, kind: str) -> None:
    from certificates.services import signing

    response = client.get(f"/verify/{sealed(kind).number}/proof.json")
    path = tmp_path / "proof.json"
    path.write_bytes(response.content)
    assert checker().main([str(path), signing.public_key()]) == 0
    assert checker().main([str(path), "00" * 32]) == 1


@pytest.mark.parametrize(
    "part", ["snapshot", "digest", "position", "content", "inclusion", "root", "size", "sealed_at"]
)
def test_a_changed_proof_does_not_hold(client: Client, tmp_path: Path, part: str) -> None:
    awarded(Kind.RETIREMENT)
    proof = client.get(f"/verify/{sealed().number}/proof.json").json()
    changes: dict[str, Any] = {
        "snapshot": lambda: proof["snapshot"].update(holder_name="别人"),
        "digest": lambda: proof.update(digest="0" * 64),
        "position": lambda: proof["leaf"].update(position=proof["leaf"]["position"] - 1),
        "content": lambda: proof["leaf"].update(content=proof["leaf"]["content"].replace("TPH", "TPX")),
        "inclusion": lambda: proof.update(inclusion=["0" * 64, *proof["inclusion"][1:]]),
        "root": lambda: proof["head"].update(root="0" * 64),
        "size": lambda: proof["head"].update(size=proof["head"]["size"] + 1),
        "sealed_at": lambda: proof["head"].update(sealed_at="2020-01-01T00:00:00+00:00"),
    }
    changes[part]()
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(proof), "utf-8")
    assert checker().main([str(path)]) == 1

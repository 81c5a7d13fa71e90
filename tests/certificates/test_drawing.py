"""The sheet: one page whatever the names, a QR that opens the page, words and figures as the law wants them."""

from __future__ import annotations

from typing import Any

import pytest
import segno
from django.utils.translation import override

from certificates import faces, facts
from certificates.rendering import render
from certificates.states import Kind
from kernel.rules import RuleViolation
from tests.certificates import reading
from tests.certificates.samples import NUMBER, SERIAL, URL, USES, retired_for, snapshot

LONGEST = "青岚市东部沿海高新技术产业开发区第十二期屋顶分布式光伏发电及储能一体化示范工程喆堃昇镕项目东区甲"[:48]
DEMO_LINE = "演示样张，数据均为虚构，不具法律效力"


def drawn(kind: str, *, demo: bool = True, **changes: Any) -> bytes:
    """Draw a sample."""
    return render(kind, snapshot(kind, **changes), NUMBER, URL, demo, digest="5d0e91c7" * 8, page=8214)


@pytest.mark.parametrize("kind", Kind.values)
def test_the_longest_names_and_texts_still_make_one_page(kind: str) -> None:
    assert len(LONGEST) == facts.NAME_LIMIT
    long: dict[str, Any] = {"project_name": LONGEST, "holder_name": LONGEST}
    if kind == Kind.RETIREMENT:
        long |= {"beneficiary": LONGEST, "purpose": "公益自愿注销，" * 14, "project_name": f"{LONGEST}、{LONGEST}"}
        long |= {"project_no": "、".join(f"PHC-990100-2026-{at:05d}" for at in range(4)), "serials": [SERIAL] * 9}
    if kind == Kind.PERSONAL:
        long = {"person": LONGEST, "saved_mg": 12_345_678_901_234, "acts": 123_456, "methods": [LONGEST] * 5}
    if kind == Kind.NEUTRAL:
        long |= {"event_name": LONGEST, "place": "场" * 30, "boundary": "界" * 60, "serials": [SERIAL] * 9}
    pdf = drawn(kind, **long)
    assert reading.pages(pdf) == 1
    assert LONGEST[:20] in reading.text(pdf)


@pytest.mark.parametrize("kind", Kind.values)
def test_the_qr_is_the_address_and_nothing_else(kind: str) -> None:
    code = segno.make_qr(URL, error="m", boost_error=False)
    expected = {(row, at) for row, line in enumerate(code.matrix) for at, dark in enumerate(line) if dark}
    assert reading.dark_squares(drawn(kind), len(code.matrix)) == expected


@pytest.mark.parametrize("kind", Kind.values)
def test_every_kind_says_what_it_is_and_its_number_in_groups(kind: str) -> None:
    said = reading.text(drawn(kind))
    assert str(Kind(kind).label) in said
    assert "兹证明" in said
    assert f"TPH 990100 20261120 000021 {NUMBER[-1]}" in said
    assert "透明日志第8,214页" in said.replace(" ", "")


@pytest.mark.parametrize("kind", Kind.values)
def test_a_demo_says_so_in_the_line_in_the_micro_text_and_in_the_title(kind: str) -> None:
    pdf = drawn(kind)
    said = reading.text(pdf)
    assert DEMO_LINE in said
    assert "SPECIMEN, NO LEGAL EFFECT" in said
    assert said.count("演示样张QINGLANCARBONINCLUSIONSPECIMEN") >= 8
    assert "演示专用章" in said
    assert "待用印" not in said


def test_outside_a_demo_no_seal_is_drawn() -> None:
    said = reading.text(drawn(Kind.ISSUANCE, demo=False, issuer="青岚市碳普惠运营管理中心"))
    assert "待用印" in said
    assert "演示" not in said
    assert "SPECIMEN" not in said


@pytest.mark.parametrize("kind", Kind.values)
def test_the_subscript_is_a_two_set_low_never_the_character_no_face_has(kind: str) -> None:
    said = reading.text(drawn(kind))
    assert "\u2082" not in said
    assert "\ufffd" not in said
    assert ("tCO2e" in said) == (kind not in (Kind.REGISTRATION, Kind.PERSONAL))


def test_an_amount_stands_in_figures_and_in_words() -> None:
    said = reading.text(drawn(Kind.ISSUANCE, quantity_t=10363))
    assert "10,363\u00a0tCO2e（大写：壹万零叁佰陆拾叁吨）" in said


def test_a_retired_serial_stands_whole_and_says_that_it_cannot_be_used_again() -> None:
    said = reading.text(drawn(Kind.RETIREMENT))
    assert SERIAL in said
    assert "已注销，不可重复使用" in said
    assert "企业碳中和" in said


def test_runs_that_do_not_fit_are_counted() -> None:
    said = reading.text(drawn(Kind.RETIREMENT, serials=[SERIAL] * 5))
    assert said.count(SERIAL) == 2
    assert "其余3段见核验页" in said.replace(" ", "")


@pytest.mark.parametrize("name", ["欧阳喆堃", "㛃龑工作室"])
def test_a_rare_but_known_character_is_printed(name: str) -> None:
    assert name in reading.text(drawn(Kind.RETIREMENT, beneficiary=name))


def test_a_character_of_no_face_is_refused_by_name() -> None:
    with pytest.raises(RuleViolation) as refused:
        faces.require_printable({"beneficiary": "王𬎆"})
    assert refused.value.code == "rare_character"
    assert "𬎆" in str(refused.value)
    assert "U+2C386" in str(refused.value)


def test_the_same_snapshot_gives_the_same_sheet() -> None:
    assert reading.text(drawn(Kind.ISSUANCE)) == reading.text(drawn(Kind.ISSUANCE))


def test_the_sheet_is_chinese_whatever_the_reader_reads() -> None:
    with override("en"):
        assert "减排量编号" in reading.text(drawn(Kind.ISSUANCE))


def test_a_neutral_event_is_said_with_its_emission_rounded_up_and_who_declares_it() -> None:
    said = reading.text(drawn(Kind.NEUTRAL))
    for words in ("2026年11月14日在青岚国际会议中心举办", "2.410\u00a0tCO2e", "3\u00a0吨（大写：叁吨）", "实现碳中和", "自主声明",
                  "已注销，不可重复使用", "大型活动碳中和实施指南（试行）", SERIAL):  # fmt: skip
        assert words in said, words


TITLES = {
    "COMPLIANCE": ("履约抵销确认书", "抵销其 2025 年度在青岚演示碳市场的排放"),
    "CHARITY": ("公益注销证书", "自愿注销青岚碳普惠减排量"),
    "CORP": ("企业碳中和注销证明", "核算边界和年度的碳中和"),
    "PERSONAL": ("个人碳中和注销证书", "抵消个人生活中的排放"),
    "ECO_DAMAGE": ("生态环境损害赔偿注销证明", "生态环境损害赔偿责任"),
    "POINTS": ("积分兑换注销证明", "因碳积分兑换消耗"),
    "SUBSTITUTE": ("等量注销证明", "补足被认定虚假的数量"),
}


def squeezed(text: str) -> str:
    """Return text without blanks: the sheet sets its words apart."""
    return "".join(text.split())


@pytest.mark.parametrize("use", USES)
def test_a_retirement_is_called_and_said_by_what_it_was_for(use: str) -> None:
    title, sentence = TITLES[use]
    said = squeezed(reading.text(drawn(Kind.RETIREMENT, **retired_for(use))))
    assert squeezed(title) in said
    assert squeezed(sentence) in said
    assert "100tCO2e（大写：壹佰吨）" in said
    assert squeezed(USES[use]["beneficiary"]) in said
    assert squeezed(USES[use].get("basis", "")) in said, "also where it stands alone in its row"
    assert ("兹确认" in said) == (use == "COMPLIANCE")
    assert ("不评价是否实现碳中和" in said) == (use in ("CORP", "PERSONAL"))
    assert not [other for other in TITLES if other != use and squeezed(TITLES[other][0]) in said]


def test_a_confirmation_of_an_offset_states_the_cap_and_what_is_used_of_it() -> None:
    said = squeezed(reading.text(drawn(Kind.RETIREMENT, **retired_for("COMPLIANCE"))))
    for words in ("累计抵销640tCO2e", "抵销上限1,000tCO2e", "91990100MA5C00015U", SERIAL):
        assert words in said, words


@pytest.mark.parametrize("use", USES)
def test_the_longest_words_of_every_use_still_make_one_page(use: str) -> None:
    told = retired_for(use) | {"beneficiary": LONGEST, "holder_name": LONGEST, "purpose": "公益自愿注销，" * 14}
    told |= {"basis": "核算边界" * 25, "project_name": f"{LONGEST}、{LONGEST}", "serials": [SERIAL] * 9}
    told |= {"market": "市" * 60} if use == "COMPLIANCE" else {}
    assert reading.pages(drawn(Kind.RETIREMENT, **told)) == 1


def test_a_use_nobody_knows_and_one_from_before_uses_were_named_are_said_in_general_words() -> None:
    for told in ({}, {"use_code": "EVENT"}, {"use_code": "SOMETHING"}):
        said = squeezed(reading.text(drawn(Kind.RETIREMENT, **told)))
        assert "注销证明" in said
        assert "为本次注销的受益方" in said

"""Method documents: reading, publishing checks, and figures against vector T19 and clarifications 1 to 4."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.quantities import issuable
from kernel.rules import RuleViolation
from methodologies.document import check, outcomes, parse, quantify, quantify_many
from methodologies.document.computing import told

CATALOGUE = Path(__file__).parents[2] / "methodologies" / "catalogue"
PV_TEXT = (CATALOGUE / "GD-2022-002-V02.toml").read_text(encoding="utf-8")
PV = parse(PV_TEXT)
DAY = date(2024, 12, 31)

METRO = """
code = "QD-2021-001"
version = 1
title = "地铁出行"
source = "白皮书表 3"
evidence = "A"
kind = "quantitative"
factor_basis = "activity"
result = "kg"
[inputs.distance_km]
unit = "km"
min = "0"
max = "200"
[parameters.saved]
unit = "kg/km"
[[parameters.saved.values]]
value = "0.089"
region = "370200"
valid_from = 2021-01-01
source = "青岛"
[[parameters.saved.values]]
value = "0.092"
region = "310000"
valid_from = 2021-01-01
valid_to = 2022-12-31
source = "上海"
[[parameters.saved.values]]
value = 0.095
region = "310000"
valid_from = 2023-01-01
source = "上海，新值"
[formula]
reduction = "saved * distance_km"
[[examples]]
inputs = { distance_km = "10" }
region = "370200"
on = "2021-05-01"
expected = "0.890"
"""


def changed(*pairs, text=METRO):
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return parse(text)


def test_every_method_of_the_catalogue_may_be_published():
    for path in CATALOGUE.glob("*.toml"):
        document = parse(path.read_text(encoding="utf-8"))
        check(document)
        assert path.stem == document.number


def test_the_distributed_pv_method_gives_vector_t19_exactly():
    result = quantify(PV, {"generation_mwh": "1100"}, DAY, "990100")
    assert result.results["ER"] == Decimal("722.1775")
    assert issuable(result.reduction_mg, 0) == (722, 177_500_000)
    assert list(result.results) == ["EF", "BE", "PE", "LE", "ER"]


def test_a_resident_s_ten_megawatt_hours():
    assert quantify(PV, {"generation_mwh": 10}, DAY).reduction_mg == 6_565_250_000


def test_the_shared_meter_file_comes_out_to_the_milligram():
    months = ("858.8969446275", "863.4308900250", "869.9818966500", "349.5978171250")
    mwh = sum(map(Decimal, months)) / 1000
    assert issuable(quantify(PV, {"generation_mwh": mwh}, DAY).reduction_mg, 0) == (1, 931_435_853)


def test_a_figure_names_all_it_was_computed_from():
    result = quantify(PV, {"generation_mwh": "1"}, DAY)
    used = {one["name"]: one for one in result.parameters}
    assert {name: one["value"] for name, one in used.items()} == {
        "om": "0.8042",
        "bm": "0.2135",
        "w_om": "0.75",
        "w_bm": "0.25",
    }
    assert used["om"]["unit"] == "t/MWh"
    assert all(one["source"] for one in used.values())
    assert (result.code, result.version, result.digest) == ("GD-2022-002", 2, PV.digest)


def test_the_fixed_factors_hold_whatever_the_meter_s_year():
    days = (date(2016, 7, 1), date(2030, 1, 1))
    assert len({quantify(PV, {"generation_mwh": "7"}, day).reduction_mg for day in days}) == 1


def test_the_document_says_honestly_what_it_rests_on():
    assert PV.evidence == "B"
    assert "自编" in PV.chapters["note"]
    assert "绿色电力证书" in PV.chapters["declaration"]


def test_the_factor_is_chosen_by_region_and_day():
    metro = parse(METRO)
    check(metro)

    def mg(region, day):
        return quantify(metro, {"distance_km": "7.25"}, day, region).reduction_mg

    assert mg("370200", date(2022, 1, 1)) == 645_250
    assert mg("310115", date(2022, 12, 31)) == 667_000
    assert mg("310115", date(2023, 1, 1)) == 688_750


@pytest.mark.parametrize(("region", "day"), [("440100", DAY), (None, DAY), ("370200", date(2020, 12, 31))])
def test_without_a_factor_there_is_no_figure(region, day):
    with pytest.raises(RuleViolation) as refusal:
        quantify(parse(METRO), {"distance_km": "1"}, day, region)
    assert refusal.value.code == "no_factor"


def test_the_narrower_region_wins():
    document = changed(('region = "310000"\nvalid_from = 2021-01-01', 'region = "370000"\nvalid_from = 2021-02-01'))
    assert quantify(document, {"distance_km": "1"}, DAY, "370200").reduction_mg == 89_000
    assert quantify(document, {"distance_km": "1"}, date(2022, 1, 1), "370100").reduction_mg == 92_000


@pytest.mark.parametrize(
    ("inputs", "field", "words"),
    [
        ({}, "distance_km", "缺这一项"),
        ({"distance_km": "1", "km": "2"}, "km", "没有这一项"),
        ({"distance_km": "abc"}, "distance_km", "不是数字"),
        ({"distance_km": 1.5}, "distance_km", "不是数字"),
        ({"distance_km": "-0.1"}, "distance_km", "低于 0"),
        ({"distance_km": "200.1"}, "distance_km", "高于 200"),
        ({"distance_km": ["1"]}, "distance_km", "只要一个数"),
    ],
)
def test_wrong_input_is_refused_by_field(inputs, field, words):
    with pytest.raises(RuleViolation) as refusal:
        quantify(parse(METRO), inputs, DAY, "370200")
    assert refusal.value.code == "bad_input"
    assert [row.field for row in refusal.value.rows] == [field]
    assert words in str(refusal.value)


def test_wrong_rows_of_a_column_are_all_named():
    with pytest.raises(RuleViolation) as refusal:
        quantify_many(parse(METRO), {"distance_km": ["1", "x", "3", "201"]}, DAY, "370200")
    assert [(row.row, row.field) for row in refusal.value.rows] == [(2, "distance_km"), (4, "distance_km")]


@given(st.lists(st.decimals(min_value=0, max_value=200, places=4), max_size=20))
def test_columns_give_the_same_milligrams_as_rows(column):
    metro = parse(METRO)
    rows = [quantify(metro, {"distance_km": km}, DAY, "370200").reduction_mg for km in column]
    assert quantify_many(metro, {"distance_km": column}, DAY, "370200") == rows
    assert quantify_many(metro, {"distance_km": [format(km, "f") for km in column]}, DAY, "370200") == rows


def test_an_act_is_never_negative_and_says_why():
    document = changed(('"saved * distance_km"', '"saved * distance_km - 1 * saved * distance_km * 2"'))
    result = quantify(document, {"distance_km": "10"}, DAY, "370200")
    assert result.reduction_mg == 0
    assert "低于零" in result.notes[0]
    assert quantify_many(document, {"distance_km": ["10"]}, DAY, "370200") == [0]


def test_a_project_s_negative_period_is_carried_as_a_deduction():
    document = changed(('ER = "BE - PE - LE"', 'ER = "BE - PE - LE - 2 * BE"'), text=PV_TEXT)
    result = quantify(document, {"generation_mwh": "1100"}, DAY)
    assert result.reduction_mg == -722_177_500_000
    assert "扣减" in result.notes[0]


def test_a_cap_is_applied_and_shown():
    document = changed(
        ('result = "kg"\n', 'result = "kg"\ncap = "most * distance_km"\n'),
        ("[formula]", '[parameters.most]\nunit = "kg/km"\nvalue = "0.08"\nsource = "上限"\n[formula]'),
        ('expected = "0.890"', 'expected = "0.8"'),
    )
    check(document)
    result = quantify(document, {"distance_km": "10"}, DAY, "370200")
    assert result.reduction_mg == 800_000
    assert "按上限计" in result.notes[0]
    assert result.results["reduction"] == Decimal("0.89")


def test_lists_choices_and_tables():
    document = parse(
        METRO.replace('[inputs.distance_km]\nunit = "km"', '[inputs.days]\nunit = "km"\nkind = "list"')
        .replace("[formula]", '[inputs.mode]\nkind = "text"\nchoices = ["a", "b"]\n[parameters.share]\nunit = "1"\n'
                 'table = { a = "1", b = "0.5" }\nsource = "表"\n[parameters.bonus]\nunit = "1"\nby = "km"\n'
                 'steps = [["0", "1"], ["10", "2"]]\nsource = "表"\n[formula]')
        .replace('"saved * distance_km"', '"saved * sum(days) * lookup(share, mode) * steps(bonus, sum(days))"')
        .replace('{ distance_km = "10" }', '{ days = ["4", "6"], mode = "b" }')
    )  # fmt: skip
    check(document)
    result = quantify(document, {"days": ["4", "6"], "mode": "b"}, DAY, "370200")
    assert result.reduction_mg == 890_000
    assert {one["name"]: one["value"] for one in result.parameters}["share"] == "a=1；b=0.5"
    with pytest.raises(RuleViolation, match="不在可选值里"):
        quantify(document, {"days": ["4"], "mode": "c"}, DAY, "370200")
    with pytest.raises(RuleViolation, match="要一列数"):
        quantify(document, {"days": "4", "mode": "a"}, DAY, "370200")


@pytest.mark.parametrize(
    ("pairs", "code", "words"),
    [
        ([('"saved * distance_km"', '"saved * distance_km * distance_km"')], "unit_error", "kg·km"),
        ([('unit = "km"', 'unit = "m"')], "unit_error", "kg·m/km"),
        ([('"saved * distance_km"', '"saved * distanse_km"')], "bad_formula", "是不是 distance_km"),
        ([('"saved * distance_km"', '"distance_km + saved"')], "unit_error", "km 与 kg/km"),
        ([("0.890", "0.89001")], "bad_example", "算例 1 算得 0.890"),
        ([('evidence = "A"', 'evidence = "X"')], "evidence", "X 级"),
        ([("[formula]", '[inputs.extra]\nunit = "kg"\n[formula]')], "unused", "extra"),
        ([("[[examples]]", "[[parameters.saved.values]]"), ('inputs = { distance_km = "10" }\n', ""),
          ('on = "2021-05-01"\nexpected = "0.890"', 'value = "1"\nsource = "x"')], "no_example", "至少"),
    ],
)  # fmt: skip
def test_what_may_not_be_published(pairs, code, words):
    with pytest.raises(RuleViolation) as refusal:
        check(changed(*pairs))
    assert refusal.value.code == code
    assert words in str(refusal.value)


def test_kilowatt_hours_are_not_multiplied_with_a_factor_for_megawatt_hours():
    text = PV_TEXT.replace('unit = "MWh"', 'unit = "kWh"', 1)
    with pytest.raises(RuleViolation, match="kWh·t/MWh") as refusal:
        check(parse(text))
    assert refusal.value.code == "unit_error"
    check(parse(text.replace("generation_mwh * EF", "convert(generation_mwh, 'MWh') * EF").replace('"1100"', '"1100000"')
                .replace('"10" }', '"10000" }').replace('"2.9419075484275"', '"2941.9075484275"')))  # fmt: skip


def test_an_example_may_state_its_rounding():
    document = changed(
        ('"saved * distance_km"', '"saved * distance_km / 3"'),
        ('expected = "0.890"', 'expected = "0.296667"\nplaces = 6'),
    )
    assert [one.exact for one in outcomes(document)] == [True]


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ('code = "QD-2021-001"', 'code = "qd1"', "code", "GD-2022-002"),
        ("version = 1", 'version = "1"', "version", "整数"),
        ('title = "地铁出行"\n', "", "title", "要填文字"),
        ('evidence = "A"', 'evidence = "Z"', "evidence", "A、B、C、X"),
        ('kind = "quantitative"', 'kind = "x"', "kind", "quantitative"),
        ('factor_basis = "activity"', 'factor_basis = "x"', "factor_basis", "activity"),
        ('factor_basis = "activity"', 'factor_basis = "fixed"', "parameters.saved.values", "只能有一个值"),
        ('result = "kg"', 'result = "g"', "result", "kg、t"),
        ('title = "地铁出行"', 'titel = "地铁"\ntitle = "地铁出行"', "titel", "没有这一项"),
        ('min = "0"', 'min = "O"', "inputs.distance_km.min", "不是数字"),
        ('min = "0"', "min = 1e5", "inputs.distance_km.min", "不是数字"),
        ('min = "0"', 'min = "300"', "inputs.distance_km.max", "小于最小值"),
        ('min = "0"', 'kind = "text"', "inputs.distance_km.choices", "可选值"),
        ('min = "0"', 'kind = "date"', "inputs.distance_km.kind", "number、list、text"),
        ("[inputs.distance_km]", "[inputs.min]", "inputs.min", "重名"),
        ('unit = "km"', 'unit = "KM"', "inputs.distance_km.unit", "应为 km"),
        ('value = "0.089"', 'value = "0,089"', "parameters.saved.value", "不是数字"),
        ('value = "0.089"\n', "", "parameters.saved.value", "缺数值"),
        ('region = "370200"', 'region = "3702"', "parameters.saved.region", "六位"),
        ('valid_from = 2021-01-01', 'valid_from = "2021.1.1"', "parameters.saved.valid_from", "2022-05-06"),
        ('source = "青岛"\n', "", "parameters.saved.source", "要填文字"),
        ('source = "青岛"', 'source = "青岛"\nevidence = "Q"', "parameters.saved.evidence", "A、B、C、X"),
        ('reduction = "saved * distance_km"', "", "formula", "缺公式"),
        ('inputs = { distance_km = "10" }', "", "examples.1.inputs", "写出输入"),
        ('expected = "0.890"', "", "examples.1.expected", "缺结果"),
        ('expected = "0.890"', 'expected = "0.890"\nplaces = 99', "examples.1.places", "0 至 12"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(old, new, field, words):
    with pytest.raises(RuleViolation) as refusal:
        changed((old, new))
    assert refusal.value.code == "bad_document"
    assert field in [row.field for row in refusal.value.rows]
    assert words in str(refusal.value)


def test_text_that_is_no_toml_is_refused_with_its_line():
    with pytest.raises(RuleViolation, match="line 1"):
        parse("code = x")


def test_all_wrong_fields_are_named_at_once():
    with pytest.raises(RuleViolation) as refusal:
        changed(("version = 1", "version = 0"), ('result = "kg"', 'result = "g"'))
    assert {row.field for row in refusal.value.rows} == {"version", "result"}


FORMULA = '[formula]\nreduction = "saved * distance_km"\n'


def test_a_qualitative_method_has_no_formula_and_no_figure():
    document = changed(('kind = "quantitative"', 'kind = "qualitative"'), (FORMULA, ""))
    check(document)
    with pytest.raises(RuleViolation) as refusal:
        quantify(document, {"distance_km": "1"}, DAY, "370200")
    assert refusal.value.code == "qualitative"
    with pytest.raises(RuleViolation, match="定性方法学不写公式"):
        changed(('kind = "quantitative"', 'kind = "qualitative"'))


def test_a_number_nobody_may_issue_on_does_not_pass_as_a_qualitative_one_either():
    document = changed(
        ('kind = "quantitative"', 'kind = "qualitative"'),
        (FORMULA, ""),
        ('source = "青岛"', 'source = "青岛"\nevidence = "X"'),
    )
    with pytest.raises(RuleViolation, match="X 级"):
        check(document)


CHOSEN = (
    METRO.replace('[inputs.distance_km]\nunit = "km"', '[inputs.days]\nunit = "km"\nkind = "list"')
    .replace("[formula]", '[inputs.mode]\nkind = "text"\nchoices = ["a", "b", "c"]\n[parameters.share]\nunit = "1"\n'
             'table = { a = "1", b = "0.5" }\nsource = "表"\n[formula]')
    .replace('"saved * distance_km"', '"saved * sum(days) * lookup(share, mode)"')
    .replace('{ distance_km = "10" }', '{ days = ["4", "6"], mode = "a" }')
)  # fmt: skip


def test_lists_and_choices_come_out_in_bulk_as_one_by_one():
    columns = {"days": [["4", "6"], ("1",), [Decimal(2), "3.5"]], "mode": ["a", "b", "a"]}
    assert quantify_many(parse(CHOSEN), columns, DAY, "370200") == [890_000, 44_500, 489_500]


def test_wrong_choices_and_list_entries_are_named_by_row():
    with pytest.raises(RuleViolation) as refusal:
        quantify_many(parse(CHOSEN), {"days": [["4"], "4", ["x"]], "mode": ["a", "a", "z"]}, DAY, "370200")
    assert [(row.row, row.field) for row in refusal.value.rows] == [(2, "days"), (3, "days"), (3, "mode")]


def test_a_choice_without_a_factor_has_no_figure():
    with pytest.raises(RuleViolation) as refusal:
        quantify(parse(CHOSEN), {"days": ["4"], "mode": "c"}, DAY, "370200")
    assert refusal.value.code == "no_factor"
    with pytest.raises(RuleViolation) as refusal:
        quantify_many(parse(CHOSEN), {"days": [["4"], ["4"]], "mode": ["a", "c"]}, DAY, "370200")
    assert (refusal.value.code, refusal.value.row) == ("no_factor", 2)


@pytest.mark.parametrize(("column", "named"), [(["1", "-1"], (2, "低于 0")), (["201", "1"], (1, "高于 200"))])
def test_a_column_beyond_one_bound_names_the_row_that_is(column: list[str], named: tuple[int, str]) -> None:
    with pytest.raises(RuleViolation) as refusal:
        quantify_many(parse(METRO), {"distance_km": column}, DAY, "370200")
    assert refusal.value.code == "bad_input"
    (row,) = refusal.value.rows
    assert (row.row, row.field) == (named[0], "distance_km")
    assert named[1] in str(row.message)


@pytest.mark.parametrize("distance", ["0", "200"])
def test_both_bounds_are_allowed(distance: str) -> None:
    assert len(quantify_many(parse(METRO), {"distance_km": [distance]}, DAY, "370200")) == 1
    assert quantify(parse(METRO), {"distance_km": distance}, DAY, "370200").notes == ()


def test_a_figure_at_the_cap_is_not_called_capped() -> None:
    """The note says that something was taken away; exactly at the cap nothing was."""
    charging = parse((CATALOGUE / "CN-2023-002-V01.toml").read_text(encoding="utf-8"))
    at_cap = parse(charging.text.replace('cap = "most * energy_kwh"', 'cap = "BE - PE - LE"'))
    result = quantify(at_cap, {"energy_kwh": "30", "grid": "湖北"}, DAY)
    assert result.results["capped"] == result.results["ER"]
    assert result.notes == ()
    above = quantify(charging, {"energy_kwh": "30", "grid": "云南"}, DAY)
    assert above.reduction_mg == 24_000_000
    assert len(above.notes) == 1


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("722.1775", "722.1775"),
        ("10", "10"),
        ("1E+2", "100"),
        ("0.500", "0.5"),
        ("5.000", "5"),
        ("100.00", "100"),
        ("-0.10", "-0.1"),
    ],
)
def test_a_result_is_told_without_trailing_zeros(value: str, written: str) -> None:
    assert told(Decimal(value)) == written


@pytest.mark.parametrize(
    ("scope", "expected", "exact"), [("act", "0", True), ("act", "-0.890", False), ("project", "-0.890", True)]
)
def test_an_example_of_an_act_is_never_below_zero_and_one_of_a_project_may_be(
    scope: str, expected: str, exact: bool
) -> None:
    text = METRO.replace('"saved * distance_km"', '"saved * distance_km * -1"').replace('"0.890"', f'"{expected}"')
    document = parse(text.replace('result = "kg"', f'result = "kg"\nscope = "{scope}"'))
    (outcome,) = outcomes(document)
    assert outcome.exact is exact

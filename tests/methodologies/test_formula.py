"""The formula engine: what it computes, what it refuses and where it points."""

from decimal import ROUND_HALF_EVEN, Decimal, getcontext, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.rules import RuleViolation
from methodologies.formula import (
    CONTEXT,
    Declared,
    FormulaError,
    Kind,
    Steps,
    compile_formula,
    decimal,
    decimals,
    parse_unit,
)

D = Decimal


def number(unit="1", kind=Kind.NUMBER):
    return Declared(kind, parse_unit(unit))


NAMES = {"g": number("MWh"), "d": number("km"), "n": number()}
MORE = {
    "ef": number("t/MWh"),
    "readings": number("MWh", Kind.LIST),
    "fuel": number("1", Kind.TEXT),
    "factors": number("kg/L", Kind.TABLE),
    "bands": Declared(Kind.STEPS, parse_unit("kg/d"), parse_unit("L")),
    "litres": number("L"),
}
VALUES = {
    "g": D(3),
    "d": D(10),
    "n": D(0),
    "readings": (D(1), D(2), D(6)),
    "fuel": "petrol",
    "litres": D("1.6"),
    "ef": D("0.656525"),
    "factors": {"petrol": D("2.19"), "diesel": D("2.6")},
    "bands": Steps((D(0), D("1.6"), D("2.0")), (D("3.27"), D("4.0"), D("4.55"))),
}


def compiled(source):
    return compile_formula({"ER": source}, NAMES, MORE)


def evaluated(source):
    return compiled(source).row(VALUES, VALUES)["ER"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("g * ef", "1.969575"),
        ("0.089 * d", "0.890"),
        ("-d ** 2", "-100"),
        ("g * ef\n  - 0", "1.969575"),
        ("d / 3 * 3 - d", "-1E-33"),
        ("n if n > 0 or not n == 0 else 1 + 1", "2"),
        ("5 if 1 < 2 <= 2 and 1 != 2 else 6", "5"),
        ("min(d, 0)", "0"),
        ("max(g, convert(4000, 'kWh') * 0 + convert(d / d, 'MWh'))", None),
        ("sum(readings)", "9"),
        ("mean(readings)", "3"),
        ("min(readings)", "1"),
        ("max(readings)", "6"),
        ("count(readings)", "3"),
        ("sum(g, g, g)", "9"),
        ("mean(1, 2)", "1.5"),
        ("floor(7.9)", "7"),
        ("floor(-7.1)", "-8"),
        ("ceil(7.1)", "8"),
        ("abs(-3.5)", "3.5"),
        ("convert(g, 'kWh')", "3000"),
        ("convert(g * ef, 'kg')", "1969.575"),
        ("convert(d / convert(2, '1'), 'm')", "5000"),
        ("lookup(factors, fuel)", "2.19"),
        ("lookup(factors, 'diesel')", "2.6"),
        ("steps(bands, litres)", "4.0"),
        ("2 ** 0.5 * 2 ** 0.5", "2.000000000000000000000000000000000"),
        ("10 ** -3", "0.001"),
    ],
)
def test_what_a_formula_gives(source, expected):
    if expected is None:
        with pytest.raises(FormulaError, match="不能换算"):
            evaluated(source)
    else:
        assert evaluated(source) == D(expected)


def test_a_conversion_without_a_finite_factor_multiplies_first():
    speed = compile_formula({"v": "convert(x, 'm/s')"}, {"x": number("km/h")}, {})
    assert speed.row({"x": D(36)}, {})["v"] == 10


REFUSED = [
    ("", 1, "公式是空的"),
    ("g * (ef", 5, "写法不对"),
    ("g.real", 1, "取属性"),
    ("().__class__", 1, "取属性"),
    ("__import__('os')", 1, "没有 __import__ 这个函数"),
    ("g[0]", 2, "不能有“[”"),
    ("lambda: 1", 7, "不能有“:”"),
    ("g := 1", 3, "不能有“:”"),
    ("{g}", 1, "不能有“{”"),
    ("f'g'", 1, "格式化文本"),
    ("g, g", 1, "一个结果"),
    ("(g for g in g)", 1, "循环"),
    ("g in (g)", 1, "in"),
    ("g is g", 1, "is"),
    ("g // 2", 1, "floor"),
    ("g % 2", 3, "不能有“%”"),
    ("g # 注", 3, "不能有“#”"),
    ("'\\x41'", 1, "不能有"),
    ("（g）", 1, "半角“(”"),
    ("g × 2", 3, "半角“*”"),
    ("１", 1, "不能有“１”"),
    ("0x10 * g", 1, "不用指数"),
    ("1_0 * g", 1, "不用指数"),
    ("1e5 * g", 1, "不用指数"),
    ("1j", 1, "不用指数"),
    (".5", 1, "不用指数"),
    ("5.", 1, "不用指数"),
    ("b'x'", 1, "不用指数"),
    ("True", 1, "只能写数字"),
    ("...", 1, "只能写数字"),
    ("'kWh'", 1, "文字只能"),
    ("g > 'x'", 5, "文字只能"),
    ("-" * 200 + "n", 51, "嵌套太深"),
    ("(" * 300 + "n" + ")" * 300, 201, "写法不对"),
    ("n+" * 500 + "n", 1, "公式太长"),
    ("gg * ef", 1, "没有名为 gg 的量，是不是 g"),
    ("min", 1, "没有名为 min"),
    ("print(1)", 1, "没有 print 这个函数"),
    ("ef(g)", 1, "没有 ef 这个函数"),
    ("floor(g, g)", 1, "1 个参数，这里有 2 个"),
    ("min()", 1, "1—12 个参数"),
    ("min(g)", 5, "一列数"),
    ("min(g, *g)", 8, "展开"),
    ("min(x=g)", 7, "不写名字"),
    ("readings * 2", 1, "要一个数"),
    ("sum(readings, g)", 5, "要一个数"),
    ("g if g else g", 6, "要一个条件"),
    ("(n > 1) * 2", 2, "要一个数"),
    ("not g", 5, "要一个条件"),
    ("fuel", 1, "要一个数"),
    ("n / 0", 5, "除数是 0"),
    ("2 ** 65", 6, "指数太大"),
    ("2 ** -65", 6, "指数太大"),
    ("lookup(n, fuel)", 8, "对照表"),
    ("lookup(factors, n)", 17, "是文字"),
    ("steps(factors, n)", 7, "分档表"),
    ("convert(g, kWh)", 12, "带引号的单位"),
]


@pytest.mark.parametrize(("source", "column", "words"), REFUSED)
def test_what_may_not_be_written_is_refused_with_its_place(source, column, words):
    with pytest.raises(FormulaError) as refusal:
        compiled(source)
    assert words in str(refusal.value)
    assert (refusal.value.code, refusal.value.line, refusal.value.column) == ("bad_formula", 1, column)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("g + d", "MWh 与 km"),
        ("g + convert(g, 'kWh')", "请写 convert"),
        ("g > 1", "MWh 与 1"),
        ("g if n > 0 else d", "MWh 与 km"),
        ("max(g, d)", "MWh 与 km"),
        ("g ** 0.5", "整数次幂"),
        ("g ** n", "整数次幂"),
        ("2 ** g", "指数不能带单位"),
        ("convert(g, 'kg')", "MWh 不能换算成 kg"),
        ("convert(g, 'kwh')", "应为 kWh"),
        ("convert(g, 'k?')", "写法不对"),
        ("steps(bands, d)", "L 与 km"),
    ],
)
def test_units_are_never_mixed_in_silence(source, words):
    with pytest.raises(FormulaError) as refusal:
        compiled(source)
    assert refusal.value.code == "unit_error"
    assert words in str(refusal.value)


def test_kilowatt_hours_times_tonnes_a_megawatt_hour_are_not_tonnes():
    wrong = compile_formula({"ER": "kwh * ef"}, {"kwh": number("kWh")}, {"ef": number("t/MWh")})
    right = compile_formula({"ER": "convert(kwh, 'MWh') * ef"}, {"kwh": number("kWh")}, {"ef": number("t/MWh")})
    assert str(wrong.units["ER"]) == "kWh·t/MWh"
    assert str(right.units["ER"]) == "t"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("d / (g - g)", "除数为 0"),
        ("(g - g) / (g - g)", "除数为 0"),
        ("2 ** (n + 65)", "指数太大"),
        ("((((10 ** 64) ** 64) ** 64))", "超出范围"),
        ("(n - 2) ** 0.5", "算不出结果"),
        ("lookup(factors, 'coal')", "没有“coal”"),
        ("steps(bands, 0 - litres)", "低于分档表"),
        ("n ** 0", "算不出结果"),
    ],
)
def test_what_has_no_value_is_said_with_the_failing_step(source, words):
    with pytest.raises(FormulaError) as refusal:
        evaluated(source)
    assert refusal.value.code == ("no_factor" if "lookup" in source else "not_computable")
    assert words in str(refusal.value)


def test_the_caret_stands_under_the_place_also_in_a_later_line_and_formula():
    formula = compile_formula({"BE": "g * 2", "ER": "BE -\n  g / (d - d) * d"}, NAMES, {})
    with pytest.raises(FormulaError) as refusal:
        formula.row(VALUES, {})
    assert str(refusal.value) == "ER 第 2 行第 3 列：除数为 0，算不出结果\n  g / (d - d) * d\n  ^^^^^^^^^^^"
    with pytest.raises(FormulaError) as refusal:
        compile_formula({"ER": "lookup(factors, '汽油') + x"}, NAMES, MORE)
    assert str(refusal.value).split("\n")[2] == " " * 17 + "\u3000\u3000" + " " * 5 + "^"


def test_a_long_line_is_shown_around_the_place_only():
    with pytest.raises(FormulaError) as refusal:
        compiled("n + " * 40 + "x")
    shown, caret = str(refusal.value).split("\n")[1:]
    assert len(shown) <= 80
    assert shown[caret.index("^")] == "x"


@pytest.mark.parametrize("name", ["g", "min", "if", "_x", "1a", "中"])
def test_a_result_needs_a_name_of_its_own(name):
    with pytest.raises(FormulaError, match="不能用作名字"):
        compile_formula({name: "1"}, NAMES, {})


def test_a_later_formula_uses_earlier_results_and_not_the_other_way_round():
    formula = compile_formula({"A": "g * 2", "B": "A / g"}, NAMES, {})
    assert formula.row(VALUES, {}) == {"A": 6, "B": 2}
    with pytest.raises(FormulaError, match="没有名为 B"):
        compile_formula({"A": "B", "B": "g"}, NAMES, {})


def test_the_ambient_decimal_context_changes_nothing():
    formula = compiled("d / 3")
    with localcontext() as ambient:
        ambient.prec = 3
        assert formula.row(VALUES, VALUES)["ER"] == D("3.333333333333333333333333333333333")
        assert getcontext().prec == 3


def test_bulk_says_which_row_has_no_value():
    formula = compile_formula({"ER": "1 / x"}, {"x": number()}, {})
    with pytest.raises(FormulaError) as refusal:
        formula.bulk({"x": [D(1), D(2), D(0)]}, {})
    assert refusal.value.row == 3


def test_bulk_refuses_columns_of_unequal_length():
    formula = compile_formula({"ER": "x + y"}, {"x": number(), "y": number()}, {})
    with pytest.raises(ValueError, match="shorter"):
        formula.bulk({"x": [D(1), D(2)], "y": [D(0)]}, {})


AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=6)
PV = compile_formula(
    {"EF": "0.75 * om + 0.25 * bm", "BE": "g * EF", "PE": "0", "ER": "BE - PE if BE > 0 else 0"},
    {"g": number("MWh")},
    {"om": number("t/MWh"), "bm": number("t/MWh")},
)
MARGINS = {"om": D("0.8042"), "bm": D("0.2135")}


@given(st.lists(AMOUNTS, max_size=30))
def test_bulk_equals_row(column):
    rows = [PV.row({"g": value}, MARGINS)["ER"] for value in column]
    assert list(map(str, PV.bulk({"g": column}, MARGINS))) == list(map(str, rows))


@given(AMOUNTS, AMOUNTS)
def test_more_generation_is_never_less_reduction(one, other):
    less, more = sorted((one, other))
    low, high = PV.bulk({"g": [less, more]}, MARGINS)
    assert 0 <= low <= high


@given(AMOUNTS, st.integers(0, 1000))
def test_reduction_scales_with_generation(amount, times):
    one, many = PV.bulk({"g": [amount, amount * times]}, MARGINS)
    assert many == one * times


@given(st.text(max_size=60))
def test_no_text_at_all_gets_more_than_a_refusal(source):
    try:
        result = compile_formula({"ER": source}, NAMES, MORE).row(VALUES, VALUES)
    except FormulaError:
        return
    assert result["ER"].is_finite()


@given(st.lists(st.sampled_from([*NAMES, *MORE, *"+-*/()<>,.!= 0123456789", "**", "if", "else", "not", "min(", "'t'"])))
def test_no_arrangement_of_known_parts_gets_more_than_a_refusal(parts):
    test_no_text_at_all_gets_more_than_a_refusal.hypothesis.inner_test("".join(parts))


@pytest.mark.parametrize(
    "text", ["1e5", "1_000", "１２", "NaN", "Infinity", "", " 1", "+1", "1.", ".5", "1,000", "0x1", "1" * 17]
)
def test_a_number_is_a_plain_decimal_or_refused(text):
    with pytest.raises(RuleViolation) as refusal:
        decimal(text)
    assert refusal.value.code == "bad_number"
    with pytest.raises(RuleViolation):
        decimals(["1", text])


@pytest.mark.parametrize("value", [1.5, True, None, D("NaN"), D("Infinity")])
def test_a_float_or_a_flag_is_no_number(value):
    with pytest.raises(RuleViolation):
        decimal(value)


def test_columns_of_text_become_decimals():
    assert decimals(["1", "-2.50"]) == [1, D("-2.5")]
    assert decimals([]) == []
    assert decimal(7) == 7
    assert decimals(["1", "123456789012345.1234567890123456789"])[1] == D("123456789012345.1234567890123456789")
    for text in ("1\n2", "1\n", "--1", "1-2", "1.2.3", "-", "-.5"):
        with pytest.raises(RuleViolation):
            decimals([text, "1"])


@given(st.lists(st.text("0123456789.-\n eE_", max_size=4), max_size=4))
def test_a_column_is_read_as_its_values_are(column):
    try:
        wanted = [decimal(value) for value in column]
    except RuleViolation:
        with pytest.raises(RuleViolation):
            decimals(column)
    else:
        assert decimals(column) == wanted


@pytest.mark.parametrize(
    ("text", "written"),
    [("t/MWh", "t/MWh"), ("kg/person/km", "kg/km/person"), ("m2*kg", "kg·m2"), ("1", "1"), ("1/h", "1/h")],
)
def test_units_are_read_and_written(text, written):
    assert str(parse_unit(text)) == written


@pytest.mark.parametrize("text", ["", "KWH", "Km", "kg//km", "kg km", "xy", "吨", "m0", "kg^2"])
def test_an_unknown_unit_is_refused(text):
    with pytest.raises(RuleViolation) as refusal:
        parse_unit(text)
    assert refusal.value.code == "bad_unit"


@pytest.mark.parametrize(
    ("source", "wanted", "given"),
    [
        ("min()", "1—12", 0),
        ("max(" + ", ".join("1" * 13) + ")", "1—12", 13),
        ("sum()", "1—12", 0),
        ("mean()", "1—12", 0),
        ("floor()", "1", 0),
        ("ceil(1, 2)", "1", 2),
        ("abs()", "1", 0),
        ("count()", "1", 0),
        ("count(readings, readings)", "1", 2),
        ("convert(g)", "2", 1),
        ("convert(g, 'kWh', 'J')", "2", 3),
        ("lookup(factors)", "2", 1),
        ("steps(bands)", "2", 1),
    ],
)
def test_a_function_takes_so_many_and_no_others(source, wanted, given):
    with pytest.raises(FormulaError, match=f"要 {wanted} 个参数，这里有 {given} 个") as refusal:
        compiled(source)
    assert refusal.value.code == "bad_formula"


def test_twelve_numbers_are_not_too_many():
    assert evaluated("max(" + ", ".join(map(str, range(12))) + ")") == 11


@pytest.mark.parametrize("called", ["min", "max", "sum", "mean"])
def test_a_column_without_numbers_has_no_least_no_sum_and_no_mean(called):
    """Python's own ``min`` of nothing is another error, ``sum`` of nothing is 0: neither is what a method says."""
    with pytest.raises(FormulaError, match="这一列没有数") as refusal:
        compiled(f"{called}(readings)").row({**VALUES, "readings": ()}, {**VALUES, "readings": ()})
    assert refusal.value.code == "not_computable"
    counted = compiled("count(readings)").row({**VALUES, "readings": ()}, {**VALUES, "readings": ()})
    assert counted["ER"] == 0


def test_a_wrong_name_is_marked_with_one_caret():
    with pytest.raises(FormulaError) as refusal:
        compile_formula({"d": "g + 1"}, NAMES, MORE)
    assert str(refusal.value).endswith("\ng + 1\n^")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("floor(-1.5)", "-2"),
        ("floor(1.5)", "1"),
        ("ceil(-1.5)", "-1"),
        ("ceil(1.5)", "2"),
        ("abs(-1.5)", "1.5"),
        ("+d / d", "1"),
        ("mean(1, 2, 6)", "3"),
        ("sum(1, 2, 6)", "9"),
        ("min(1, 2, 6)", "1"),
        ("max(1, 2, 6)", "6"),
        ("min(readings) / g", None),
        ("(n + 3) ** 0", "1"),
        ("2 ** 64", "18446744073709551616"),
        ("2 ** -1", "0.5"),
        ("1 if n == 0 else 2", "1"),
        ("1 if n != 0 else 2", "2"),
        ("1 if n >= 0 and n <= 0 else 2", "1"),
        ("1 if n > 0 or n < 0 else 2", "2"),
        ("1 if not n > 0 else 2", "1"),
        ("steps(bands, litres) / steps(bands, litres * 0)", "1.223241590214067278287461773700306"),
    ],
)
def test_each_function_and_each_comparison(source, expected):
    got = evaluated(source)
    assert got == D(expected) if expected else got > 0


def test_a_power_at_the_bound_is_computed_and_beyond_it_refused():
    assert evaluated("2 ** (60 + 4)") == 2**64
    with pytest.raises(FormulaError, match="指数太大，最大 64"):
        evaluated("2 ** (60 + 5)")
    with pytest.raises(FormulaError, match="指数太大，最大 64"):
        evaluated("2 ** (-60 - 5)")
    with pytest.raises(FormulaError, match="指数太大，最大 64") as refusal:
        compiled("2 ** 65")
    assert refusal.value.code == "bad_formula"


def test_nesting_is_allowed_to_its_bound_and_no_further():
    assert evaluated("-" * 48 + "1") == 1
    with pytest.raises(FormulaError, match="嵌套太深，最多 50 层"):
        compiled("-" * 60 + "1")


def test_a_formula_may_have_a_thousand_characters_and_no_more():
    assert evaluated("1" + " " * 999) == 1
    with pytest.raises(FormulaError, match="最多 1000 个字符"):
        compiled("1" + " " * 1000)


def test_a_number_has_fifteen_places_before_the_point_and_nineteen_behind():
    assert decimal("9" * 15 + "." + "9" * 19) == D("9" * 15 + "." + "9" * 19)
    for text in ("9" * 16, "0." + "9" * 20):
        with pytest.raises(RuleViolation):
            decimal(text)


def test_a_name_has_sixty_characters_and_no_more():
    assert compile_formula({"a" * 60: "1"}, {}, {}).row({}, {}) == {"a" * 60: 1}
    with pytest.raises(FormulaError, match="不能用作名字"):
        compile_formula({"a" * 61: "1"}, {}, {})


def test_a_last_line_of_parameters_alone_stands_in_every_row():
    formula = compile_formula({"first": "g * ef", "last": "ef * 2"}, NAMES, MORE)
    columns = {"g": [D(1), D(2)], "d": [D(1), D(2)], "n": [D(0), D(0)]}
    assert formula.bulk(columns, VALUES) == [VALUES["ef"] * 2] * 2
    one = compile_formula({"first": "ef * 2", "last": "first * g"}, NAMES, MORE)
    assert one.bulk(columns, VALUES) == [VALUES["ef"] * 2, VALUES["ef"] * 4]


def test_a_long_line_shows_forty_characters_on_each_side():
    source = "1 +" + " " * 117 + "x" + " " * 60 + "+ 1"
    with pytest.raises(FormulaError) as refusal:
        compiled(source)
    shown, mark = str(refusal.value).split("\n")[1:]
    assert shown == source[80:160]
    assert mark == " " * 40 + "^"
    assert refusal.value.column == 121


def test_a_mark_ends_with_what_is_shown_of_its_place():
    source = "1 +" + " " * 117 + "x" * 59
    with pytest.raises(FormulaError) as refusal:
        compiled(source)
    shown, mark = str(refusal.value).split("\n")[1:]
    assert (len(shown), mark) == (80, " " * 40 + "^" * 40)


@pytest.mark.parametrize(
    ("source", "marked"),
    [
        ("", "\n^"),
        ("  ", "\n  \n^"),
        ("  g + * d", "\n  g + * d\n      ^"),
        ("\tg + * d", "\n g + * d\n     ^"),
        ("(g", "\n(g\n^"),
        ("2 ** 65", "\n2 ** 65\n     ^^"),
        ("g + d", "\ng + d\n^^^^^"),
    ],
)
def test_the_mark_stands_exactly_under_the_mistake(source, marked):
    with pytest.raises(FormulaError) as refusal:
        compiled(source)
    assert str(refusal.value).endswith(marked)


def test_the_context_is_decimal128():
    assert (CONTEXT.prec, CONTEXT.Emin, CONTEXT.Emax) == (34, -6143, 6144)
    assert CONTEXT.rounding == ROUND_HALF_EVEN


def test_what_is_no_number_is_quoted_to_forty_characters():
    with pytest.raises(RuleViolation) as refusal:
        decimal("x" * 41)
    assert f"“{'x' * 40}”" in str(refusal.value)
    assert "x" * 41 not in str(refusal.value)


def test_only_a_name_is_called():
    with pytest.raises(FormulaError, match="只能调用列出的函数"):
        compiled("(g + 1)(2)")


@pytest.mark.parametrize("source", ["", "1" * 1001])
def test_a_mistake_of_the_whole_is_marked_at_its_beginning(source):
    with pytest.raises(FormulaError) as refusal:
        compiled(source)
    assert (refusal.value.line, refusal.value.column) == (1, 1)
    assert str(refusal.value).endswith("\n^")

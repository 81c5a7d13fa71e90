"""Refusals carry a code for machines and a sentence for people, in either language."""

import pytest

from kernel.rules import RowError, RuleViolation, require, sentence


def test_a_refusal_says_its_sentence_and_keeps_the_places():
    rows = [RowError(3, "energy", "第 3 行的电量不是数字")]
    refusal = RuleViolation("bad_file", "文件有错", rows=rows)
    assert (str(refusal), refusal.code, refusal.rows) == ("文件有错", "bad_file", tuple(rows))
    assert str(RuleViolation("bad_file")) == "bad_file"


def test_what_holds_is_not_refused():
    require(True, "never")
    with pytest.raises(RuleViolation, match="不成立"):
        require(False, "not_so", "不成立")


def test_a_filled_in_sentence_can_still_be_said_in_another_language():
    said = sentence("{place}有 {n} 处错误", place=sentence("首页"), n=2)
    english = {"{place}有 {n} 处错误": "{n} mistakes on {place}", "首页": "the home page"}
    assert said == "首页有 2 处错误"
    assert said.translated(english.__getitem__) == "2 mistakes on the home page"

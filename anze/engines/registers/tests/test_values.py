"""What people type, read into values and back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from anze.engines.registers import fold, values
from anze.engines.registers.spec import Field

DAY = Field("made_on", "出厂日期", "day")
KIND = Field("kind", "类别", "choice", choices={"water": "水基型", "co2": "二氧化碳"})
COUNT = Field("count", "数量", "integer", least=0, most=100, measure=" 具")
WEIGHT = Field("weight", "重量", "decimal")
LINKED = Field("linked", "联网", "yesno")
REMARK = Field("remark", "备注", max_length=5)


@pytest.mark.parametrize(
    ("one", "typed", "meant"),
    [
        (DAY, "2026-3-5", date(2026, 3, 5)),
        (DAY, "2026年3月5日", date(2026, 3, 5)),
        (DAY, date(2026, 3, 5), date(2026, 3, 5)),
        (KIND, "water", "water"),
        (KIND, " 水基型 ", "water"),
        (COUNT, "12", 12),
        (COUNT, "12.0", 12),
        (WEIGHT, "4.50", Decimal("4.50")),
        (LINKED, "是", True),
        (LINKED, "no", False),
        (REMARK, " 甲  乙 ", "甲 乙"),
        (REMARK, "   ", None),
        (DAY, None, None),
    ],
)
def test_what_is_typed_is_read_as_meant(one, typed, meant):
    assert values.parse(one, typed) == meant


@pytest.mark.parametrize(
    ("one", "typed"),
    [
        (DAY, "2026-02-30"),
        (DAY, "昨天"),
        (DAY, "0001-01-01"),
        (KIND, "泡沫"),
        (COUNT, "十二"),
        (COUNT, "-1"),
        (COUNT, "101"),
        (WEIGHT, "NaN"),
        (WEIGHT, "1e400"),
        (WEIGHT, "1.23456"),
        (LINKED, "也许"),
        (REMARK, "一二三四五六"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(one, typed):
    with pytest.raises(values.BadValue) as wrong:
        values.parse(one, typed)
    assert str(wrong.value)


def test_values_are_written_as_codes_and_said_in_words():
    assert values.fact(Decimal("4.500")) == "4.5"
    assert values.fact(True) == "yes"
    assert values.fact(date(2026, 3, 5)) == "2026-03-05"
    assert values.said(KIND, "co2") == "二氧化碳"
    assert values.said(LINKED, False) == "否"
    assert values.said(COUNT, 3) == "3 具"
    assert values.said(DAY, None) == ""


def _said(kind, **facts):
    return f"register.{kind}", {"register_code": "fire", "thing": "t1", "code": "XF-1", **facts}


def test_entries_fold_into_how_a_thing_stands():
    told = [
        _said("added", values=[{"field": "kind", "value": "co2"}, {"field": "a", "value": "1"}]),
        _said("changed", values=[{"field": "kind", "value": "water"}], cleared=["a"]),
    ]
    assert fold.states(told, "fire")["t1"].values == {"kind": "water"}
    assert fold.states([*told, _said("ended", reason="lost", on="2026-01-01")], "fire")["t1"].ended
    assert fold.states(told, "lifts") == {}


def test_changes_of_a_thing_whose_adding_was_retracted_count_for_nothing():
    assert fold.states([_said("changed", values=[{"field": "a", "value": "1"}])], "fire") == {}

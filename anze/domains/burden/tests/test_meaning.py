"""Whether two labels ask for the same thing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anze.domains.burden import meaning
from anze.domains.burden.meaning import Known


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("学生数", "学生人数"),
        ("全校学生数（人）", "学生 数"),
        ("是否有食堂", "有食堂"),
        ("专职保安员数", "现有专职保安员人数"),
        ("ＷＩＦＩ名称", "wifi名称"),
        ("应急预案备案", "应急预案备案日"),
    ],
)
def test_the_same_thing_in_other_words(one, other):
    assert meaning.near(meaning.of(one), meaning.of(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("学生数", "教职工数"), ("灭火器数", "灭火器位置"), ("日期", "最近清点日期"), ("门", "校门")],
)
def test_other_things(one, other):
    assert not meaning.near(meaning.of(one), meaning.of(other))


@given(st.text(max_size=60), st.text(max_size=60))
def test_near_is_symmetric_and_a_meaning_is_near_itself(one, other):
    first, second = meaning.of(one), meaning.of(other)
    assert meaning.near(first, second) == meaning.near(second, first)
    assert meaning.near(first, first) == bool(first)


def test_each_place_is_named_once():
    known = [Known(meaning.of("学生数"), "学生数", "单位情况")] * 3
    assert meaning.kept("学生人数", known) == ["单位情况：学生数"]

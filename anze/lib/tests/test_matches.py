"""A match is data: checked when loaded, decided without surprises, explained in Chinese."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anze.lib.matches import check_match, explain, fields, matches

FACTS = {
    "kind": "fire",
    "share": 920,
    "area": "12.50",
    "code": "007",
    "held": "2026-11-20",
    "real": True,
    "tags": ["night", "3"],
    "place": {"floor": 3, "gate": {"no": "2"}},
    "empty": None,
}


@pytest.mark.parametrize(
    ("spec", "holds"),
    [
        ({}, True),
        ({"kind": {"is": "fire"}}, True),
        ({"kind": {"is": "Fire"}}, False),
        ({"kind": {"not": "quake"}}, True),
        ({"kind": {"not": "fire"}}, False),
        ({"kind": {"in": ["quake", "fire"]}}, True),
        ({"kind": {"in": ["quake"]}}, False),
        ({"share": {"at_least": 920}}, True),
        ({"share": {"at_least": 921}}, False),
        ({"share": {"at_most": "920.0"}}, True),
        ({"share": {"at_most": 919}}, False),
        ({"share": {"is": "920"}}, True),
        ({"area": {"is": "12.5"}}, True),
        ({"area": {"at_least": 9}}, True),  # as text "12.50" < "9"
        ({"code": {"is": 7}}, False),
        ({"code": {"is": "7"}}, False),
        ({"code": {"is": "007"}}, True),
        ({"held": {"at_least": "2026-11-09"}}, True),
        ({"held": {"at_most": date(2026, 11, 19)}}, False),
        ({"held": {"is": date(2026, 11, 20)}}, True),
        ({"real": {"is": True}}, True),
        ({"real": {"is": 1}}, False),
        ({"real": {"at_least": 0}}, False),
        ({"tags": {"contains": "night"}}, True),
        ({"tags": {"contains": 3}}, True),
        ({"tags": {"contains": "day"}}, False),
        ({"kind": {"contains": "ir"}}, True),
        ({"kind": {"contains": 1}}, False),
        ({"share": {"contains": 9}}, False),
        ({"place.floor": {"is": 3}}, True),
        ({"place.gate.no": {"at_least": 2}}, True),
        ({"place.gate.no.x": {"exists": False}}, True),
        ({"missing": {"exists": True}}, False),
        ({"missing": {"exists": False}}, True),
        ({"empty": {"exists": False}}, True),
        ({"kind": {"exists": True}}, True),
        ({"missing": {"is": "x"}}, False),
        ({"missing": {"not": "x"}}, True),
        ({"missing": {"in": ["x"]}}, False),
        ({"missing": {"at_least": 0}}, False),
        ({"missing": {"at_most": 0}}, False),
        ({"missing": {"contains": "x"}}, False),
        ({"kind": {"at_least": 1}}, False),
        ({"share": {"at_least": 900, "at_most": 910}}, False),
        ({"share": {"at_least": 900}, "kind": {"is": "quake"}}, False),
    ],
)
def test_conditions_are_decided(spec, holds):
    assert check_match(spec) == []
    assert matches(spec, FACTS) is holds


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        (None, "键值"),
        ([], "键值"),
        ({"Kind": {"is": "x"}}, "不合规"),
        ({"a..b": {"is": "x"}}, "不合规"),
        ({1: {"is": "x"}}, "不合规"),
        ({"kind": "fire"}, "应写成"),
        ({"kind": {}}, "应写成"),
        ({"kind": {"equals": "x"}}, "不认识的比较"),
        ({"kind": {"in": "fire"}}, "非空列表"),
        ({"kind": {"in": []}}, "非空列表"),
        ({"kind": {"in": [["x"]]}}, "应为文字"),
        ({"kind": {"exists": 1}}, "true 或 false"),
        ({"share": {"at_least": "high"}}, "整数"),
        ({"share": {"at_least": True}}, "整数"),
        ({"share": {"at_least": 0.9}}, "整数"),
        ({"share": {"is": 0.9}}, "加引号"),
        ({"share": {"is": None}}, "应为文字"),
        ({"held": {"is": datetime(2026, 1, 1)}}, "应为文字"),
        ({"held": {"at_least": "2026-13-01"}}, "整数"),
    ],
)
def test_a_wrong_match_is_named_before_it_is_used(spec, says):
    assert any(says in problem for problem in check_match(spec))


def test_an_unchecked_operator_is_an_error_not_a_silent_no():
    with pytest.raises(ValueError, match="near"):
        matches({"kind": {"near": 1}}, FACTS)


def test_a_match_explains_itself_condition_by_condition():
    spec = {
        "share": {"at_least": 950},
        "kind": {"in": ["fire", "quake"]},
        "missing": {"exists": True},
        "real": {"is": True},
    }
    assert explain(spec, FACTS, {"share": "参加率（千分）"}) == [
        "参加率（千分）应不小于 950，实际为 920：不符合",
        "kind应为其中之一：fire、quake，实际为 fire：符合",
        "missing应填写，实际未填写：不符合",
        "real应为 是，实际为 是：符合",
    ]


def test_a_match_tells_which_fields_it_reads():
    assert fields({"a.b": {"is": 1}, "c": {"is": 2}}) == {"a.b", "c"}


scalars = st.one_of(
    st.integers(-1000, 1000),
    st.decimals(-1000, 1000, places=2).map(str),
    st.decimals(-1000, 1000, places=2),
    st.dates().map(str),
    st.dates(),
    st.booleans(),
    st.text(max_size=5),
)


@given(scalars, scalars)
def test_is_and_not_are_opposites_and_agree_with_the_order(asked, found):
    facts = {"x": found}
    same = matches({"x": {"is": asked}}, facts)
    assert matches({"x": {"not": asked}}, facts) is not same
    assert matches({"x": {"in": [asked]}}, facts) is same
    both = matches({"x": {"at_least": asked, "at_most": asked}}, facts)
    assert not both or same


@given(st.decimals(-1000, 1000, places=3), st.decimals(-1000, 1000, places=3))
def test_numbers_compare_as_numbers_however_they_are_written(left, right):
    assert matches({"x": {"at_least": str(right)}}, {"x": str(left)}) == (left >= right)
    assert matches({"x": {"at_most": Decimal(right)}}, {"x": left}) == (left <= right)


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "a.b"]),
        st.dictionaries(
            st.sampled_from(
                ["is", "not", "in", "at_least", "at_most", "exists", "contains", "odd"]
            ),
            scalars | st.lists(scalars, max_size=3) | st.none() | st.floats(),
        ),
    ),
    st.dictionaries(st.sampled_from(["a", "b"]), scalars | st.dictionaries(st.just("b"), scalars)),
)
def test_whatever_passes_the_check_can_be_decided_and_explained(spec, facts):
    if check_match(spec):
        return
    verdicts = [line.endswith("：符合") for line in explain(spec, facts)]
    assert matches(spec, facts) is all(verdicts)

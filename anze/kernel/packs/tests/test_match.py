"""Structured matches as packs write them."""

import pytest
from pydantic import TypeAdapter, ValidationError

from anze.kernel.packs.schema import Where, matches

WHERE = TypeAdapter(Where)


def holds(spec, facts):
    return matches(WHERE.validate_python(spec), facts)


def test_a_bare_value_means_is_and_a_list_means_one_of():
    assert holds({"kind": "fire"}, {"kind": "fire"})
    assert not holds({"kind": "fire"}, {"kind": "quake"})
    assert holds({"kind": ["fire", "quake"]}, {"kind": "quake"})
    assert not holds({"kind": ["fire", "quake"]}, {"kind": "swim"})


def test_a_field_may_be_compared_with_another_field():
    spec = {"signed": {"at_least_field": "expected"}}
    assert holds(spec, {"signed": 5, "expected": 5})
    assert not holds(spec, {"signed": 4, "expected": 5})
    assert not holds(spec, {"signed": 4})
    assert not holds(spec, {"expected": 0})


def test_true_is_not_one_and_all_fields_must_pass():
    assert not holds({"n": 1}, {"n": True})
    assert not holds({"a": 1, "b": 2}, {"a": 1, "b": 3})
    assert holds({}, {})


@pytest.mark.parametrize("spec", [{"a": {}}, {"a": {"at_least": "x"}}, {"a": {"in": []}}, {"A": 1}])
def test_a_match_that_says_nothing_is_refused(spec):
    with pytest.raises(ValidationError):
        WHERE.validate_python(spec)

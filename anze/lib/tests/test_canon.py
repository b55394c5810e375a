"""One value, one byte string; anything else is refused with one kind of error."""

import enum
import json
import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anze.lib.canon import MAX_DEPTH, MAX_INTEGER, CanonError, dumps, loads, sha256

keys = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
integers = st.integers(-MAX_INTEGER, MAX_INTEGER)
texts = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn"]), max_size=40).map(
    lambda text: unicodedata.normalize("NFC", text)
)
values = st.recursive(
    st.booleans() | integers | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=30,
)


def test_keys_are_sorted_and_no_space_is_written():
    assert dumps({"b": [1, True, -2], "a_1": {}, "a": ""}) == b'{"a":"","a_1":{},"b":[1,true,-2]}'


def test_chinese_is_written_as_utf8_not_as_escapes():
    assert dumps("消防演练") == '"消防演练"'.encode()


def test_only_quote_and_backslash_are_escaped():
    assert dumps('/"\\ ') == b'"/\\"\\\\ "'


@given(values)
def test_what_is_written_reads_back_the_same(value):
    assert loads(dumps(value)) == value
    assert dumps(loads(dumps(value))) == dumps(value)


@given(st.dictionaries(keys, integers, min_size=2))
def test_the_order_in_which_keys_were_given_does_not_matter(value):
    backwards = dict(reversed(list(value.items())))
    assert dumps(value) == dumps(backwards)
    assert sha256(value) == sha256(backwards)


class Colour(enum.StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    "value",
    [
        None,
        1.0,
        float("nan"),
        MAX_INTEGER + 1,
        -MAX_INTEGER - 1,
        (1, 2),
        {1},
        b"bytes",
        Colour.RED,
        {"a": None},
        {"A": 1},
        {"": 1},
        {"1a": 1},
        {"a-b": 1},
        {"a\n": 1},
        {"中": 1},
        {1: 1},
        {Colour.RED: 1},
        "x" * 4097,
        "line\nbreak",
        "tab\t",
        "zero\u200bwidth",
        "soft\u00adhyphen",
        "private\ue000",
        "lone\ud800",
        "unassigned\u0378",
        "e\u0301",  # not composed
        "\u2126",  # OHM SIGN, whose NFC is OMEGA
    ],
)
def test_values_without_a_canonical_form_are_refused(value):
    with pytest.raises(CanonError):
        dumps(value)


@pytest.mark.parametrize(
    "value",
    ["x" * 4096, "\u3000", "\u00a0", "\u2028", "𠮷", "é", MAX_INTEGER, -MAX_INTEGER, {}, []],
)
def test_values_at_the_limits_are_accepted(value):
    assert loads(dumps(value)) == value


def test_the_error_names_the_path():
    with pytest.raises(CanonError, match=r"\$\.facts\[1\]\.share"):
        dumps({"facts": [{}, {"share": 0.5}]})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" 1",
        b"1 ",
        b"1\n",
        b"01",
        b"-0",
        b"+1",
        b"1.0",
        b"1e3",
        b"null",
        b"NaN",
        b"-Infinity",
        b"9007199254740992",
        b"9" * 5000,
        b'{"a":null}',
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":1,}',
        b'{"A":1}',
        b"[1,]",
        b"'a'",
        b'"a',
        b'"\\u0041"',
        b'"\\/"',
        b'"\\ud800"',
        b'"\\n"',
        b'"\n"',
        b'"\\u4e2d"',
        b'"e\xcc\x81"',
        b"\xff",
        b"\xef\xbb\xbf1",
        b'"\xed\xa0\x80"',
        b'"\xc0\x80"',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        "text",
        None,
        bytearray(b"1"),
    ],
)
def test_bytes_that_are_not_canonical_are_refused(data):
    with pytest.raises(CanonError):
        loads(data)


def test_nesting_ends_at_the_limit():
    assert loads(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(CanonError, match="deep"):
        loads(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def test_every_single_byte_change_is_another_value_or_refused():
    value = {"kind": "drill.held", "list": [1, 20, True, "中文"], "n": -7, "unit": {"id": "u/1"}}
    original = dumps(value)
    for position in range(len(original)):
        for byte in range(256):
            changed = original[:position] + bytes([byte]) + original[position + 1 :]
            try:
                read = loads(changed)
            except CanonError:
                continue
            assert (changed == original) == (read == value and _kinds(read) == _kinds(value))


def _kinds(value: object) -> str:
    return json.dumps(value, sort_keys=True)  # tells true from 1


def test_a_hundred_thousand_random_frames_raise_nothing_but_the_declared_error():
    rng = random.Random(20_261_123)
    seeds = [
        dumps({"a": [1, 2, {"b": "消防"}], "z": "x\\y", "t": True}),
        dumps(["𠮷", -9007199254740991, {}]),
        b'{"a":{"b":{"c":[[[]]]}}}',
    ]
    pieces = [b"[", b"{", b'"', b"\\u", b"\\ud83d", b"null", b"1e9", b"\xff", b"\xe4", b"9" * 30]
    accepted = 0
    for _ in range(100_000):
        frame = bytearray(rng.choice(seeds))
        for _ in range(rng.randint(1, 4)):
            where = rng.randrange(len(frame) + 1)
            match rng.randrange(4):
                case 0:
                    frame[where:where] = rng.choice(pieces)
                case 1:
                    del frame[where : where + rng.randint(1, 4)]
                case 2:
                    frame[where : where + 1] = bytes([rng.randrange(256)])
                case _:
                    frame[where:where] = frame[: rng.randint(0, 8)]
        try:
            value = loads(bytes(frame))
        except CanonError:
            continue
        accepted += 1
        assert dumps(value) == bytes(frame)
    assert accepted > 0


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_arbitrary_bytes_raise_nothing_but_the_declared_error(data):
    try:
        value = loads(data)
    except CanonError:
        return
    assert dumps(value) == data

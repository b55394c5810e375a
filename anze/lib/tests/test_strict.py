"""What no later step could keep is not read."""

from __future__ import annotations

import json

import pytest

from anze.lib import strict


def test_what_json_says_is_read():
    told = {"一": [1, 2.5, None, True, {"": "😀"}]}
    assert strict.load(json.dumps(told).encode()) == told


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff", '{"a":1}'.encode("utf-16"), b"\xef\xbb\xbf{}", b'{"a":1,"a":1}',
             b"NaN", b"[-Infinity]", b'"\\u0000"', b'{"\\u0000":1}', b'"\\ud800"', b'["\\udfff"]',
             b"[" * 21 + b"]" * 21, b"[" * 50_000],
)  # fmt: skip
def test_what_no_database_or_second_reader_would_take_is_not(data):
    with pytest.raises(ValueError):  # noqa: PT011
        strict.load(data)

"""CJ-1 canonical JSON: the one byte string of a value, so that two programs hash the same bytes.

The rule (VDR-1 §5): UTF-8; objects, arrays, strings, integers below 2**53 in size and booleans;
no null, no floats; keys ``[a-z][a-z0-9_]*``, sorted; separators ``,`` and ``:``, no spaces; strings
in NFC, at most 4,096 characters (code points), without characters of the Unicode categories Cc Cf
Cs Co Cn (so no line breaks either); duplicate keys refused. Bytes are accepted only if serialising
the value again gives the same bytes.

One limit is ours: values nest at most ``MAX_DEPTH`` deep, so that no input exhausts the stack.
Characters count as assigned by the Unicode version of the running Python (3.11: Unicode 14).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import Any, NoReturn

MAX_INTEGER = 2**53 - 1
MAX_STRING = 4096
MAX_DEPTH = 64

_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
_FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


class CanonError(ValueError):
    """A value has no CJ-1 form, or bytes are not the CJ-1 form of any value."""


def dumps(value: object) -> bytes:
    """Return the CJ-1 bytes of a value made of dict, list, str, int and bool only.

    Exact types are asked for: subclasses (enums, lazy strings) must be turned into plain values by
    the caller, who knows what they mean. Raises CanonError naming the path of the first fault.
    """
    _check(value, "$", 0)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def loads(data: bytes) -> Any:
    """Return the value whose CJ-1 form is exactly ``data``; raise CanonError for anything else."""
    if type(data) is not bytes:
        raise CanonError("canonical JSON is read from bytes")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except CanonError:
        raise
    except UnicodeDecodeError as error:
        raise CanonError(f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise CanonError(f"nested more than {MAX_DEPTH} deep") from None
    except ValueError as error:
        raise CanonError(f"not JSON: {error}") from None
    if dumps(value) != data:
        raise CanonError("not in canonical form: serialising the value again gives other bytes")
    return value


def sha256(value: object) -> bytes:
    """Return the 32-byte SHA-256 of the CJ-1 bytes of a value."""
    return hashlib.sha256(dumps(value)).digest()


def _check(value: object, path: str, depth: int) -> None:
    kind = type(value)
    if kind is str:
        _check_string(value, path)  # type: ignore[arg-type]
    elif kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:  # type: ignore[operator]
            raise CanonError(f"{path}: integer outside ±(2^53 - 1)")
    elif kind is bool:
        return
    elif depth >= MAX_DEPTH and (kind is dict or kind is list):
        raise CanonError(f"{path}: nested more than {MAX_DEPTH} deep")
    elif isinstance(value, dict) and kind is dict:
        for key, item in value.items():
            if type(key) is not str or not _KEY.match(key):
                raise CanonError(f"{path}: key {key!r} is not [a-z][a-z0-9_]*")
            _check(item, f"{path}.{key}", depth + 1)
    elif isinstance(value, list) and kind is list:
        for index, item in enumerate(value):
            _check(item, f"{path}[{index}]", depth + 1)
    else:
        raise CanonError(f"{path}: {kind.__name__} has no canonical form")


def _check_string(text: str, path: str) -> None:
    if len(text) > MAX_STRING:
        raise CanonError(f"{path}: string longer than {MAX_STRING} characters")
    # isprintable() is a fast superset of the category test: it also stops at unusual spaces.
    if not text.isprintable():
        for character in text:
            if unicodedata.category(character) in _FORBIDDEN:
                raise CanonError(f"{path}: character U+{ord(character):04X} is not allowed")
    if not unicodedata.is_normalized("NFC", text):
        raise CanonError(f"{path}: string is not in NFC")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise CanonError("an object has the same key twice")
    return result


def _integer(digits: str) -> int:
    # 2**53 has 16 digits: refuse before Python's quadratic conversion of very long integers.
    if len(digits) > 17:
        raise CanonError("integer outside ±(2^53 - 1)")
    return int(digits)


def _no_float(text: str) -> NoReturn:
    raise CanonError(f"{text} is not an integer")

"""Whether two labels ask for the same thing. Pure; simple enough to be told to a person.

A label is stripped of width, spaces, brackets with what they hold, and words that carry nothing
(现有, 情况, 是否 …). Two meanings are near when they are equal, or when the shorter has at least
three signs, makes up three fifths of the longer and stands in it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_BRACKETS = re.compile(r"[(\[【《〔][^)\]】》〕]*[)\]】》〕]")
_EMPTY = re.compile(
    "本校|全校|学校|本单位|单位|本园|目前|现有|当前|是否|有无|情况|总数|数量|名称|请填写|填写"
)
_COUNT = re.compile("(人|个|名|台|辆|间)数$")
_NOISE = re.compile(r"[^\w]|_")
LEAST, SHARE = 3, 0.6


@dataclass(frozen=True)
class Known:
    """Something that is asked or kept already: its meaning, its label, and where, in words."""

    meaning: str
    label: str
    where: str


def of(label: str) -> str:
    """Return the meaning of a label; a label of nothing but filler means itself."""
    plain = _NOISE.sub("", _BRACKETS.sub("", unicodedata.normalize("NFKC", label)).casefold())
    short = _COUNT.sub("数", _EMPTY.sub("", plain))
    return (short or plain)[:60]


def near(one: str, other: str) -> bool:
    """Say whether two meanings are equal or nearly so."""
    if one == other:
        return bool(one)
    short, long = sorted((one, other), key=len)
    return len(short) >= LEAST and len(short) >= SHARE * len(long) and short in long


def kept(label: str, known: Iterable[Known]) -> list[str]:
    """Return where what ``label`` asks is kept already, in words; each place once, in order."""
    asked = of(label)
    found = (f"{one.where}：{one.label}" for one in known if near(asked, one.meaning))
    return list(dict.fromkeys(found))

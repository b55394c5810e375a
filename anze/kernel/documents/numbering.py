"""文号: 代字〔年〕n号, without gaps and without doubles however many issue at once.

A number is drawn in the very transaction that moves a document from draft to ``issuing``, so an
undone issue gives it back, and from then on it belongs to that document.
"""

from __future__ import annotations

import re
import secrets
from uuid import UUID

from django.db import IntegrityError, transaction

from anze.kernel.bus.errors import Conflict, Refused
from anze.kernel.documents.models import Series
from anze.kernel.documents.shape import plain

# Crockford's base 32 without look-alikes: a code can also be typed from paper. 100 random bits.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 20
_WORD = re.compile(r"[\u4e00-\u9fffA-Za-z]{2,12}\Z")


def draw(issuer_id: UUID, kind: str, year: int, word: str) -> tuple[Series, int, str]:
    """Return the series, the next number and the 文号; call it inside the issuing transaction.

    ``word`` is the 发文代字 for the first document of the year; later it may be left empty. Raises
    Refused for a word that is none, or another than the year began with, or somebody else's.
    """
    series = _series(issuer_id, kind, year, plain(word))
    while True:
        last = Series.objects.values_list("last", flat=True).get(pk=series.pk)
        if Series.objects.filter(pk=series.pk, last=last).update(last=last + 1):
            return series, last + 1, f"{series.word}〔{year}〕{last + 1}号"


def _series(issuer_id: UUID, kind: str, year: int, word: str) -> Series:
    known = Series.objects.filter(issuer_id=issuer_id, kind=kind, year=year).first()
    if known is None:
        return _new(issuer_id, kind, year, word)
    if word and word != known.word:
        raise Refused(
            f"{year} 年这类公文的发文代字已经是“{known.word}”",
            field="word",
            remedy="同一年内代字不变，编号才连续。请用原来的代字，或从下一年起改用新的。",
        )
    return known


def _new(issuer_id: UUID, kind: str, year: int, word: str) -> Series:
    if not _WORD.match(word):
        raise Refused(
            "发文代字应为 2 至 12 个汉字或字母",
            field="word",
            remedy="例如“武教安通”：机关代字加公文类别，不含年份和括号。",
        )
    try:
        with transaction.atomic():
            return Series.objects.create(issuer_id=issuer_id, kind=kind, year=year, word=word)
    except IntegrityError:
        known = Series.objects.filter(issuer_id=issuer_id, kind=kind, year=year).first()
        if known is not None and known.word == word:
            return known  # another document of ours was quicker
        raise Conflict(
            f"{year} 年已有别的系列使用代字“{word}”",
            field="word",
            remedy="两个系列用同一代字会出现相同的文号。请换一个代字。",
        ) from None


def suggested(issuer_id: UUID, kind: str, year: int) -> tuple[str, bool]:
    """Return the word of this year, else the latest one used, and whether it is fixed."""
    rows = Series.objects.filter(issuer_id=issuer_id, kind=kind, year__lte=year)
    last = rows.order_by("-year").first()
    return (last.word, last.year == year) if last else ("", False)


def new_code() -> str:
    """Return a new code to verify by: 20 characters, nobody can guess one."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(CODE_LENGTH))


def spaced(code: str) -> str:
    """Return a code as it is printed: in groups of five."""
    return "-".join(code[at : at + 5] for at in range(0, len(code), 5))


def read_code(text: str) -> str:
    """Return a typed code without spaces and dashes, look-alikes turned into what was printed."""
    kept = "".join(one for one in text.upper() if one.isalnum())
    return kept.translate(str.maketrans("OIL", "011"))[:40]


def coming(issuer_id: UUID, kind: str, year: int) -> str:
    """Return the number the next document would get, without drawing it."""
    last = Series.objects.filter(issuer_id=issuer_id, kind=kind, year=year).values_list(
        "last", flat=True
    )
    return f"〔{year}〕{(last.first() or 0) + 1}号"

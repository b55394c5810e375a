"""Pinyin of names, for search and sort on both databases (neither sorts Chinese by itself)."""

from __future__ import annotations


def pinyin_of(name: str) -> tuple[str, str]:
    """Return (full pinyin, initials) of a name, lower case: 星河小学 → (xinghexiaoxue, xhxx).

    Letters and digits stay as they are. ``pypinyin`` is imported here because it costs 50 MB.
    """
    from pypinyin import Style, lazy_pinyin

    full = lazy_pinyin(name, style=Style.NORMAL)
    firsts = [part[0] for part in full if part]
    return _clean("".join(full)), _clean("".join(firsts))


def _clean(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())

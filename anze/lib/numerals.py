"""Numbers as Chinese writing numbers its headings: 一, 十二, 一百零五."""

from __future__ import annotations

_DIGITS = "零一二三四五六七八九"
_STEPS = ((1000, "千"), (100, "百"), (10, "十"), (1, ""))


def chinese(number: int) -> str:
    """Return a whole number from 1 to 9999 in Chinese; raise ValueError outside that.

    Ten to nineteen are 十 to 十九, as in headings, not 一十.
    """
    if not 1 <= number <= 9999:
        raise ValueError(f"{number} is not between 1 and 9999")
    text, rest, gap = "", number, False
    for step, word in _STEPS:
        digit, rest = divmod(rest, step)
        if digit:
            text += ("零" if gap else "") + _DIGITS[digit] + word
            gap = False
        elif text:
            gap = True
    return text[1:] if text.startswith("一十") else text


def heading(level: int, number: int) -> str:
    """Return the mark of a heading, 一、（一）1.（1）, as GB/T 9704-2012 §7.3.3 asks."""
    marks = (f"{chinese(number)}、", f"（{chinese(number)}）", f"{number}.", f"（{number}）")
    return marks[level - 1]

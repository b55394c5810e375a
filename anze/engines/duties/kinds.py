"""Kinds of entry the duties engine records itself."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from anze.kernel.ledger import kinds
from anze.kernel.ledger.kinds import Code, Facts, Kind, Private

Reason = Annotated[str, StringConstraints(min_length=2, max_length=400)]


# Why a duty may be waived: code and words.
REASONS = (
    ("rebuilding", "校舍改扩建"),
    ("suspended", "停办、停课或校舍停用"),
    ("not_applicable", "实际不适用"),
    ("replaced", "已由其他方式完成"),
    ("force_majeure", "不可抗力"),
    ("other", "其他（写明原因）"),
)


class Day(Facts):
    """A Chinese calendar day began: duties fall due and new periods open."""

    day: date


class Joined(Facts):
    """Bodies registered or changed since ``since_n`` begin to owe what the packs ask of them."""

    since_n: int


class Waiver(Facts):
    """An occurrence need not be met. ``proposal`` names the proposal where two people are asked."""

    requirement: Code
    period: Code
    reason: Code
    proposal: UUID | None = None


class WaiverWords(Private):
    """Why, in words."""

    words: Reason


class Reminded(Facts):
    """Somebody was reminded (催办) of occurrences of a requirement."""

    requirement: Code
    period: Code
    recipients: int


TICK = Kind("duties.day", 1, Day, "unit", "日期更替")
JOINED = Kind("duties.joined", 1, Joined, "unit", "新增单位纳入")
PROPOSED = Kind("duties.waiver_proposed", 1, Waiver, "bureau", "豁免申请", WaiverWords)
WAIVED = Kind("duties.waived", 1, Waiver, "bureau", "豁免", WaiverWords)
REMINDED = Kind("duties.reminded", 1, Reminded, "unit", "催办")


def register_own() -> None:
    """Register the kinds of this engine."""
    for kind in (TICK, JOINED, PROPOSED, WAIVED, REMINDED):
        kinds.register(kind)

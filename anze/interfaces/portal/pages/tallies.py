"""Counts of duties as a row of figures, each leading to its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anze.interfaces.portal import links
from anze.interfaces.portal.when import Span


@dataclass(frozen=True)
class Figure:
    """One figure: what it counts, how many, and where its rows are."""

    label: str
    value: int
    url: str
    note: str = ""


def figures(counts: Mapping[str, int], span: Span, **where: Any) -> list[Figure]:
    """Return done, late, missed, owed and waived of a span, each linked to the list."""
    days = {"due_after": span.start, "due_before": span.end, **where}

    def link(state: str) -> str:
        return links.duties(state=state, **days)

    asked = sum(count for state, count in counts.items() if state != "waived")
    found = [
        Figure("应办", asked, link("asked"), "不含豁免"),
        Figure("按期完成", counts.get("met", 0), link("met")),
        Figure("迟完成", counts.get("met_late", 0), link("met_late")),
        Figure("未完成", counts.get("missed", 0), link("missed"), "已过期限"),
        Figure("待办", counts.get("owed", 0), link("owed"), "未到期限"),
    ]
    if counts.get("waived"):
        found.append(Figure("豁免", counts["waived"], link("waived")))
    return found

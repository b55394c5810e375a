"""The words, icons and tones of states: one look for one meaning on every page.

States never use the four risk colours. What still has to be done is dark, what is done is pale,
what does not count is only an outline, so that a glance down a column finds the open ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["strong", "alert", "soft", "plain", "dash"]


@dataclass(frozen=True)
class Look:
    """How one state is shown: text, icon name, tone of the badge."""

    label: str
    icon: str
    tone: Tone


STATES: dict[str, Look] = {
    # occurrences of a duty (duties engine)
    "owed": Look("待办", "circle", "plain"),
    "met": Look("已完成", "circle-check", "soft"),
    "met_late": Look("迟完成", "clock-check", "soft"),
    "missed": Look("未完成", "circle-x", "strong"),
    "waived": Look("已豁免", "circle-minus", "dash"),
    "withdrawn": Look("已撤销", "ban", "dash"),
    "lapsed": Look("已终止", "circle-dashed", "dash"),
    # how near an open one is
    "overdue": Look("已逾期", "clock-exclamation", "strong"),
    "today": Look("今天到期", "clock", "alert"),
    "soon": Look("即将到期", "calendar-due", "plain"),
    "returned": Look("已退回", "arrow-back-up", "alert"),
    "to_sign": Look("待签署", "signature", "alert"),
    # anything that is worked on
    "draft": Look("草稿", "edit", "dash"),
    "waiting": Look("处理中", "hourglass-high", "plain"),
    "done": Look("已办结", "circle-check", "soft"),
    "unknown": Look("未知", "help-circle", "dash"),
    # what has a span of validity
    "active": Look("在用", "circle-check", "soft"),
    "ended": Look("已停用", "player-pause", "dash"),
    "released": Look("已发布", "lock", "soft"),
    # the ledger
    "sealed": Look("已存证", "shield-check", "soft"),
    "unsealed": Look("待编号", "shield", "plain"),
}


@dataclass(frozen=True)
class RiskLook:
    """One of the four risk grades, the only owner of its colour."""

    label: str
    css: str


RISKS: dict[str, RiskLook] = {
    "major": RiskLook("重大风险", "az-risk-major"),
    "large": RiskLook("较大风险", "az-risk-large"),
    "general": RiskLook("一般风险", "az-risk-general"),
    "low": RiskLook("低风险", "az-risk-low"),
}


def look(state: str) -> Look:
    """Return the look of a state; ``KeyError`` for an unknown one: no page invents words."""
    return STATES[state]

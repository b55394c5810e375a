"""The answers to a check list: yes, no or not applicable; a no says what and by when. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from anze.kernel.forms.reading import Wrong, read_day, read_text
from anze.kernel.packs.schema import Field

ANSWERS = {"yes": "是", "no": "否", "na": "不适用"}
MAX_NOTE = 300


@dataclass(frozen=True)
class Check:
    """One item answered. ``note`` and ``by`` only with a no."""

    answer: str
    note: str = ""
    by: date | None = None


Checks = dict[str, Check]


def read_checklist(field: Field, raw: Any) -> Checks:
    """Return the answers by item code; raise Wrong naming the items that miss one.

    An answer is ``"yes"`` or ``{"answer": "no", "note": "…", "by": "2026-09-01"}``.
    """
    if not isinstance(raw, Mapping):
        raise Wrong("请逐项作答")
    known = {item.code for item in field.items}
    if unknown := sorted(str(code)[:80] for code in raw.keys() - known):
        raise Wrong(f"清单里没有这些项：{'、'.join(unknown[:3])}")
    checks: Checks = {}
    missing = []
    for number, item in enumerate(field.items, 1):
        check = _check(raw.get(item.code), number)
        if check is None:
            missing.append(str(number))
        else:
            checks[item.code] = check
    if missing and (field.required or checks):
        shown = "、".join(missing[:8]) + ("等" if len(missing) > 8 else "")
        raise Wrong(f"还有 {len(missing)} 项没有作答：第 {shown} 项")
    return checks


def _check(raw: Any, number: int) -> Check | None:
    if isinstance(raw, Check):
        return raw
    parts: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {"answer": raw}
    answer = parts.get("answer")
    if answer in (None, ""):
        return None
    if answer not in ANSWERS:
        raise Wrong(f"第 {number} 项只能答是、否或不适用")
    if answer != "no":
        return Check(answer)
    return Check("no", _note(parts.get("note"), number), _day(parts.get("by"), number))


def _note(raw: Any, number: int) -> str:
    try:
        return read_text(raw or "", MAX_NOTE)
    except Wrong as wrong:
        raise Wrong(f"第 {number} 项的说明：{wrong}") from None


def _day(raw: Any, number: int) -> date | None:
    if isinstance(raw, str):
        raw = unicodedata.normalize("NFKC", raw).strip()
    if raw in (None, ""):
        return None
    try:
        return read_day(raw)
    except Wrong as wrong:
        raise Wrong(f"第 {number} 项的期限：{wrong}") from None


def facts_of(checks: Checks) -> dict[str, Any]:
    """Return what rules may read: totals, the codes that failed, the days proposed."""
    no = [code for code, check in checks.items() if check.answer == "no"]
    na = [code for code, check in checks.items() if check.answer == "na"]
    proposed = [
        {"item": code, "by": check.by.isoformat()} for code, check in checks.items() if check.by
    ]
    return {
        "answered": len(checks),
        "yes": len(checks) - len(no) - len(na),
        "no": len(no),
        "na": len(na),
        "no_items": no,
        "na_items": na,
        "proposed": proposed,
    }


def notes_of(checks: Checks) -> dict[str, str]:
    """Return the notes by item code: free words, so private."""
    return {code: check.note for code, check in checks.items() if check.note}


def recalled(field: Field, facts: Mapping[str, Any], notes: Mapping[str, str]) -> Checks:
    """Return the answers an entry recorded, for the items the list has now."""
    no, na = set(facts.get("no_items", ())), set(facts.get("na_items", ()))
    by = {one["item"]: date.fromisoformat(one["by"]) for one in facts.get("proposed", ())}
    checks: Checks = {}
    for item in field.items:
        code = item.code
        if code in no:
            checks[code] = Check("no", notes.get(code, ""), by.get(code))
        else:
            checks[code] = Check("na" if code in na else "yes")
    return checks

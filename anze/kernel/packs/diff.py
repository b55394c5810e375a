"""What changes for whom between two versions of a pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from anze.kernel.packs.schema import Pack, Part

PARTS = {
    "clauses": "条款",
    "requirements": "要求",
    "forms": "表单",
    "sources": "依据",
    "posts": "岗位",
    "sections": "科室",
    "terms": "学期",
    "overrides": "调休",
    "critical_periods": "重点时段",
    "checklists": "清单项",
    "sheets": "上报表",
}


@dataclass(frozen=True)
class Change:
    """One entry that was added, removed or changed; ``fields``: (name, before, after)."""

    part: str
    ref: str
    what: Literal["added", "removed", "changed"]
    fields: tuple[tuple[str, str, str], ...] = ()


def compare(old: Pack, new: Pack) -> list[Change]:
    """Return all changes from one pack to another, part by part, in the order of refs."""
    before, after = _entries(old), _entries(new)
    changes: list[Change] = []
    for part in PARTS:
        was, now = before[part], after[part]
        for ref in sorted({*was, *now}):
            if ref not in now:
                changes.append(Change(part, ref, "removed"))
            elif ref not in was:
                changes.append(Change(part, ref, "added"))
            elif fields := _fields(was[ref], now[ref]):
                changes.append(Change(part, ref, "changed", fields))
    return changes


def _entries(pack: Pack) -> dict[str, Mapping[str, Part]]:
    return {
        "clauses": pack.clauses_by_ref,
        "requirements": pack.requirements_by_ref,
        "forms": pack.forms_by_ref,
        "sources": pack.sources,
        "posts": pack.posts_by_code,
        "sections": {one.code: one for one in pack.roles.sections},
        "terms": {one.code: one for one in pack.calendar.terms},
        "overrides": {str(one.day): one for one in pack.calendar.overrides},
        "critical_periods": {one.code: one for one in pack.calendar.critical_periods},
        "checklists": {
            f"{catalogue.ref}/{item.no}": item
            for catalogue in pack.checklists
            for item in catalogue.items
        },
        "sheets": pack.sheets_by_ref,
    }


def _fields(was: Part, now: Part) -> tuple[tuple[str, str, str], ...]:
    before, after = _plain(was), _plain(now)
    return tuple(
        (name, _shown(before.get(name)), _shown(after.get(name)))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _plain(part: Part) -> dict[str, Any]:
    return part.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _shown(value: Any) -> str:
    return "—" if value is None else str(value)

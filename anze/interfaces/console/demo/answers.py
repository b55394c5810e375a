"""Answer a form as its people would: mostly what is asked for, now and then a "no".

Works from the form's definition and the requirement's ``where`` alone, so any pack can be lived.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from anze.kernel.packs.schema import ByEntry, Field, Form, Requirement, Test, leaves

WORDS = ["按计划进行，全员参加。", "情况正常。", "已安排专人跟进。", "已在全体会上通报。"]
NOTES = ["灭火器压力不足，已报修。", "侧门门锁松动。", "应急灯不亮。", "走廊堆放杂物，当天清走。"]
MOST_TRIES = 3


def answer(
    form: Form, kind: str, requirement: Requirement | None, day: date, pupils: int, random: Random
) -> dict[str, Any]:
    """Return answers by field name. ``pupils`` sizes head counts; photos are left out."""
    wanted = _wanted(requirement, kind)
    given: dict[str, Any] = {}
    for field in form.fields:
        value = _value(field, day, pupils, random)
        if value is not None:
            given[field.name] = value
    for field in form.fields:
        if (test := wanted.get(field.fact_name)) is not None and field.is_fact:
            given[field.name] = _asked(test, field, given, form, day)
    _headcounts(form, given, pupils, random)
    return given


def _wanted(requirement: Requirement | None, kind: str) -> dict[str, Test]:
    if requirement is None:
        return {}
    for leaf in leaves(requirement.met_by):
        if isinstance(leaf, ByEntry) and leaf.entry == kind:
            return dict(leaf.where)
    return {}


def _value(field: Field, day: date, pupils: int, random: Random) -> Any:
    match field.type:
        case "integer" | "decimal":
            low = field.min if field.min is not None else 0
            high = min(field.max if field.max is not None else 60, low + 60)
            number = random.randint(low, max(low, high))
            return number if field.type == "integer" else str(number)
        case "choice":
            return random.choice(field.options).code
        case "choices":
            some = random.sample(list(field.options), k=min(2, len(field.options)))
            return [option.code for option in some]
        case "bool":
            return random.random() < 0.93
        case "date":
            return (day + timedelta(days=30)).isoformat()
        case "datetime":
            return f"{day.isoformat()}T09:30"
        case "text":
            return random.choice(WORDS)[: field.max_length or 60] if field.required else None
        case "person":
            return "王文博" if field.required else None
        case "people":
            return ["王文博", "李晓燕"] if field.required else None
        case "checklist":
            return _checks(field, day, random)
    return None


def _checks(field: Field, day: date, random: Random) -> dict[str, Any]:
    checks: dict[str, Any] = {}
    for item in field.items:
        if random.random() < 0.015:
            by = day + timedelta(days=item.on_no.deadline_days if item.on_no else 7)
            checks[item.code] = {
                "answer": "no", "note": random.choice(NOTES), "by": by.isoformat()
            }  # fmt: skip
        else:
            checks[item.code] = "na" if "不适用" in item.text and random.random() < 0.3 else "yes"
    return checks


def _asked(test: Test, field: Field, given: dict[str, Any], form: Form, day: date) -> Any:
    """Return a value that passes the test a requirement puts to this field."""
    asked, mine = test.conditions(), given.get(field.name)
    if test.at_least_field is not None:
        other = next((one for one in form.fields if one.fact_name == test.at_least_field), None)
        return given.get(other.name, 0) if other else mine
    if "is" in asked:
        return asked["is"]
    if "in" in asked:
        return asked["in"][0]
    if "contains" in asked:
        return sorted({*(mine or []), asked["contains"]})
    if "at_least" in asked:
        bound = asked["at_least"]
        return max(bound, mine) if isinstance(bound, int) and isinstance(mine, int) else bound
    if "at_most" in asked:
        bound = asked["at_most"]
        return min(bound, mine) if isinstance(bound, int) and isinstance(mine, int) else bound
    return mine


def _headcounts(form: Form, given: dict[str, Any], pupils: int, random: Random) -> None:
    """Let those who came be nearly all of those expected; one drill in fifteen falls short."""
    facts = {field.fact_name: field for field in form.fields}
    came = facts.get("participants") or facts.get("attendees")
    due = facts.get("expected")
    if came is None or due is None:
        return
    expected = pupils if came.fact_name == "participants" else max(6, pupils // 13)
    if due.max is not None:
        expected = min(expected, due.max)
    share = random.uniform(0.72, 0.88) if random.random() < 1 / 15 else random.uniform(0.93, 1)
    given[due.name] = expected
    given[came.name] = max(1, int(expected * share))

"""Checking a roster: one line is one campus; lines of the same name are one unit. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from anze.kernel.exchange import persons
from anze.kernel.exchange.checking import Checked, read_lines, settle
from anze.kernel.exchange.columns import ROSTER, ROW
from anze.kernel.exchange.hints import Hints
from anze.kernel.exchange.known import DIRECT, Known, KnownUnit
from anze.kernel.exchange.tables import Table
from anze.kernel.units import rules

FACTS: Final = ("pupils", "staff", "boarding", "canteen", "school_bus")
# What all lines of one unit must agree in.
_SHARED: Final = ("code", "uscc", "ownership", "town")
POSTS: Final = {
    "principal": ("principal", "principal_phone"),
    "safety_officer": ("officer", "officer_phone"),
}


def check(tables: Iterable[Table], known: Known, *, take_hidden: bool) -> list[Checked]:
    """Return every line with faults, changes and plan, compared with the file and the house."""
    rows = read_lines(tables, ROSTER)
    taken = [row for row in rows if take_hidden or not row.line.hidden]
    groups = _groups(taken)
    _agree(groups)
    _apart(taken)
    persons.check_file(
        taken, POSTS, lambda row: row.group, lambda row, post: _holders(row, post, known)
    )
    towns = Hints([*known.towns, *DIRECT])
    for group in groups.values():
        _plan_group(group, known, towns)
    _one_name(taken)
    for row in rows:
        settle(row, take_hidden=take_hidden)
    return rows


def absent(known: Known, rows: Sequence[Checked]) -> list[str]:
    """Return the open campuses an exported roster no longer holds; they are left alone."""
    numbered = {row.value(ROW.key) for row in rows} - {""}
    if not numbered:
        return []
    named = numbered | {row.plan.get("campus", "") for row in rows}
    return [
        unit.name
        for unit in known.by_id.values()
        if unit.level == "campus" and unit.inside and not unit.closed and str(unit.id) not in named
    ]


def _one_name(rows: Sequence[Checked]) -> None:
    """Lines that mean one registered unit by their numbers call it by one name."""
    first: dict[str, Checked] = {}
    for row in rows:
        if unit := row.plan.get("unit"):
            other = first.setdefault(unit, row)
            if other.group != row.group:
                row.wrong(
                    "inconsistent",
                    "name",
                    f"与 {other.cell('name')} 是同一单位，名称写得不一样",
                    "改名的，请把这个单位各校区的行都改成新的名称。",
                )


def _groups(rows: Sequence[Checked]) -> dict[str, list[Checked]]:
    groups: dict[str, list[Checked]] = {}
    for row in rows:
        row.group = row.value("name") or f"{row.line.sheet}!{row.line.number}"
        groups.setdefault(row.group, []).append(row)
    return groups


def _agree(groups: dict[str, list[Checked]]) -> None:
    """Lines of one unit say the same of it, and each campus stands in one line."""
    for group in groups.values():
        campuses: dict[str, Checked] = {}
        for row in group:
            first = campuses.setdefault(row.value("campus"), row)
            if first is not row:
                key = "campus" if row.value("campus") else "name"
                row.wrong(
                    "duplicate_row",
                    key,
                    f"与第 {first.line.number} 行重复（{first.cell('name')}）",
                    "同一单位有几个校区的，请在“校区名称”里分别写明；否则请删去多余的一行。",
                )
        for key in _SHARED:
            _agree_in(group, key)


def _agree_in(group: Sequence[Checked], key: str) -> None:
    said = [row for row in group if row.value(key)]
    for row in said[1:]:
        if row.value(key) != said[0].value(key):
            title = ROSTER.column(key).title
            row.wrong(
                "inconsistent",
                key,
                f"同一单位两处的{title}不一致，{said[0].cell(key)} 写的是另一个",
                f"请核对后统一；若是两个单位，请写清各自的单位名称。（{row.group}）",
            )


def _apart(rows: Sequence[Checked]) -> None:
    """Two units never share a code, two lines never a number."""
    numbers: dict[str, Checked] = {}
    for row in rows:
        if number := row.value(ROW.key):
            first_line = numbers.setdefault(number, row)
            if first_line is not row:
                said = f"与第 {first_line.line.number} 行的平台编号相同"
                row.wrong("duplicate_row", ROW.key, said, "请清空复制来的编号，或删去多余的一行。")
    for key, code in (("code", "duplicate_code"), ("uscc", "duplicate_uscc")):
        first: dict[str, Checked] = {}
        for row in rows:
            value = row.value(key)
            if not value:
                continue
            owner = first.setdefault(value, row)
            if owner.group != row.group:
                row.wrong(
                    code,
                    key,
                    f"与 {owner.cell(key)}（{owner.group}）的{ROSTER.column(key).title}相同",
                    "请核对是哪一家写错了；附属园（部）没有独立代码的请留空。",
                )


def _plan_group(group: Sequence[Checked], known: Known, towns: Hints) -> None:
    shared = {key: _first(group, key) for key in (*_SHARED, "short_name", "kind")}
    for row in group:
        parent = _town(row, shared["town"], known, towns)
        unit = _match(row, known)
        if row.faults:
            continue
        if unit is None:
            _plan_new(row, shared, parent)
        else:
            _plan_known(row, group, unit, shared, parent, known)
        _plan_campus(row, group, unit, known)
        bodies = {"unit": unit.id if unit else None, "campus": _uuid(row.plan.get("campus"))}
        for post, (name, phone) in POSTS.items():
            whose = {other.value(phone) for other in group if other.value(phone)}
            at = "unit" if len(whose) <= 1 else "campus"
            persons.plan(row, post, (name, phone), at, bodies[at], known)


def _first(group: Sequence[Checked], key: str) -> str:
    return next((row.value(key) for row in group if row.value(key)), "")


def _uuid(text: object) -> UUID | None:
    return UUID(str(text)) if text else None


def _town(row: Checked, shared: str, known: Known, towns: Hints) -> UUID | None:
    """Return where the unit belongs; the required cell was complained about when read."""
    name = row.value("town") or shared
    if not name or not row.sound("town"):
        return None
    found = known.town(name)
    if found is None:
        remedy = towns.ask(name, "请先登记该镇（街道），或填“区直属”。")
        row.wrong("unknown_town", "town", f"没有“{name}”这个镇（街道）", remedy)
    return found


def _match(row: Checked, known: Known) -> KnownUnit | None:
    """Return the registered unit a line means, by code, then by name; faults if they disagree."""
    if row.value(ROW.key):
        return _match_number(row, known)
    code, name = row.value("code"), row.value("name")
    by_code = known.by_code.get(code) if code else None
    named = known.by_name.get(name, [])
    if by_code is not None:
        if fault := _code_fault(by_code):
            row.wrong("code_taken", "code", fault, "请核对学校标识码。")
        elif any(other.id != by_code.id for other in named):
            row.wrong(
                "name_taken",
                "name",
                f"名称与另一个已登记单位相同，而标识码属于“{by_code.name}”",
                "请核对名称和标识码是不是同一家。",
            )
        return by_code
    if len(named) > 1:
        row.wrong(
            "ambiguous", "name", f"已登记的单位里有 {len(named)} 个叫“{name}”", "请填写学校标识码。"
        )
    unit = named[0] if named else None
    if unit and code and unit.code and unit.code != code:
        row.wrong(
            "code_differs",
            "code",
            f"与已登记的学校标识码 {unit.code} 不同",
            "请核对；确是另一家单位的，请写出能区分的全称。",
        )
    _check_uscc(row, unit, known)
    return unit


def _match_number(row: Checked, known: Known) -> KnownUnit | None:
    """Return the unit of the campus a line names by the platform's number."""
    campus = _numbered(row, known)
    unit = known.by_id.get(campus.parent) if campus and campus.parent else None
    if unit is None or unit.level != "unit":
        row.wrong(
            "unknown_row",
            ROW.key,
            "平台里没有这个编号的校区，或已撤并",
            "请恢复导出时的内容；要作为新的一行登记，请清空这一格。",
        )
        return None
    owner = known.by_code.get(row.value("code"))
    if owner is not None and owner.id != unit.id:
        row.wrong("code_taken", "code", f"这个标识码属于“{owner.name}”", "请核对是不是改错了行。")
    if any(other.id != unit.id for other in known.by_name.get(row.value("name"), [])):
        row.wrong("name_taken", "name", "名称与另一个已登记单位相同", "请核对是不是改错了行。")
    return unit


def _numbered(row: Checked, known: Known) -> KnownUnit | None:
    campus = known.by_id.get(UUID(row.value(ROW.key))) if row.value(ROW.key) else None
    sound = campus and campus.level == "campus" and campus.inside and not campus.closed
    return campus if sound else None


def _holders(row: Checked, post: str, known: Known) -> frozenset[str]:
    """Return the names of who holds a post in the campus of an exported line, or in its unit."""
    campus = _numbered(row, known)
    bodies = (campus.id, campus.parent) if campus else ()
    users = (user for body in bodies if body for user in known.holdings.get((body, post), ()))
    people = map(known.people.get, users)
    return frozenset(person.name for person in people if person)


def _code_fault(unit: KnownUnit) -> str:
    if not unit.inside:
        return "这个标识码已登记在本区以外的单位"
    if unit.closed:
        return f"这个标识码属于已撤销的“{unit.name}”"
    if unit.level != "unit":
        return f"这个标识码已登记在“{unit.name}”（不是单位）"
    return ""


def _check_uscc(row: Checked, unit: KnownUnit | None, known: Known) -> None:
    uscc = row.value("uscc")
    owner = known.by_uscc.get(uscc) if uscc else None
    if owner is not None and unit is None:
        row.wrong(
            "uscc_taken",
            "uscc",
            f"这个统一社会信用代码已登记在“{owner.name}”",
            "若是同一家改了名，请先填上它的学校标识码，或改用登记的名称。",
        )


def _plan_new(row: Checked, shared: dict[str, str], parent: UUID | None) -> None:
    row.plan = {
        "new": True,
        "register": {
            "name": row.value("name"),
            "short_name": shared["short_name"],
            "kind": shared["kind"],
            "ownership": shared["ownership"],
            "code": shared["code"],
            "uscc": shared["uscc"],
            "parent": str(parent),
        },
    }


def _plan_known(
    row: Checked,
    group: Sequence[Checked],
    unit: KnownUnit,
    shared: dict[str, str],
    parent: UUID | None,
    known: Known,
) -> None:
    row.plan = {"unit": str(unit.id)}
    if row is group[0]:
        _plan_names(row, unit, shared)
        for key, words in (("kind", rules.KINDS), ("ownership", rules.OWNERSHIPS)):
            _plan_fact(row, "unit", unit, key, shared[key], words)
        if parent != unit.parent:
            old = known.by_id.get(unit.parent) if unit.parent else None
            row.change("镇（街道）", old.name if old else "", row.value("town"))
            row.plan["move"] = str(parent)
            row.plan["moved_from"] = str(unit.parent or "")
    for key in ("code", "uscc"):
        title, registered = ROSTER.column(key).title, getattr(unit, key)
        if shared[key] and shared[key] != registered:
            said = f"与登记的 {registered} 不同" if registered else "尚未登记"
            row.notes.append(f"{title}{said}，导入不改代码，请在单位信息里更正。")


def _plan_names(row: Checked, unit: KnownUnit, shared: dict[str, str]) -> None:
    name, short = row.value("name"), shared["short_name"] or unit.short_name
    if not shared["short_name"] and name != unit.name and unit.short_name == unit.name:
        short = name
    if name != unit.name:
        row.change("单位名称", unit.name, name)
    if short != unit.short_name:
        row.change("简称", unit.short_name, short)
    if (name, short) != (unit.name, unit.short_name):
        row.plan["rename"] = [name, short]


def _plan_fact(
    row: Checked, target: str, unit: KnownUnit, key: str, value: str, words: dict[str, str]
) -> None:
    old = unit.facts.get(key, "")
    if not value or value == old:
        return
    label = rules.FACTS[key][0]
    row.change(label, words.get(old, old), words.get(value, value))
    row.plan.setdefault("facts", []).append([target, key, value, old])


def _plan_campus(
    row: Checked, group: Sequence[Checked], unit: KnownUnit | None, known: Known
) -> None:
    campus = _numbered(row, known)
    if campus is not None and unit is not None:
        _plan_campus_name(row, campus, unit)
    elif unit is not None:
        campus = _campus(row, group, known.campuses.get(unit.id, {}))
    facts = {key: row.value(key) for key in FACTS if row.value(key)}
    if campus is not None:
        row.plan["campus"] = str(campus.id)
        flags = {"yes": "是", "no": "否"}
        for key in ("kind", *FACTS):
            words = rules.KINDS if key == "kind" else flags
            _plan_fact(row, "campus", campus, key, row.value(key), words)
        return
    name, short = _campus_names(row, unit)
    row.plan |= {
        "new": True,
        "register_campus": {
            "name": name,
            "short_name": short,
            "kind": row.value("kind"),
            "ownership": row.value("ownership") or (unit.ownership if unit else ""),
            "facts": facts,
        },
    }


def _plan_campus_name(row: Checked, campus: KnownUnit, unit: KnownUnit) -> None:
    """A campus found by its number may have got another name, or its unit's new one."""
    typed, old = row.value("campus"), campus.name.removeprefix(unit.name)
    name, short = _campus_names(row, unit)
    if campus.name in {typed, name}:
        return
    if (typed or row.value("name")) != (old or unit.name):
        row.change("校区名称", campus.name, name)
        row.plan["rename_campus"] = [name, short]


def _campus(
    row: Checked, group: Sequence[Checked], registered: dict[str, KnownUnit]
) -> KnownUnit | None:
    """Return the registered campus a line means; the only one if the file names none."""
    typed = row.value("campus")
    for campus in registered.values():
        unit = row.value("name")
        if campus.name in {typed or unit, f"{unit}{typed}"}:
            return campus
    if not typed and len(registered) == 1 and len(group) == 1:
        return next(iter(registered.values()))
    return None


def _campus_names(row: Checked, unit: KnownUnit | None) -> tuple[str, str]:
    name, typed = row.value("name"), row.value("campus")
    short = row.value("short_name") or (unit.short_name if unit else "") or name
    if not typed or typed == name:
        return name, short
    return (typed, typed) if typed.startswith(name) else (f"{name}{typed}", f"{short}{typed}")

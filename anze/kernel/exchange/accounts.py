"""Checking a file of accounts: one line is one person with one post in one unit or campus. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from anze.kernel.exchange import persons
from anze.kernel.exchange.checking import Checked, read_lines, settle
from anze.kernel.exchange.columns import ACCOUNTS
from anze.kernel.exchange.hints import Hints
from anze.kernel.exchange.known import Known, KnownUnit
from anze.kernel.exchange.tables import Table

PAIR = ("name", "phone")


def check(tables: Iterable[Table], known: Known, *, take_hidden: bool) -> list[Checked]:
    """Return every line with faults, changes and plan, compared with the file and the house."""
    rows = read_lines(tables, ACCOUNTS)
    taken = [row for row in rows if take_hidden or not row.line.hidden]
    for row in taken:
        row.group = row.value("phone") or f"{row.line.sheet}!{row.line.number}"
    persons.check_file(taken, {"": PAIR}, lambda row: row.value("unit"))
    _check_repeats(taken)
    names = _names(known)
    hints = Hints(names)
    for row in taken:
        _plan(row, names, hints, known)
    for row in rows:
        settle(row, take_hidden=take_hidden)
    return rows


def _check_repeats(rows: Sequence[Checked]) -> None:
    seen: dict[tuple[str, ...], Checked] = {}
    logins: dict[str, Checked] = {}
    for row in rows:
        phone, username = row.value("phone"), row.value("username")
        if phone and row.value("unit") and row.value("post"):
            first = seen.setdefault((phone, row.value("unit"), row.value("post")), row)
            if first is not row:
                row.wrong(
                    "duplicate_row",
                    "phone",
                    f"与第 {first.line.number} 行重复",
                    "请删去多余的一行。",
                )
        if username:
            first = logins.setdefault(username, row)
            if first.value("phone") != phone:
                row.wrong(
                    "duplicate_username",
                    "username",
                    f"与 {first.cell('username')} 的登录名相同",
                    "请换一个，或留空由系统生成。",
                )


def _names(known: Known) -> dict[str, list[KnownUnit]]:
    """Return every way to name a unit or campus of the district."""
    names: dict[str, list[KnownUnit]] = {}
    for unit in known.by_id.values():
        if not unit.inside or unit.closed or unit.level not in ("unit", "campus"):
            continue
        ways = {unit.name, unit.short_name, *([unit.code] if unit.code else [])}
        if unit.level == "campus" and unit.parent in known.by_id:
            parent = known.by_id[unit.parent]
            tail = unit.name.removeprefix(parent.name)
            ways |= {
                f"{p}/{t}" for p in (parent.name, parent.short_name) for t in (unit.name, tail)
            }
            ways -= {parent.name, parent.short_name}
        for way in ways:
            names.setdefault(way, []).append(unit)
    return names


def _plan(row: Checked, names: dict[str, list[KnownUnit]], hints: Hints, known: Known) -> None:
    unit = _unit(row, names, hints)
    person = persons.registered(row, PAIR, known) if row.value("phone") else None
    username = row.value("username")
    owner = known.by_username.get(username or f"u{row.value('phone')}")
    if person is None and owner is not None:
        row.wrong("username_taken", "username", "登录名已被另一个人使用", "请换一个登录名。")
    if person is not None and username and username != person.username:
        row.notes.append(f"已有登录名 {person.username}，导入不改登录名。")
    if row.faults or unit is None:
        return
    row.plan = {"unit": str(unit.id), "new": person is None}
    persons.plan(row, row.value("post"), PAIR, "unit", unit.id, known, row.value("since"))


def _unit(row: Checked, names: dict[str, list[KnownUnit]], hints: Hints) -> KnownUnit | None:
    typed = row.value("unit")
    if not typed:
        return None
    found = names.get(typed.replace("／", "/").replace(" / ", "/"), [])
    if len(found) == 1:
        return found[0]
    if found:
        row.wrong(
            "ambiguous", "unit", f"有 {len(found)} 个单位叫“{typed}”", "请写全称，或写“单位/校区”。"
        )
    else:
        remedy = hints.ask(typed, "请先登记这个单位。")
        row.wrong("unknown_unit", "unit", f"没有“{typed}”这个单位", remedy)
    return None

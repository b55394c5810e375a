"""Checking a file of accounts: one line is one person with one post in one unit or campus. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from anze.kernel.exchange import persons
from anze.kernel.exchange.checking import Checked, read_lines, settle
from anze.kernel.exchange.columns import ACCOUNTS, ROW
from anze.kernel.exchange.hints import Hints
from anze.kernel.exchange.known import Known, KnownUnit
from anze.kernel.exchange.tables import Table
from anze.lib.codes import mask_name

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
    if row.value(ROW.key):
        _plan_numbered(row, unit, known)
        return
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


def _plan_numbered(row: Checked, unit: KnownUnit | None, known: Known) -> None:
    """A line exported before: the person's name and phone are corrected, the post may move."""
    found = known.posts.get(UUID(row.value(ROW.key)))
    if found is None:
        row.wrong(
            "unknown_row",
            ROW.key,
            "没有这个编号的任职，或已经结束",
            "请恢复导出时的内容；要作为新的一行登记，请清空这一格。",
        )
        return
    person, (_, body, post) = known.people[found[0]], found
    owner = known.by_phone.get(row.value("phone"))
    if owner is not None and owner.id != person.id:
        said = f"这个手机号已登记在{mask_name(owner.name)}名下"
        row.wrong("phone_taken", "phone", said, "请核对号码。")
    moved = unit is not None and (unit.id, row.value("post")) != (body, post)
    if moved and person.id == known.actor_id:
        row.wrong("oneself", "post", "不能给自己任命岗位", "请由另一位管理员导入这一行。")
    if row.faults or unit is None:
        return
    row.plan = {"unit": str(unit.id), "new": False, "person": str(person.id)}
    wanted = [row.value("name"), row.value("phone")]
    if wanted != [person.name, person.phone]:
        for key, old, new in zip(
            ("name", "phone"), (person.name, person.phone), wanted, strict=True
        ):
            if old != new:
                row.change(row.template.column(key).title, old, new)
        row.plan["correct"] = wanted
    if moved:
        old_unit = known.by_id[body].name
        row.change(
            "单位与岗位",
            f"{old_unit} {persons.title(post)}",
            f"{unit.name} {persons.title(row.value('post'))}",
        )
        given = {"post": row.value("post"), "at": "unit", "name": wanted[0], "phone": wanted[1]}
        row.plan["posts"] = [{**given, "username": "", "since": "", "ends": [row.value(ROW.key)]}]


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

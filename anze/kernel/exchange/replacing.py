"""Taking lines of a roster or of accounts back: step by step, in the reverse order of doing.

A unit registered by mistake is closed on the day it was opened and its codes are freed; an account
nobody has used is closed and its phone freed; a post ends; names, parents and facts get back what
they were. Every step is an entry of its own: the mistake stays readable, and counts no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from anze.kernel.bus.ctx import Ctx
from anze.kernel.exchange.faults import Fault
from anze.kernel.exchange.importers import Hindrances
from anze.kernel.exchange.models import ImportBatch, ImportRow
from anze.kernel.exchange.placing import Step
from anze.kernel.exchange.standing import fault_at
from anze.kernel.ledger.models import Entry
from anze.kernel.people import services as people
from anze.kernel.people.models import Grant, Holding, User, active_on
from anze.kernel.units import known, rules
from anze.kernel.units import services as units
from anze.kernel.units.models import Edge, Unit, UnitFact
from anze.lib.codes import mask_name

_DID = frozenset({"unit", "campus"})


@dataclass
class _Now:
    """What the steps of some lines touch, as it stands; read by a few queries."""

    units: Mapping[UUID, Unit]
    used: Mapping[UUID, int]
    parents: Mapping[UUID, UUID]
    facts: Mapping[UUID, Mapping[str, str]]
    users: Mapping[UUID, User]
    held: Mapping[UUID, Holding]
    others: Mapping[UUID, int]


def _ids(steps: Iterable[Step], *kinds: str) -> set[UUID]:
    return {UUID(step[1]) for step in steps if step[0] in kinds}


def hindered(ctx: Ctx, batch: ImportBatch, rows: Sequence[ImportRow]) -> Hindrances:
    """Return why lines cannot be taken back, each reason at its cell."""
    made = {row.pk: row.loads("made") for row in rows}
    now = _look(ctx, batch, rows, [step for steps in made.values() for step in steps])
    found: dict[int, list[Fault]] = {}
    for row in rows:
        for step in made[row.pk]:
            if said := _reason(step, now):
                key, code, text = said
                key = _column(batch, row, step, key, now)
                found.setdefault(row.pk, []).append(fault_at(batch, row, key, code, text))
    return found


def _look(ctx: Ctx, batch: ImportBatch, rows: Sequence[ImportRow], steps: list[Step]) -> _Now:
    bodies = _ids(steps, "unit", "campus", "rename", "move", "fact")
    persons = _ids(steps, "account")
    named = persons | _ids(steps, "person")
    line = Edge.objects.filter(known.in_force(ctx.today), relation=Edge.LINE, child__in=bodies)
    held = Holding.objects.select_related("user").filter(pk__in=_ids(steps, "post", "ended"))
    return _Now(
        units=Unit.objects.in_bulk(bodies),
        used=_used(batch, rows, _ids(steps, *_DID)),
        parents=dict(line.values_list("child_id", "parent_id")),
        facts=known.facts_in_force(UnitFact.objects.filter(unit__in=bodies), ctx.today),
        users=User.objects.in_bulk(named),
        held={row.pk: row for row in held},
        others=_others(ctx, batch, persons),
    )


def _used(batch: ImportBatch, rows: Sequence[ImportRow], made: set[UUID]) -> dict[UUID, int]:
    """Return unit → entries recorded there since, but by this batch and its undoing."""
    if not made:
        return {}
    since = min(row.written_at for row in rows if row.written_at)
    own = Q(via="import", actor_id=batch.actor_id, recorded__lte=batch.finished or since)
    if batch.undo_begun:
        own |= Q(via="import", actor_id=batch.undo_actor_id, recorded__gte=batch.undo_begun)
    found: dict[UUID, int] = {}
    later = Entry.objects.filter(unit_id__in=made, recorded__gt=since).exclude(own)
    for unit in later.values_list("unit_id", flat=True):
        if unit:
            found[unit] = found.get(unit, 0) + 1
    return found


def _others(ctx: Ctx, batch: ImportBatch, persons: set[UUID]) -> dict[UUID, int]:
    """Return person → posts and roles he has had from others than this batch."""
    if not persons:
        return {}
    found: dict[UUID, int] = {}
    window = Q(recorded__lte=batch.finished) if batch.finished else Q()
    entries = Entry.objects.filter(window, via="import", actor_id=batch.actor_id)
    uids = Holding.objects.filter(active_on(ctx.today), user__in=persons)
    mine = set(entries.filter(uid__in=uids.values("entry_uid")).values_list("uid", flat=True))
    for user, uid in uids.values_list("user_id", "entry_uid"):
        if uid not in mine:
            found[user] = found.get(user, 0) + 1
    for user in Grant.objects.filter(active_on(ctx.today), user__in=persons).values_list(
        "user_id", flat=True
    ):
        found[user] = found.get(user, 0) + 1
    return found


def _reason(step: Step, now: _Now) -> tuple[str, str, str] | None:
    """Return (field, code, words) when a step cannot be taken back."""
    what, number = step[0], UUID(step[1])
    if what in _DID:
        return _unit_reason("name" if what == "unit" else "campus", number, now)
    if what == "rename":
        unit = now.units[number]
        if (unit.name, unit.short_name) != (step[4], step[5]):
            return "name", "changed_since", f"名称后来又改过，现为“{unit.name}”"
    if what == "move" and str(now.parents.get(number)) != step[3]:
        return "town", "changed_since", "隶属后来又调整过"
    if what == "fact" and now.facts.get(number, {}).get(step[2]) != step[4]:
        return step[2], "changed_since", f"{rules.FACTS[step[2]][0]}后来又改过"
    if what == "person" and [now.users[number].name, now.users[number].phone or ""] != step[4:6]:
        return "name", "changed_since", "姓名或手机号后来又改过"
    if what == "account":
        return _account_reason(number, now)
    if what == "post" and _ended_by_others(now.held[number]):
        return "post", "changed_since", "这项任职后来已经结束"
    return None


def _unit_reason(key: str, number: UUID, now: _Now) -> tuple[str, str, str] | None:
    unit = now.units[number]
    if unit.closed_on is not None:
        return key, "changed_since", "后来已经撤并"
    if count := now.used.get(number):
        return key, "used", f"导入以后已有 {count} 条存证（填报、任职或资料变更）"
    return None


def _account_reason(number: UUID, now: _Now) -> tuple[str, str, str] | None:
    user = now.users[number]
    if user.last_seen or user.last_login:
        return "phone", "used", f"{mask_name(user.name)}已经登录过"
    if not user.is_active:
        return "phone", "changed_since", "账号后来已停用"
    if now.others.get(number):
        return "phone", "used", "这个人后来又有别的任职或角色"
    return None


def _ended_by_others(held: Holding) -> bool:
    """A post that ended because its person's account was taken back with another line is ours."""
    return held.valid_to is not None and not held.user.username.startswith(people.WITHDRAWN)


def _column(batch: ImportBatch, row: ImportRow, step: Step, key: str, now: _Now) -> str:
    """Return the field at which the file said what a step did: a roster has two people a line."""
    if batch.kind != "roster" or step[0] not in ("post", "account"):
        return key
    if step[0] == "post":
        code = now.held[UUID(step[1])].post_id
        return {"principal": "principal", "safety_officer": "officer"}.get(code, key)
    phone = now.users[UUID(step[1])].phone
    said = [post["post"] for post in row.loads("plan").get("posts", []) if post["phone"] == phone]
    return "officer_phone" if said == ["safety_officer"] else "principal_phone"


def revert(ctx: Ctx, _batch: ImportBatch, rows: Sequence[ImportRow]) -> None:
    """Take the lines of one group back, the last step first."""
    for row in sorted(rows, key=lambda each: -each.number):
        for step in reversed(row.loads("made")):
            _undo(ctx, step)


def _undo(ctx: Ctx, step: Step) -> None:
    what, number = step[0], UUID(step[1])
    if what in _DID:
        _close(ctx, number)
    elif what == "rename":
        units.rename(ctx, number, name=step[2], short_name=step[3])
    elif what == "move" and step[2]:
        units.move(ctx, number, to=UUID(step[2]), since=ctx.today)
    elif what == "fact" and step[3]:
        units.set_fact(ctx, number, step[2], step[3], since=ctx.today)
    elif what == "post":
        _end(ctx, Holding.objects.get(pk=number))
    elif what == "person":
        people.change_account(ctx, number, name=step[2], phone=step[3])
    elif what == "account":
        _withdraw(ctx, number)
    elif what == "ended":
        old = Holding.objects.get(pk=number)
        people.give_post(ctx, old.user_id, unit_id=old.unit_id, post=old.post_id)


def _close(ctx: Ctx, unit_id: UUID) -> None:
    unit = Unit.objects.get(pk=unit_id)
    if unit.code or unit.uscc:
        units.set_codes(ctx, unit_id, code="", uscc="")
    units.close(ctx, unit_id, on=unit.opened_on)


def _withdraw(ctx: Ctx, user_id: UUID) -> None:
    """End what the batch gave the person in other lines too, then free name and phone."""
    for held in Holding.objects.filter(active_on(ctx.today), user_id=user_id):
        _end(ctx, held)
    people.withdraw_account(ctx, user_id)


def _end(ctx: Ctx, held: Holding) -> None:
    people.end_post(ctx, held.pk, until=max(held.valid_from, ctx.today))


def effect(row: ImportRow) -> list[str]:
    """Say in words what taking a line back does."""
    return list(_words(row.loads("made")))


def _words(steps: Sequence[Step]) -> Iterator[str]:
    counted = {
        "campus": "撤销登记校区",
        "unit": "撤销登记单位，释放其代码",
        "account": "收回账号，释放其手机号",
        "post": "结束任职",
        "ended": "恢复原来的任职",
    }
    for what, said in counted.items():
        number = sum(1 for step in steps if step[0] == what)
        if number:
            yield f"{said} {number} 个" if number > 1 else said
    for step in steps:
        if step[0] == "rename":
            yield f"名称：{step[4]} → {step[2]}"
        elif step[0] == "person":
            yield "姓名、手机号退回原来的"
        elif step[0] == "move":
            yield "退回原来的镇（街道）"
        elif step[0] == "fact":
            old = step[3] or "（原来没有填，保留现值）"
            yield f"{rules.FACTS[step[2]][0]}：{step[4]} → {old}"

"""Why may somebody do something, or not: the whole path in words, or what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.people import actions, roles, selectors, table
from anze.kernel.people.access import Decision, ctx_for, explain
from anze.kernel.people.models import Deputy, Grant, Holding, User, active_on
from anze.kernel.units.models import Unit

RELATIONS = {
    "own": "本单位及下属",
    "above": "上级单位",
    "sibling": "同一区县的单位",
    "other": "其他单位",
}


@dataclass(frozen=True)
class Station:
    """From where a person acts: what gives it, since when, and what the table says there."""

    what: str
    body: str
    role: str
    since: date
    until: date | None
    reaches: tuple[str, ...]
    counts: bool


@dataclass(frozen=True)
class Explanation:
    """The answer, each station of the person, and who could give what is missing."""

    person: User
    action: actions.Action
    unit: Unit
    decision: Decision
    stations: list[Station]
    able: list[str]
    givers: list[str]


def why(ctx: Ctx, person_id: UUID, action: str, unit_id: UUID) -> Explanation:
    """Explain one's own case, or with ``people.view`` that of anybody in sight.

    A unit that the asker cannot see is not named. Raises NotFound.
    """
    person = _person(ctx, person_id)
    unit = Unit.objects.filter(pk=unit_id).first()
    if unit is None or unit_id not in ctx.access.visible("units.view"):
        raise NotFound("没有这个单位，或不在您的范围内", remedy="请从单位列表里选择")
    asked = actions.get(action)
    other = ctx_for(person, now=ctx.now)
    decision = explain(other, action, unit_id)
    by = {(via.role, via.body_id) for via in decision.via}
    return Explanation(
        person=person,
        action=asked,
        unit=unit,
        decision=decision,
        stations=_stations(person, action, ctx.today, by),
        able=[] if decision.allowed else _able(action),
        givers=[] if decision.allowed else _givers(unit, ctx.today),
    )


def _person(ctx: Ctx, person_id: UUID) -> User:
    if ctx.actor_id == person_id:
        return User.objects.get(pk=person_id)
    return selectors.account(ctx, person_id)


def _stations(person: User, action: str, day: date, by: set[tuple[str, UUID]]) -> list[Station]:
    found = []
    held = Holding.objects.filter(active_on(day), user=person).select_related("unit", "post")
    for one in held:
        found.append(_station(f"任职：{one.post.title}", one.unit, one.post.role, one, action, by))
    stood_in = Deputy.objects.filter(active_on(day), active_on(day, "holding__"), user=person)
    for deputy in stood_in.select_related("holding__unit", "holding__post", "holding__user"):
        said = f"代理：{deputy.holding.post.title}（代{deputy.holding.user.name}）"
        role = deputy.holding.post.role
        found.append(_station(said, deputy.holding.unit, role, deputy, action, by))
    for grant in Grant.objects.filter(active_on(day), user=person).select_related("unit"):
        said = f"授权：{roles.ROLES[grant.role]}"
        found.append(_station(said, grant.unit, grant.role, grant, action, by))
    return found


def _station(
    what: str,
    unit: Unit,
    role: str,
    row: Holding | Deputy | Grant,
    action: str,
    by: set[tuple[str, UUID]],
) -> Station:
    reaches = [RELATIONS[one] for one in table.RELATIONS if one in table.relations(action, role)]
    return Station(
        what=what,
        body=unit.name,
        role=roles.ROLES[role],
        since=row.valid_from,
        until=row.valid_to,
        reaches=tuple(reaches),
        counts=(role, unit.pk) in by,
    )


def _able(action: str) -> list[str]:
    """Return the roles that may do an action somewhere."""
    return [label for role, label in roles.ROLES.items() if table.relations(action, role)]


def _givers(unit: Unit, day: date) -> list[str]:
    """Return who could give a post here: the heads of the unit, then the bureau's people."""
    heads = Holding.objects.filter(active_on(day), unit=unit, post__role="unit_head")
    names = [f"{one.user.name}（{one.post.title}）" for one in heads.select_related("user", "post")]
    return [
        *names,
        "安全综治科经办、系统管理员（单位岗位）",
        "安全保密管理员提出、另一人确认（机关角色）",
    ]


def choices() -> list[tuple[str, str]]:
    """Return the actions that can be asked about, by label."""
    found = [(one.code, one.label) for one in actions.all_actions() if one.code in table.TABLE]
    return sorted(found, key=lambda pair: pair[1])

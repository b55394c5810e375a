"""May this person do this, on this unit? The one place where the question is answered.

Scope first: a unit outside everything the person may see does not exist for him (404). A unit he
may see, but not act on in this way, is refused (403). ``explain`` says why, in words for people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final
from uuid import UUID

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import ALL, Ctx
from anze.kernel.bus.errors import Denied, NotFound
from anze.kernel.people import actions, reach, roles, table
from anze.kernel.people.gates import Request, action, api_action
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Unit

if TYPE_CHECKING:
    from anze.kernel.people.models import Device, Token, User

__all__ = [
    "Decision",
    "DeviceAccess",
    "Nobody",
    "NotYours",
    "PersonAccess",
    "Request",
    "TokenAccess",
    "action",
    "api_action",
    "ctx_for",
    "explain",
    "unit_or_404",
]

SCOPE = "units.view"
_NONE: frozenset[UUID] = frozenset()


class Nobody:
    """The access of somebody who has not signed in: public pages and nothing else."""

    def visible(self, action: str) -> Collection[UUID]:
        """Return every unit for public actions, none for others."""
        return ALL if action in table.ANYBODY else _NONE

    def check(self, action: str, unit_id: UUID | None) -> None:
        """Raise NotFound for all but public actions."""
        if action not in table.ANYBODY:
            raise NotFound("没有找到", remedy="请先登录")


class PersonAccess:
    """What one active person may do at one moment. Nothing is read until asked; then kept."""

    def __init__(self, user: User, now: datetime) -> None:
        self.user, self.day = user, clock.day_of(now)
        self._visible: dict[str, Collection[UUID]] = {}

    @cached_property
    def roots(self) -> tuple[reach.Root, ...]:
        """From where the person acts. One query."""
        return reach.roots_of(self.user.pk, self.day)

    @cached_property
    def extent(self) -> reach.Reach:
        """How far each of these bodies reaches."""
        return reach.Reach({root.unit_id for root in self.roots}, self.day)

    def visible(self, action: str) -> Collection[UUID]:
        """Return the units on which the person may do ``action``."""
        if action not in self._visible:
            self._visible[action] = self._resolve(action)
        return self._visible[action]

    def _resolve(self, action: str) -> Collection[UUID]:
        if action in table.ANYBODY or (action in table.SIGNED_IN and self.user.is_active):
            return ALL
        return reach.reachable(action, self.roots, self.extent)

    def holds(self, action: str) -> bool:
        """Tell whether the person may do ``action`` anywhere, without walking the tree."""
        if action in table.ANYBODY or (action in table.SIGNED_IN and self.user.is_active):
            return True
        return any(True for _ in reach.allowed(action, self.roots))

    def may(self, action: str, unit_id: UUID) -> bool:
        """Tell whether the person may do ``action`` on a unit (taken to exist)."""
        if action in table.ANYBODY or (action in table.SIGNED_IN and self.user.is_active):
            return True
        return any(True for _ in self.ways(action, unit_id))

    def ways(self, action: str, unit_id: UUID) -> Iterator[tuple[reach.Root, table.Relation]]:
        """Yield every root and relation by which ``action`` is allowed on a unit."""
        for root, relation in reach.allowed(action, self.roots):
            if self.extent.stands(unit_id, relation, root.unit_id):
                yield root, relation

    def check(self, action: str, unit_id: UUID | None) -> None:
        """Return when allowed; raise NotFound out of scope, Denied inside it.

        Without a unit it is enough to hold the action somewhere.
        """
        if unit_id is None:
            if not self.holds(action):
                raise _denied(action, None)
        elif not self.may(action, unit_id):
            if self.may(SCOPE, unit_id):
                raise _denied(action, unit_id)
            raise NotFound("没有找到这个单位的内容", remedy="请核对地址，或从首页重新进入")

    def grew(self, parent_id: UUID, unit_id: UUID) -> None:
        """A unit was registered by this actor: let it be seen within the same request."""
        self._visible.clear()
        if "extent" in self.__dict__:
            self.extent.grew(parent_id, unit_id)

    def moved(self) -> None:
        """The actor changed the tree: walk it anew when next asked."""
        self._visible.clear()
        self.__dict__.pop("extent", None)


class NotYours(Denied):
    """Denied by the table; keeps what was asked, so that the page can lead to the reason."""

    def __init__(self, action: str, unit_id: UUID | None) -> None:
        super().__init__(
            f"您的岗位不能{_label(action)}",
            remedy="需要办理时，请联系本单位的安全负责人或系统管理员调整岗位",
        )
        self.action, self.unit_id = action, unit_id


def _denied(action: str, unit_id: UUID | None) -> NotYours:
    return NotYours(action, unit_id)


def _label(action: str) -> str:
    try:
        return actions.get(action).label
    except actions.UnknownActionError:
        return action


class TokenAccess(PersonAccess):
    """What a token may do: the actions it lists, where its role has them inside its subtree.

    Nothing beside or above, whatever the role could do from there, and nothing "for anybody who is
    signed in". Its scope is the subtree: inside it a missing action is 403, outside it 404.
    """

    def __init__(self, token: Token, now: datetime) -> None:
        super().__init__(token.account, now)
        self.token = token

    @cached_property
    def roots(self) -> tuple[reach.Root, ...]:
        """The one body where the token stands."""
        return (reach.Root(self.token.role, self.token.unit_id, "token"),)

    def _gives(self, action: str) -> bool:
        listed = action in self.token.allowed
        return listed and "own" in table.relations(action, self.token.role)

    def _resolve(self, action: str) -> Collection[UUID]:
        if action in table.ANYBODY:
            return ALL
        return self.extent.units(self.token.unit_id, "own") if self._gives(action) else _NONE

    def holds(self, action: str) -> bool:
        """Tell whether the token has ``action``."""
        return action in table.ANYBODY or self._gives(action)

    def may(self, action: str, unit_id: UUID) -> bool:
        """Tell whether the token may do ``action`` on a unit (taken to exist)."""
        inside = self.extent.stands(unit_id, "own", self.token.unit_id)
        return action in table.ANYBODY or (inside and (action == SCOPE or self._gives(action)))

    def ways(self, action: str, unit_id: UUID) -> Iterator[tuple[reach.Root, table.Relation]]:
        """Yield the one way by which ``action`` is allowed, if it is."""
        if self._gives(action) and self.may(action, unit_id):
            yield self.roots[0], "own"


class DeviceAccess(PersonAccess):
    """What a guard may do on the shared device of a campus: what guards may, and only there."""

    # A shared tablet shows nothing of a person's account, whoever has typed his PIN.
    PERSONAL: Final = frozenset({"account"})

    def __init__(self, user: User, device: Device, now: datetime) -> None:
        super().__init__(user, now)
        self.device = device

    @cached_property
    def roots(self) -> tuple[reach.Root, ...]:
        """The campus of the device, while the person still is a guard there. One query."""
        if not reach.is_guard(self.user.pk, self.device.campus_id, self.day):
            return ()
        return (reach.Root("guard", self.device.campus_id, "device"),)

    def _resolve(self, action: str) -> Collection[UUID]:
        return _NONE if action in self.PERSONAL else super()._resolve(action)

    def holds(self, action: str) -> bool:
        """Tell whether the guard may do ``action`` on this device at all."""
        return action not in self.PERSONAL and super().holds(action)

    def may(self, action: str, unit_id: UUID) -> bool:
        """Tell whether the guard may do ``action`` on a unit (taken to exist)."""
        return action not in self.PERSONAL and super().may(action, unit_id)


def ctx_for(user: User, via: str = "web", now: datetime | None = None) -> Ctx:
    """Return the context of a signed-in person."""
    instant = now or clock.now()
    return Ctx(actor_id=user.pk, now=instant, via=via, access=PersonAccess(user, instant))


def unit_or_404(ctx: Ctx, action: str, unit_id: UUID) -> Unit:
    """Return the unit an action is asked for; raise NotFound or Denied."""
    return units.get(ctx, unit_id, action)


@dataclass(frozen=True)
class Via:
    """One way by which an action is allowed: a role over a body, what gave it, the relation."""

    role: str
    body_id: UUID
    source: str
    relation: str


@dataclass(frozen=True)
class Decision:
    """An answer with its reason: ``status`` is 200, 403 or 404, ``reason`` is for people."""

    allowed: bool
    status: int
    reason: str
    via: tuple[Via, ...] = ()


def explain(ctx: Ctx, action: str, unit_id: UUID) -> Decision:
    """Say whether and why the actor may do an action on a unit: the same answer as ``check``."""
    access = ctx.access
    if isinstance(access, Nobody):
        allowed = action in table.ANYBODY
        return Decision(allowed, 200 if allowed else 404, "公开页面" if allowed else "尚未登录")
    if not isinstance(access, PersonAccess):
        return Decision(True, 200, "系统任务，不受岗位限制")
    if action in table.ANYBODY or action in table.SIGNED_IN:
        return Decision(True, 200, f"登录后即可{_label(action)}")
    ways = _ways(access, action, unit_id)
    if ways:
        return Decision(True, 200, _because(action, ways), ways)
    if access.may(SCOPE, unit_id):
        return Decision(False, 403, _why_not(action))
    return Decision(False, 404, "不在您的范围内：您的岗位和授权都不涉及这个单位")


def _ways(access: PersonAccess, action: str, unit_id: UUID) -> tuple[Via, ...]:
    return tuple(
        Via(root.role, root.unit_id, root.source, relation)
        for root, relation in access.ways(action, unit_id)
    )


_RELATION_WORDS = {
    "own": "本单位及下属",
    "above": "上级单位",
    "sibling": "同一区县的单位",
    "other": "其他单位",
}


def _because(action: str, ways: tuple[Via, ...]) -> str:
    names = dict(
        Unit.objects.filter(pk__in={way.body_id for way in ways}).values_list("pk", "name")
    )
    said = [
        f"您在{names[way.body_id]}的角色“{roles.ROLES[way.role]}”（{reach.SOURCES[way.source]}）"
        f"对{_RELATION_WORDS[way.relation]}可以{_label(action)}"
        for way in ways
    ]
    return "；".join(said)


def _why_not(action: str) -> str:
    able = [roles.ROLES[role] for role in roles.ROLES if table.relations(action, role)]
    return f"您可以看到这个单位，但{_label(action)}需要以下角色之一：{'、'.join(able) or '（无）'}"

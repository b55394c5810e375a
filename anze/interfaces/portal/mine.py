"""What one person answers for today: his posts, their bodies, and the lines of duty under them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID
from weakref import WeakKeyDictionary

from anze.engines.duties import selectors as duties
from anze.engines.duties.models import DONE, Occurrence, StateChange
from anze.engines.duties.selectors import Line
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import selectors as people
from anze.kernel.people.access import PersonAccess
from anze.kernel.people.models import Holding
from anze.kernel.units import bodies
from anze.kernel.work import mine as work
from anze.kernel.work.mine import Waiting

# Who stands in for a post nobody holds: whoever heads the body, or works for the bureau there.
HEADS = frozenset({"unit_head", "section_officer", "desk", "leader"})

Posts = Mapping[UUID, Mapping[str, list[str]]]


@dataclass(frozen=True)
class Mine:
    """The posts of a person, the bodies under them, and what is owed, by urgency."""

    holdings: list[Holding] = field(default_factory=list)
    units: frozenset[UUID] = frozenset()
    overdue: list[Line] = field(default_factory=list)
    today: list[Line] = field(default_factory=list)
    returned: list[Line] = field(default_factory=list)
    week: list[Line] = field(default_factory=list)
    later: list[Line] = field(default_factory=list)
    besides: list[Waiting] = field(default_factory=list)
    day: date = date.max

    @property
    def count(self) -> int:
        """How many lines ask for something today; reaches zero."""
        return len(self.overdue) + len(self.today) + len(self.returned) + self.besides_today

    @property
    def besides_today(self) -> int:
        """How much of what other rooms ask has its last day by today."""
        return sum(1 for one in self.besides if one.due <= self.day)


_kept: WeakKeyDictionary[PersonAccess, Mine] = WeakKeyDictionary()


def mine(ctx: Ctx) -> Mine:
    """Return what the actor owes; once per request, Home and the menu share it.

    Five queries, and one for each room that has more for him.
    """
    if ctx.actor_id is None or not isinstance(ctx.access, PersonAccess):
        return Mine()
    if ctx.access not in _kept:
        _kept[ctx.access] = _read(ctx, ctx.actor_id)
    return _kept[ctx.access]


def open_count(ctx: Ctx) -> int:
    """Return the number beside 今天 in the menu."""
    return mine(ctx).count


def _read(ctx: Ctx, actor: UUID) -> Mine:
    day = ctx.today
    stood_in = [one.holding for one in people.own_deputyships(actor, day) if one.valid_from <= day]
    held = [*people.own_posts(actor, day), *stood_in]
    if not held:
        return Mine()
    campuses = bodies.campuses_of({one.unit_id for one in held}, day)
    homes = bodies.homes_of({one.unit_id for one in held}, day)
    homes |= {campus: unit for unit, found in campuses.items() for campus in found}
    units = frozenset({one.unit_id for one in held} | {c for cs in campuses.values() for c in cs})
    posts = people.in_charge(units | set(homes.values()), day)
    found = [line for line in duties.owed(ctx, units) if _is_mine(line, held, homes, posts)]
    return _sorted(ctx, held, units, found)


def _is_mine(line: Line, held: list[Holding], homes: Mapping[UUID, UUID], posts: Posts) -> bool:
    return any(_answers(occ, held, homes, posts) for occ in line.occurrences)


def _answers(
    occ: Occurrence, held: list[Holding], homes: Mapping[UUID, UUID], posts: Posts
) -> bool:
    """Say whether one of the posts answers for an occurrence.

    A post held on the campus itself comes before the same post in the unit over it; a post nobody
    holds falls to the head.
    """
    who, body = occ.requirement.who, occ.unit_id
    answering = body if who in posts.get(body, {}) else homes.get(body, body)
    vacant = who not in posts.get(answering, {})
    return any(
        (one.unit_id == answering and one.post_id == who)
        or (vacant and one.post.role in HEADS and one.unit_id in (answering, body))
        for one in held
    )


def _sorted(ctx: Ctx, held: list[Holding], units: frozenset[UUID], lines: list[Line]) -> Mine:
    found = Mine(held, units, besides=work.waiting(ctx), day=ctx.today)
    back = _once_met([occ.pk for line in lines for occ in line.occurrences])
    for line in lines:
        if any(occ.pk in back for occ in line.occurrences):
            found.returned.append(line)
        else:
            getattr(found, line.urgency(ctx.today)).append(line)
    return found


def _once_met(occurrences: Collection[int]) -> set[int]:
    """Return which of these open occurrences had been met before: the record was taken back."""
    changes = StateChange.objects.filter(occurrence_id__in=occurrences, state__in=DONE)
    return set(changes.values_list("occurrence_id", flat=True))

"""Filters a person keeps for a list: by a name, as the default, shared, and the one used last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.http import QueryDict

from anze.kernel.bus import readonly
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, NotFound, Refused
from anze.kernel.units.models import Unit
from anze.kernel.web.models import SavedFilter

SHARE = "web.share_filters"
ALL = "all"  # in an address: really everything, also where a filter is the default
MOST = 20  # of one person for one list
LONGEST = 1500


@dataclass(frozen=True)
class Shelf:
    """What is kept for one list: one's own by name, others' that are shared, the last used."""

    listing: str
    own: Sequence[SavedFilter] = ()
    shared: Sequence[SavedFilter] = ()
    last: SavedFilter | None = None

    @property
    def default(self) -> SavedFilter | None:
        """The one the bare address leads to."""
        return next((one for one in self.own if one.is_default), None)


def shelf(ctx: Ctx, listing: str) -> Shelf:
    """Return what the actor has kept for a list, and what is shared where he works. One query."""
    if ctx.actor_id is None:
        return Shelf(listing)
    where = {root.unit_id for root in getattr(ctx.access, "roots", ())}
    mine, shared = Q(user_id=ctx.actor_id), Q(shared_with_id__in=where)
    rows = SavedFilter.objects.filter(mine | shared, listing=listing).select_related("user")
    found = list(rows.order_by("name", "pk"))
    own = [one for one in found if one.user_id == ctx.actor_id]
    return Shelf(
        listing,
        [one for one in own if one.name],
        [one for one in found if one.user_id != ctx.actor_id],
        next((one for one in own if not one.name), None),
    )


def remember(ctx: Ctx, known: Shelf, query: str) -> None:
    """Keep what filters the list now, to be offered next time; writes only when it is another."""
    if ctx.actor_id is None or len(query) > LONGEST or (known.last and known.last.query == query):
        return
    with readonly.tolerated():
        SavedFilter.objects.update_or_create(
            user_id=ctx.actor_id, listing=known.listing, name="", defaults={"query": query}
        )


def keep(
    ctx: Ctx,
    listing: str,
    name: str,
    query: str,
    *,
    default: bool = False,
    share_with: UUID | None = None,
) -> SavedFilter:
    """Keep a query under a name; the same name again replaces it.

    Raises Refused for no name, no filter, or too many; Denied or NotFound when the actor may not
    share with that body.
    """
    name, query = name.strip(), _plain(query)
    if not name or len(name) > 30:
        raise Refused("请给筛选方案起个名字", field="name", remedy="1 到 30 个字")
    if not query:
        raise Refused("现在没有筛选条件", field="query", remedy="先筛选，再保存")
    if share_with is not None:
        ctx.access.check(SHARE, share_with)
    mine = SavedFilter.objects.filter(user_id=_owner(ctx), listing=listing)
    if mine.exclude(name__in=("", name)).count() >= MOST:
        raise Refused(f"这个列表已保存 {MOST} 个筛选方案", remedy="先删去不用的")
    with transaction.atomic():
        if default:
            mine.filter(is_default=True).update(is_default=False)
        kept, _new = SavedFilter.objects.update_or_create(
            user_id=_owner(ctx), listing=listing, name=name,
            defaults={"query": query, "is_default": default, "shared_with_id": share_with},
        )  # fmt: skip
    return kept


def drop(ctx: Ctx, filter_id: int) -> str:
    """Delete one of the actor's filters; return its list. NotFound for anybody else's."""
    found = SavedFilter.objects.filter(pk=filter_id, user_id=_owner(ctx)).first()
    if found is None:
        raise NotFound("没有这个筛选方案", remedy="它可能已被删除，或是别人保存的")
    found.delete()
    return found.listing


def may_share_with(ctx: Ctx) -> list[Unit]:
    """Return the bodies of the actor's own posts with which he may share. One query."""
    roots = {root.unit_id for root in getattr(ctx.access, "roots", ())}
    may = getattr(ctx.access, "may", None)
    ids = {one for one in roots if may is not None and may(SHARE, one)}
    return list(Unit.objects.filter(pk__in=ids).order_by("pinyin", "pk")) if ids else []


def _owner(ctx: Ctx) -> UUID:
    if ctx.actor_id is None:
        raise Denied("没有登录，不能保存筛选方案", remedy="请先登录")
    return ctx.actor_id


def _plain(query: str) -> str:
    """Return a query without the page and empty parts, as the list itself would write it."""
    kept = QueryDict(query[: 2 * LONGEST], mutable=True)
    for key in list(kept):
        if key in ("page", "export", ALL) or not any(kept.getlist(key)):
            kept.pop(key)
    encoded = kept.urlencode()
    if len(encoded) > LONGEST:
        raise Refused("筛选条件太长，存不下", field="query", remedy="少选几个条件")
    return encoded

"""Who sees which suggestion: its sender, whoever handles it; everybody the public summaries."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from anze.domains.burden.models import Suggestion, SuggestionState
from anze.kernel.bus.ctx import Ctx, Everything
from anze.kernel.bus.errors import NotFound

HANDLE = "burden.handle"


def unit_of(ctx: Ctx) -> UUID | None:
    """Return the body the actor speaks from: where his first post stands; None without any."""
    roots = getattr(ctx.access, "roots", ())
    return roots[0].unit_id if roots else None


def worklist(ctx: Ctx) -> QuerySet[Suggestion]:
    """Return what the actor handles; what nobody's unit sent is for everyone who handles."""
    units = ctx.access.visible(HANDLE)
    rows = Suggestion.objects.select_related("unit", "sender", "handler")
    if isinstance(units, Everything):
        return rows
    return rows.filter(Q(unit__in=units) | Q(unit=None)) if units else rows.none()


def open_count(ctx: Ctx) -> int:
    """Return how many nobody has taken up: the number in the menu. One query."""
    return worklist(ctx).filter(state=SuggestionState.OPEN).count()


def own(ctx: Ctx) -> QuerySet[Suggestion]:
    """Return what the actor said under his name, latest first."""
    if ctx.actor_id is None:
        return Suggestion.objects.none()
    return Suggestion.objects.filter(sender_id=ctx.actor_id).order_by("-created", "-pk")


def public() -> QuerySet[Suggestion]:
    """Return the suggestions with a public summary, latest first; only the summary is for all."""
    rows = Suggestion.objects.filter(published=True, state=SuggestionState.ANSWERED)
    return rows.order_by("-answered", "-pk")


def see(ctx: Ctx, suggestion_id: UUID) -> Suggestion:
    """Return one the actor sent or handles; NotFound otherwise."""
    rows = worklist(ctx).filter(pk=suggestion_id)
    found = rows.first() or own(ctx).filter(pk=suggestion_id).first()
    if found is None:
        raise NotFound("没有这条投诉建议", remedy="不署名提出的只有办理的人看得到")
    return found


def to_handle(ctx: Ctx, suggestion_id: UUID) -> Suggestion:
    """Return one the actor handles; Denied for its sender, NotFound otherwise."""
    found = worklist(ctx).filter(pk=suggestion_id).first()
    if found is None:
        see(ctx, suggestion_id)
        ctx.access.check(HANDLE, None)
        raise NotFound("没有这条投诉建议")
    return found

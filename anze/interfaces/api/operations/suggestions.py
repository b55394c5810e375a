"""What people say is too much, and what became of it."""

from __future__ import annotations

from uuid import UUID

from ninja import Query, Router
from ninja.responses import Status

from anze.domains.burden.models import Suggestion
from anze.domains.burden.selectors import suggestions as selectors
from anze.domains.burden.services import suggestions as services
from anze.interfaces.api.shapes import suggestions as shapes
from anze.kernel.people.access import Request
from anze.kernel.web.wire.declare import operation
from anze.kernel.web.wire.paging import Page, Paging, page

router = Router(tags=["投诉建议"])
Out = shapes.SuggestionOut


@operation(router, "GET", "", action="burden.handle", answer=Page[Out], summary="要办理的投诉建议")
def list_suggestions(
    request: Request, asked: Query[shapes.SuggestionFilter], paging: Query[Paging]
) -> Page[Out]:
    """List what one handles, latest first."""
    exact = {name: one for name, one in asked.dict().items() if one}
    rows = selectors.worklist(request.ctx).filter(**exact).order_by("-created", "-pk")
    return page(Page[Out], rows, paging, lambda found: [Out.of(row) for row in found])


@operation(
    router,
    "POST",
    "/own",
    action="burden.say",
    answer=Out,
    summary="提投诉建议",
    status=201,
)
def say(request: Request, body: shapes.SuggestionIn) -> Status[Out]:
    """Say something: 201; the same id and content again: 200 and the first one."""
    known = Suggestion.objects.filter(pk=body.client_id).exists()
    row = services.say(request.ctx, services.Word(**body.dict()))
    return Status(200 if known else 201, Out.of(row))


@operation(
    router,
    "GET",
    "/public",
    action="burden.say",
    answer=Page[shapes.PublicSuggestion],
    summary="说了什么，改了什么",
)
def list_public(request: Request, paging: Query[Paging]) -> Page[shapes.PublicSuggestion]:
    """List the public summaries, latest first; they name neither persons nor units."""
    return page(
        Page[shapes.PublicSuggestion],
        selectors.public(),
        paging,
        lambda found: [shapes.PublicSuggestion.of(row) for row in found],
    )


@operation(router, "GET", "/own", action="burden.say", answer=Page[Out], summary="我提的投诉建议")
def list_own(request: Request, paging: Query[Paging]) -> Page[Out]:
    """List what one said under one's name, latest first."""
    rows = selectors.own(request.ctx).select_related("unit", "sender", "handler")
    return page(Page[Out], rows, paging, lambda found: [Out.of(row) for row in found])


@operation(
    router, "GET", "/{suggestion_id}", action="burden.say", answer=Out, summary="一条投诉建议"
)
def get_suggestion(request: Request, suggestion_id: UUID) -> Out:
    """Return one that one sent or handles."""
    return Out.of(selectors.see(request.ctx, suggestion_id))


@operation(
    router,
    "POST",
    "/{suggestion_id}/take",
    action="burden.handle",
    answer=Out,
    summary="受理投诉建议",
)
def take(request: Request, suggestion_id: UUID) -> Out:
    """Take one up; again changes nothing."""
    return Out.of(services.take(request.ctx, suggestion_id))


@operation(
    router,
    "POST",
    "/{suggestion_id}/answer",
    action="burden.handle",
    answer=Out,
    summary="答复投诉建议",
)
def answer(request: Request, suggestion_id: UUID, body: shapes.AnswerIn) -> Out:
    """Close one with an answer; the same answer again changes nothing, another is 409."""
    return Out.of(services.answer(request.ctx, suggestion_id, services.Answer(**body.dict())))

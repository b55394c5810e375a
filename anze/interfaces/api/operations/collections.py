"""Data that no requirement asks for: drafted, let out by another, answered."""

from __future__ import annotations

from uuid import UUID

from ninja import Query, Router

from anze.domains.burden.models import CollectionTask
from anze.domains.burden.selectors import tasks as selectors
from anze.domains.burden.services import answers, tasks
from anze.interfaces.api.shapes import collections as shapes
from anze.kernel.people.access import Request
from anze.kernel.web.wire.declare import operation
from anze.kernel.web.wire.paging import Page, Paging, page

router = Router(tags=["临时报表"])
Out, Detail, Answer = shapes.TaskOut, shapes.TaskDetail, shapes.AnswerOut


def _detail(request: Request, row: CollectionTask) -> shapes.TaskDetail:
    return Detail.of(selectors.see(request.ctx, row.pk))


@operation(router, "GET", "", action="burden.collect", answer=Page[Out], summary="临时报表")
def list_tasks(
    request: Request, asked: Query[shapes.TaskFilter], paging: Query[Paging]
) -> Page[Out]:
    """List the tasks to units one may ask, latest first; of drafts one's own."""
    rows = selectors.visible(request.ctx).order_by("-created", "-pk")
    rows = rows.filter(state=asked.state) if asked.state else rows
    return page(Page[Out], rows, paging, lambda found: [Out.of(row) for row in found])


@operation(router, "POST", "", action="burden.collect", answer=Detail, summary="存临时报表草稿")
def keep_draft(request: Request, body: shapes.TaskIn) -> Detail:
    """Keep a draft; the answer says which fields are kept already and where."""
    given = body.dict(exclude={"fields", "scope", "kinds"})
    fields = tuple(
        tasks.Asked(one.label, one.type, tuple(one.options), one.required, one.again)
        for one in body.fields
    )
    draft = tasks.Draft(scope_id=body.scope, kinds=tuple(body.kinds), fields=fields, **given)
    return _detail(request, tasks.keep(request.ctx, draft))


@operation(
    router, "GET", "/owed", action="burden.answer", answer=Page[Answer], summary="要填的临时报表"
)
def list_owed(request: Request, paging: Query[Paging]) -> Page[Answer]:
    """List what one's units have not answered of what still runs."""
    rows = selectors.owed(request.ctx)
    return page(Page[Answer], rows, paging, lambda found: [Answer.of(row) for row in found])


@operation(
    router, "GET", "/{task_id}", action="burden.collect", answer=Detail, summary="一份临时报表"
)
def get_task(request: Request, task_id: UUID) -> Detail:
    """Return a task with its fields."""
    return Detail.of(selectors.see(request.ctx, task_id))


@operation(
    router, "GET", "/{task_id}/answers", action="burden.collect", answer=Page[Answer],
    summary="填报结果",
)  # fmt: skip
def list_answers(request: Request, task_id: UUID, paging: Query[Paging]) -> Page[Answer]:
    """List what the units handed in; a half filled in is nobody's but the unit's."""
    row = selectors.see(request.ctx, task_id)
    rows = selectors.answers(request.ctx).filter(task=row, state="answered").order_by("pk")
    return page(Page[Answer], rows, paging, lambda found: [Answer.of(one) for one in found])


@operation(
    router, "POST", "/{task_id}/submit", action="burden.collect", answer=Detail,
    summary="提请临时报表",
)  # fmt: skip
def submit_task(request: Request, task_id: UUID) -> Detail:
    """Ask for one's own task to be let out; 422 says what is missing."""
    return _detail(request, tasks.submit(request.ctx, task_id))


@operation(
    router, "POST", "/{task_id}/approve", action="burden.approve", answer=Detail,
    summary="批准临时报表",
)  # fmt: skip
def approve(request: Request, task_id: UUID) -> Detail:
    """Let another's task go out to its units."""
    return _detail(request, tasks.approve(request.ctx, task_id))


@operation(
    router, "POST", "/{task_id}/return", action="burden.approve", answer=Out,
    summary="退回临时报表",
)  # fmt: skip
def give_back(request: Request, task_id: UUID, body: shapes.ReturnIn) -> Out:
    """Give a task back to its author, whose draft it is again."""
    seen = selectors.see(request.ctx, task_id)
    row = tasks.give_back(request.ctx, task_id, body.words)
    seen.state, seen.returned = row.state, row.returned
    return Out.of(seen)


@operation(
    router, "POST", "/{task_id}/withdraw", action="burden.collect", answer=Detail,
    summary="撤回临时报表",
)  # fmt: skip
def withdraw_task(request: Request, task_id: UUID) -> Detail:
    """Take a task back: nobody is asked any more; what was answered stays."""
    return _detail(request, tasks.withdraw(request.ctx, task_id))


@operation(
    router, "POST", "/{task_id}/units/{unit_id}", action="burden.answer", answer=Answer,
    summary="填报临时报表",
)  # fmt: skip
def hand_in(request: Request, task_id: UUID, unit_id: UUID, body: shapes.ValuesIn) -> Answer:
    """Answer for a unit: the same again changes nothing, other values correct the first."""
    do = answers.keep if body.keep else answers.hand_in
    do(request.ctx, task_id, unit_id, body.values)
    return Answer.of(selectors.answer_of(request.ctx, task_id, unit_id))

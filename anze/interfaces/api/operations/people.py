"""Accounts, posts held, roles and vacancies: read only, phone numbers masked."""

from __future__ import annotations

from collections.abc import Sequence

from ninja import Query, Router

from anze.interfaces.api.shapes import people as shapes
from anze.kernel.people import burdens, selectors
from anze.kernel.people.access import Request
from anze.kernel.people.models import Grant, Holding, PostType, User, active_on
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Unit
from anze.kernel.web.wire.declare import operation
from anze.kernel.web.wire.paging import Page, Paging, page

router = Router(tags=["人员"])
VIEW = selectors.VIEW


@operation(router, "GET", "/accounts", action=VIEW, answer=Page[shapes.AccountOut], summary="账号")
def list_accounts(
    request: Request, asked: Query[shapes.AccountFilter], paging: Query[Paging]
) -> Page[shapes.AccountOut]:
    """List the accounts in sight, by pinyin."""
    rows = selectors.accounts(request.ctx)
    if asked.active is not None:
        rows = rows.filter(is_active=asked.active)

    def present(found: Sequence[User]) -> list[shapes.AccountOut]:
        return [shapes.AccountOut.of(row) for row in found]

    return page(Page[shapes.AccountOut], rows.order_by("pinyin", "pk"), paging, present)


@operation(router, "GET", "/posts", action=VIEW, answer=Page[shapes.PostOut], summary="任职")
def list_posts(
    request: Request, asked: Query[shapes.PostFilter], paging: Query[Paging]
) -> Page[shapes.PostOut]:
    """List who holds which post today."""
    exact = {"post_id": asked.post, "unit_id": asked.unit}
    rows = selectors.holdings(request.ctx)
    rows = rows.filter(**{name: value for name, value in exact.items() if value})

    def present(found: Sequence[Holding]) -> list[shapes.PostOut]:
        return [shapes.PostOut.of(row) for row in found]

    return page(Page[shapes.PostOut], rows, paging, present)


@operation(router, "GET", "/roles", action=VIEW, answer=Page[shapes.GrantOut], summary="角色授权")
def list_roles(request: Request, paging: Query[Paging]) -> Page[shapes.GrantOut]:
    """List the roles in force today apart from posts."""
    rows = selectors.grants(request.ctx).filter(active_on(request.ctx.today))

    def present(found: Sequence[Grant]) -> list[shapes.GrantOut]:
        return [shapes.GrantOut.of(row) for row in found]

    return page(Page[shapes.GrantOut], rows.order_by("role", "pk"), paging, present)


@operation(
    router, "GET", "/vacancies", action=VIEW, answer=Page[shapes.VacancyOut], summary="岗位空缺"
)
def list_vacancies(request: Request, paging: Query[Paging]) -> Page[shapes.VacancyOut]:
    """List the bodies with posts nobody holds although work is open for them."""
    ctx = request.ctx
    bodies = frozenset(units.visible_to(ctx, VIEW).values_list("pk", flat=True))
    titles = {one.code: one.title for one in PostType.objects.all()}
    vacant: dict[object, list[shapes.Vacancy]] = {}
    for (body, post), counts in burdens.vacancies(ctx, bodies).items():
        if body in bodies:
            open_work = sum(counts.values())
            one = shapes.Vacancy(post=post, title=titles.get(post, post), open=open_work)
            vacant.setdefault(body, []).append(one)
    rows = Unit.objects.filter(pk__in=vacant).order_by("pinyin", "pk")

    def present(found: Sequence[Unit]) -> list[shapes.VacancyOut]:
        return [shapes.VacancyOut.of(row, vacant[row.pk]) for row in found]

    return page(Page[shapes.VacancyOut], rows, paging, present)

"""``/contacts/``: the address book, one number shown, the list carried away with a mark."""

from __future__ import annotations

import io
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from anze.interfaces.personnel import lists
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.people import burdens, selectors
from anze.kernel.people.access import Request, action
from anze.kernel.people.models import PostType
from anze.kernel.people.services.contacts import note_export, reveal_phone
from anze.kernel.web.exports import TYPES
from anze.kernel.web.listing import Shown, listing_response
from anze.lib.ids import uuid_or_none
from anze.lib.sheets import write_xlsx

MOST = 5000


@action("contacts.view")
@require_safe
def index(request: Request) -> HttpResponse:
    """List who is where; with a unit chosen, its vacancies above."""
    context = {
        "crumbs": [("首页", "/"), ("通讯录", "")],
        "vacant": _vacant(request),
        "query": request.GET.urlencode(),
    }
    return listing_response(request, lists.ContactList(), "personnel/contacts.html", context)


def _vacant(request: Request) -> list[str]:
    """The posts nobody holds in the unit asked for."""
    unit = uuid_or_none(request.GET.get("unit", ""))
    if unit is None or unit not in request.ctx.access.visible("contacts.view"):
        return []
    titles = dict(PostType.objects.values_list("code", "title"))
    found = burdens.vacancies(request.ctx, [unit])
    return sorted(titles.get(post, post) for where, post in found if where == unit)


@action("contacts.reveal")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def phone(request: Request, holding_id: UUID) -> HttpResponse:
    """Ask first, then show one number; who looked is recorded."""
    holding = selectors.contacts(request.ctx).filter(pk=holding_id).first()
    if holding is None:
        raise NotFound("没有这条任职", where=str(holding_id))
    shown = {
        "one": holding,
        "number": reveal_phone(request.ctx, holding_id) if request.method == "POST" else "",
        "masked": selectors.masked(holding.user.phone),
        "crumbs": [("首页", "/"), ("通讯录", "/contacts/"), (holding.user.name, "")],
    }
    return render(request, "personnel/phone.html", shown)


@action("contacts.view")
@require_safe
def export(request: Request) -> HttpResponse:
    """Write what is listed, marked with who asked and when; the export is recorded."""
    ctx, listing = request.ctx, lists.ContactList()
    shown = Shown(listing, request.GET, ctx, request.path)
    rows = list(shown.matching[: MOST + 1])
    if len(rows) > MOST:
        raise Refused(f"超过 {MOST} 人，一次导不出来", remedy="请先按单位或岗位筛选，再导出")
    listing.prepare(rows, ctx)
    whole = sum("*" not in row.phone_said and bool(row.phone_said) for row in rows)
    now = timezone.localtime(ctx.now)
    mark = (
        f"导出人：{request.user.name}（{request.user.username}） {now:%Y-%m-%d %H:%M} 仅供工作使用"
    )
    heads = [column.label for column in listing.columns]
    lines = [[*(column.of(row) for column in listing.columns), mark] for row in rows]
    file = io.BytesIO()
    write_xlsx(file, [*heads, "水印"], lines, sheet="通讯录", title=mark)
    note_export(ctx, lines=len(rows), phones=whole)
    name = content_disposition_header(True, f"通讯录-{ctx.today:%Y%m%d}.xlsx") or ""
    headers = {"Content-Disposition": name, "Cache-Control": "private, no-store"}
    return HttpResponse(file.getvalue(), content_type=TYPES["xlsx"], headers=headers)

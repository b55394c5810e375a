"""Pages of the outbox while signed in: what was taken along, what came in, what to decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anze.kernel.bus.errors import Problem, Refused
from anze.kernel.outbox import selectors, services, settling, shell, works
from anze.kernel.outbox.models import Delivery, DeliveryState, Packet
from anze.kernel.people.gates import Request, action
from anze.kernel.people.models import User
from anze.kernel.units.models import Unit
from anze.lib.codes import tidy
from anze.lib.ids import uuid_or_none

PAGE = 20


@action("outbox.view")
@require_GET
def index(request: Request) -> HttpResponse:
    """``/outbox/``: what waits on this phone (told by the phone itself) and what has come in."""
    page = Paginator(selectors.in_reach(request.ctx), PAGE).get_page(request.GET.get("page"))
    packets = list(selectors.may_send(request.ctx)[:PAGE])
    shown = {row.unit_id for row in page} | {row.unit_id for row in packets}
    names = Unit.objects.in_bulk(shown)
    people = User.objects.in_bulk({row.actor_id for row in packets})
    context = {
        "page": page,
        "rows": [(row, names.get(row.unit_id)) for row in page],
        "conflicts": selectors.unsettled(request.ctx)[:PAGE],
        "packets": [(row, names.get(row.unit_id), people.get(row.actor_id)) for row in packets],
    }
    return render(request, "outbox/index.html", context)


@action("outbox.view")
@require_POST
def take(request: Request) -> HttpResponse:
    """``POST /outbox/take/`` (work, ref, unit, subject, times): 201 with packet and token."""
    try:
        packet, token = services.issue(
            request.ctx,
            request.POST.get("work", ""),
            request.POST.get("ref", "")[:100],
            _uuid(request.POST.get("unit", "")),
            subject=tidy(request.POST.get("subject", ""))[:120],
            times=_times(request.POST.get("times", "1")),
        )
    except Problem as problem:
        return JsonResponse(problem.as_dict(), status=problem.status)
    answer = JsonResponse(told(packet) | {"token": token}, status=201)
    answer["Cache-Control"] = "no-store"
    return answer


def told(packet: Packet) -> dict[str, object]:
    """Return what a phone keeps about a packet, without its token."""
    return {
        "id": str(packet.pk),
        "owner": str(packet.actor_id),
        "title": packet.title,
        "unit": Unit.objects.values_list("name", flat=True).get(pk=packet.unit_id),
        "subject": packet.subject,
        "work": works.get(packet.work).label,
        "times": packet.times,
        "issued": packet.issued_at.isoformat(),
        "expires": packet.expires_at.isoformat(),
        "page": reverse("outbox:packet", args=[packet.pk]),
    }


@action("outbox.view")
@require_GET
def packet(request: Request, packet_id: UUID) -> HttpResponse:
    """``/outbox/packets/<id>/``: the page the phone keeps; the service worker answers it after."""
    row = selectors.own_packet(request.ctx, packet_id)
    response = works.get(row.work).page(request, row)
    response["Cache-Control"] = "private, no-store"
    return response


@action("outbox.view")
@require_POST
def renew(request: Request, packet_id: UUID) -> HttpResponse:
    """``POST …/renew/``: another token for one's own packet."""
    try:
        row = selectors.own_packet(request.ctx, packet_id)
        token = services.renew(request.ctx, row)
    except Problem as problem:
        return JsonResponse(problem.as_dict(), status=problem.status)
    answer = JsonResponse({"token": token})
    answer["Cache-Control"] = "no-store"
    return answer


@action("outbox.view")
@require_POST
def revoke(request: Request, packet_id: UUID) -> HttpResponse:
    """``POST …/revoke/`` (reason): nothing more is taken by this packet."""
    row = selectors.packet_in_reach(request.ctx, packet_id)
    services.revoke(request.ctx, row, request.POST.get("reason", ""))
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"state": "revoked"})
    return redirect("outbox:index")


@action("outbox.view")
@require_http_methods(["GET", "POST"])
def conflict(request: Request, delivery_id: UUID) -> HttpResponse:
    """``/outbox/conflicts/<id>/``: two contents beside each other; which one counts?"""
    row = selectors.delivery(request.ctx, delivery_id)
    settling.check_hand(request.ctx, row)
    wrong: Problem | None = None
    if request.method == "POST":
        deed = {"first": settling.keep_first, "other": settling.take_other}.get(
            request.POST.get("keep", "")
        )
        try:
            if deed is None:
                raise Refused("请选择以哪一份为准", field="keep")
            deed(request.ctx, row)
        except Refused as refused:
            wrong = refused
        else:
            return redirect("outbox:conflict", row.pk)
    context = _beside(row) | {"wrong": wrong}
    return render(request, "outbox/conflict.html", context, status=422 if wrong else 200)


def _beside(row: Delivery) -> dict[str, Any]:
    """Return both contents, the other one only while it waits."""
    first = selectors.taken_beside(row)
    lines: list[tuple[str, str]] = []
    if row.state == DeliveryState.OTHER:
        lines = settling.lines(row)
    return {
        "row": row,
        "first": first,
        "n": selectors.number_of(first.entry_uid),
        "lines": lines,
        "unit": Unit.objects.get(pk=row.unit_id),
        "sender": User.objects.filter(pk=row.packet.actor_id).first(),
        "waiting": row.state == DeliveryState.OTHER,
    }


@action("public")
@require_GET
def offline(_request: HttpRequest) -> HttpResponse:
    """``/outbox/offline/``: the page of a phone without network. Holds nothing of anybody."""
    response = HttpResponse(render_to_string("outbox/offline.html"))
    response["Cache-Control"] = "no-cache"
    return response


@action("public")
@require_GET
def worker(_request: HttpRequest) -> HttpResponse:
    """``/sw.js``: at the root, so that it may answer for every page."""
    response = HttpResponse(shell.worker(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def _times(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _uuid(text: str) -> UUID:
    found = uuid_or_none(text)
    if found is None:
        raise Refused("没有说明替哪个单位带走", field="unit")
    return found

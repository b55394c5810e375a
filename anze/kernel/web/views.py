"""The page of components: the visual language, live."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.people.access import Request, action
from anze.kernel.web import palette, sample_lists, samples, saved
from anze.kernel.web.bulk import registry as bulk
from anze.kernel.web.states import RISKS, STATES


@action("web.components")
def components(request: HttpRequest) -> HttpResponse:
    """Show every component with invented content, for those who build pages."""
    data = request.POST if request.method == "POST" else None
    form = samples.SampleForm(data, initial={"kind": "evacuation"})
    if data is not None:
        form.is_valid()
    context = {
        "crumbs": [("首页", "/"), ("视觉语言", "")],
        "states": list(STATES),
        "risks": list(RISKS),
        "form": form,
        "steps": samples.steps(),
        "happenings": samples.happenings(),
        "grid": samples.heat_map(),
        "branches": samples.branches(),
        "duties": samples.duties(),
        "faulty": samples.faulty(),
        "levels": samples.LEVELS,
        "long": sample_lists.LONG,
        "lists": sample_lists.states(request),
    }
    status = 422 if data is not None and form.errors else 200
    return render(request, "web/components.html", context, status=status)


@action("web.lists")
@require_GET
def places(request: Request) -> HttpResponse:
    """Answer the places the actor may go to, with pinyin initials, for the quick way (⌘K)."""
    found = palette.places(request, request.ctx, request.GET.get("q", ""))
    return JsonResponse({"places": found}, json_dumps_params={"ensure_ascii": False})


@action("web.lists")
@require_POST
def keep_filter(request: Request, listing: str) -> HttpResponse:
    """Keep what filters a list now under a name."""
    route = _route(listing)
    share, query = request.POST.get("share", ""), request.POST.get("query", "")
    try:
        kept = saved.keep(
            request.ctx,
            listing,
            request.POST.get("name", ""),
            query,
            default=request.POST.get("default") == "1",
            share_with=_unit(share) if share else None,
        )
    except Refused as refused:
        messages.error(request, refused.said)
        return redirect(f"{route}?{query[: saved.LONGEST]}")
    messages.success(request, f"已保存筛选方案“{kept.name}”。")
    return redirect(f"{route}?{kept.query}")


@action("web.lists")
@require_POST
def drop_filter(request: Request, listing: str, filter_id: int) -> HttpResponse:
    """Delete one of the actor's filters."""
    saved.drop(request.ctx, filter_id)
    messages.success(request, "已删除筛选方案。")
    return redirect(_route(listing))


def _route(listing: str) -> str:
    found = bulk.opened(listing)
    if found is None:
        raise NotFound("没有这个列表")
    return reverse(found.route)


def _unit(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("没有这个单位") from None


@action("public")
def manifest(request: HttpRequest) -> HttpResponse:
    """Answer the web app manifest, so that a phone can keep Anze on its first screen."""
    icons = [
        {"src": static(f"web/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    content = {
        "name": "安责 · 学校安全主体责任",
        "short_name": "安责",
        "lang": "zh-Hans",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f5f6f4",
        "theme_color": "#0e5c54",
        "icons": icons,
    }
    return JsonResponse(
        content,
        content_type="application/manifest+json",
        headers={"Cache-Control": "public, max-age=86400"},
        json_dumps_params={"ensure_ascii": False},
    )

"""The page of components: the visual language, live."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static

from anze.kernel.people.access import action
from anze.kernel.web import samples
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
    }
    status = 422 if data is not None and form.errors else 200
    return render(request, "web/components.html", context, status=status)


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

"""The page of components: the visual language, live."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

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

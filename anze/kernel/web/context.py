"""What every template sees as ``house``: the menu, the demonstration mark, the signed-in person."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from anze.kernel.bus import readonly
from anze.kernel.web import nav

DEMO_MARK = "DEMONSTRATION"


class House:
    """The frame around a page. Every part is worked out when a template asks, at most once."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def menu(self) -> list[tuple[str, list[nav.Line]]]:
        """Group titles with their lines, empty groups left out; empty when nobody is signed in."""
        ctx = getattr(self._request, "ctx", None)
        if ctx is None or ctx.actor_id is None:
            return []
        lines = nav.lines(self._request, ctx)
        groups = [
            (title, [line for line in lines if line.entry.group == key])
            for key, title in nav.GROUPS.items()
        ]
        return [(title, members) for title, members in groups if members]

    @cached_property
    def dock(self) -> list[nav.Line]:
        """The lines of the phone's bottom bar, four at most; the fifth place is 更多."""
        return [line for _, lines in self.menu for line in lines if line.entry.dock][:4]

    @cached_property
    def feet(self) -> list[tuple[str, str]]:
        """Label and address of the quiet links at the foot of the page; none when not signed in."""
        ctx = getattr(self._request, "ctx", None)
        if ctx is None or ctx.actor_id is None:
            return []
        return nav.feet(ctx, self._request.path)

    @cached_property
    def read_only(self) -> bool:
        """Whether nothing can be written at present, for want of room."""
        return readonly.active()

    @cached_property
    def demo(self) -> bool:
        """Whether the home folder holds a demonstration (``ANZE_DEMO`` or the mark file)."""
        chosen = getattr(settings, "ANZE_DEMO", None)
        if chosen is not None:
            return bool(chosen)
        return (Path(settings.ANZE_HOME) / DEMO_MARK).exists()


def house(request: HttpRequest) -> Mapping[str, Any]:
    """Context processor: ``{{ house.menu }}``, ``{{ house.dock }}``, ``{{ house.demo }}``."""
    return {"house": House(request)}

"""What somebody was looking at when he said something: worked out from the page's address.

Only the sort of page, the form and the requirement are kept. Ids in the address name units and
people, so they are looked up and thrown away. A room above teaches this one its own pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import Resolver404, resolve

from anze.kernel.bus.ctx import Ctx
from anze.kernel.packs import selectors as packs
from anze.kernel.web import nav


@dataclass(frozen=True)
class Thing:
    """What a page is about: ``form`` or ``requirement`` as ``issuer/ref``, and its title."""

    title: str = ""
    form: str = ""
    requirement: str = ""


@dataclass(frozen=True)
class Seen:
    """A sort of page: its route, the menu's word for it, and what it is about."""

    route: str = ""
    screen: str = ""
    thing: Thing = Thing()

    @property
    def words(self) -> str:
        """The page in words; empty when it is unknown."""
        return " · ".join(one for one in (self.screen, self.thing.title) if one)


Teacher = Callable[[Ctx, Mapping[str, Any]], Thing]
_teachers: dict[str, Teacher] = {}


def teach(route: str, tell: Teacher) -> None:
    """Let ``tell(ctx, arguments of the route)`` say what pages of a route are about."""
    if _teachers.setdefault(route, tell) is not tell:
        raise ValueError(f"{route} is taught twice")


def look(ctx: Ctx, path: str) -> Seen:
    """Return what a path of this site shows to the actor; an empty one for any other path."""
    try:
        found = resolve(path)
    except Resolver404:
        return Seen()
    teacher = _teachers.get(found.view_name)
    thing = teacher(ctx, found.kwargs) if teacher else Thing()
    return Seen(found.view_name[:80], nav.label_of(path), thing)


def form_shown(ctx: Ctx, arguments: Mapping[str, Any]) -> Thing:
    """Tell which form ``issuer/ref`` is, when a pack in sight of the actor has it."""
    issuer, ref = str(arguments["issuer"]), str(arguments["ref"])
    for active in packs.binding(ctx, ctx.today):
        form = active.pack.forms_by_ref.get(ref)
        if active.row.issuer == issuer and form:
            return Thing(title=form.title, form=f"{issuer}/{ref}")
    return Thing()

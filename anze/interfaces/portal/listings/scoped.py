"""Filters whose choices depend on what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.db.models import QuerySet
from django_filters.widgets import DateRangeWidget

from anze.kernel.bus.ctx import Ctx, narrow, narrow_list
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Unit
from anze.lib.ids import uuid_or_none

Choices = Sequence[tuple[str, str]]


class ScopedFilter(django_filters.FilterSet):
    """``scoped()`` gives the choices of the filters it names, read with ``self.ctx``."""

    ctx: Ctx

    def scoped(self) -> dict[str, Choices]:
        """Return filter name → choices."""
        return {}

    def get_form_class(self) -> Any:
        """Fill in the choices, then build the form as usual."""
        for name, found in self.scoped().items():
            self.filters[name].extra["choices"] = found
        return super().get_form_class()

    def asked(self, name: str) -> str:
        """Return the raw value asked for."""
        return str(self.data.get(name, ""))


def choice(label: str, **more: Any) -> django_filters.ChoiceFilter:
    """Return a filter by one of some choices, filled in by ``scoped``."""
    return django_filters.ChoiceFilter(label=label, empty_label="全部", choices=[], **more)


def days(label: str, **more: Any) -> django_filters.DateFromToRangeFilter:
    """Return a filter by a first and a last day, chosen from the browser's calendar."""
    widget = DateRangeWidget(attrs={"type": "date"})
    return django_filters.DateFromToRangeFilter(label=label, widget=widget, **more)


def day(label: str, **more: Any) -> django_filters.DateFilter:
    """Return a filter by one day, chosen from the browser's calendar."""
    return django_filters.DateFilter(
        label=label, widget=forms.TextInput(attrs={"type": "date"}), **more
    )


def towns(ctx: Ctx) -> Choices:
    """Return the towns the actor sees. One query."""
    rows = narrow(Unit.objects.filter(level="town"), ctx.access.visible("units.view"), "pk")
    found = rows.order_by("pinyin", "pk").values_list("pk", "name")
    return [(str(pk), name) for pk, name in found]


def the_unit(ctx: Ctx, asked: str) -> Choices:
    """Return the one unit a link names: three hundred options in a list help nobody."""
    wanted = uuid_or_none(asked)
    if wanted is None or wanted not in ctx.access.visible("units.view"):
        return []
    return [(str(one.pk), one.name) for one in Unit.objects.filter(pk=wanted)]


def under(rows: QuerySet[Any], ctx: Ctx, body: str, field: str) -> QuerySet[Any]:
    """Return the rows of a town or unit and all below it."""
    return narrow_list(rows, units.subtree(UUID(body), ctx.today), field)

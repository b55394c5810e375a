"""Filtering a list by a django-filter ``FilterSet``, and saying in words what is filtered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model, QuerySet
from django.forms import BoundField, ChoiceField, Field, Form
from django.http import QueryDict

from anze.kernel.bus.ctx import Ctx


@dataclass(frozen=True)
class Chip:
    """One thing that narrows a list, and the address of the list without it."""

    label: str
    text: str
    url: str


class Filtering:
    """A filter set bound to one query.

    A filter with a wrong value is left out and says so under its field; the others still work.
    The set may read the actor as ``filterset.ctx`` (for choices within his scope).
    """

    def __init__(
        self, kind: type[Any] | None, query: QueryDict, rows: QuerySet[Any], ctx: Ctx
    ) -> None:
        self.form: Form | None = None
        self.rows = rows
        if kind is None:
            return
        # The set reads ctx while it builds its form, which is later than __init__.
        filterset = kind(data=query, queryset=rows)
        filterset.ctx = ctx
        self.form = filterset.form
        for field in self.form.fields.values():
            field.widget.attrs.setdefault("class", "form-control")
            name_both_ends(field)
            if isinstance(field, ChoiceField):
                field.widget.attrs["class"] = "form-select"
        self.rows = filterset.qs

    @property
    def fields(self) -> list[BoundField]:
        """The fields of the filter bar."""
        return list(self.form) if self.form else []

    @property
    def names(self) -> frozenset[str]:
        """Every query key that belongs to a filter, those of range inputs included."""
        return frozenset(key for field in self.fields for key in input_names(field))

    def active(self) -> Iterator[tuple[str, str, list[str]]]:
        """Yield label, value in words and query keys of each filter in use."""
        if self.form is None:
            return
        for field in self.fields:
            value = self.form.cleaned_data.get(field.name)
            text = said(field, value)
            if text:
                yield str(field.label), text, input_names(field)


def name_both_ends(field: Field) -> None:
    """Give the two inputs of a range names of their own: one label cannot stand for both."""
    parts = getattr(field.widget, "widgets", None)
    if parts and len(parts) == 2:
        for part, end in zip(parts, ("起", "止"), strict=True):
            part.attrs.setdefault("aria-label", f"{field.label}{end}")


def input_names(field: BoundField) -> list[str]:
    """Return the query keys of a field; a range field has one for each end."""
    widget = field.field.widget
    suffixes = getattr(widget, "suffixes", None)
    if suffixes:
        return [f"{field.html_name}_{suffix}" for suffix in suffixes]
    parts = getattr(widget, "widgets_names", None)
    return [f"{field.html_name}{part}" for part in parts] if parts else [field.html_name]


def said(field: BoundField, value: Any) -> str:
    """Return a cleaned filter value in words; empty when it filters nothing."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, slice):
        return f"{said(field, value.start) or '最早'} 至 {said(field, value.stop) or '最新'}"
    if isinstance(value, QuerySet | list | tuple):
        return "、".join(said(field, part) for part in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, Model):
        return str(value)
    choices = dict(_flat(getattr(field.field, "choices", ())))
    return choices.get(str(value), str(value))


def _flat(choices: Any) -> Iterator[tuple[str, str]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        else:
            yield str(value), str(label)

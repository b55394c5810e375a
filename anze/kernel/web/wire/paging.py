"""The one way to page: bounded, with a count that costs no more than ten thousand rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from ninja import Schema
from pydantic import ConfigDict, Field

from anze.kernel.web.paging import count_up_to

MOST, FURTHEST, COUNTED = 200, 100_000, 10_000
T = TypeVar("T")
M = TypeVar("M", bound=Model)


class Paging(Schema):
    """Which part of a list. Without an upper bound a limit of 8e23 breaks the database."""

    limit: int = Field(50, ge=1, le=MOST, description=f"How many, at most {MOST}.")
    offset: int = Field(
        0, ge=0, le=FURTHEST, description=f"How many to pass over, at most {FURTHEST}."
    )


class Page(Schema, Generic[T]):
    """One part of a list."""

    # The document does not take the words of a generic class over to its kinds.
    model_config = ConfigDict(json_schema_extra={"description": "One part of a list."})

    items: list[T]
    count: int = Field(description=f"How many match in all, counted up to {COUNTED}.")
    count_is_exact: bool = Field(description=f"False when more than {COUNTED} match.")
    limit: int
    offset: int


def page(
    shape: type[Page[T]],
    rows: QuerySet[M],
    paging: Paging,
    present: Callable[[Sequence[M]], list[Any]],
) -> Page[T]:
    """Return one page of ordered rows; ``present`` turns all its rows into shapes at once."""
    counted = count_up_to(rows, COUNTED)
    chosen = list(rows[paging.offset : paging.offset + paging.limit])
    return shape(
        items=present(chosen),
        count=min(counted, COUNTED),
        count_is_exact=counted <= COUNTED,
        limit=paging.limit,
        offset=paging.offset,
    )

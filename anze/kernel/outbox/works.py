"""Kinds of work that can be taken along. Rooms above register theirs when Django starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.files.models import StoredFile
from anze.kernel.outbox.models import Packet


@dataclass(frozen=True)
class Offer:
    """What a packet will hold: its title, and the pack version the work will be judged by."""

    title: str
    pack_id: UUID | None


@dataclass(frozen=True)
class Handed:
    """One piece of work as it arrived. ``captured`` is None unless it may be believed.

    ``files`` maps the ids the phone gave to the files received under them.
    """

    client_id: UUID
    content: Mapping[str, Any]
    files: Mapping[UUID, StoredFile]
    captured: datetime | None


@dataclass(frozen=True)
class Taken:
    """What became of it: the entry, and where a person reads the receipt."""

    entry_uid: UUID
    url: str


@dataclass(frozen=True)
class Work:
    """How one kind of work is offered, shown without network, taken in, and compared.

    ``offer(ctx, unit_id, ref, subject)`` checks the permission. ``page(request, packet)`` is what
    the phone keeps: it must hold nothing about the person or of the session. ``take(ctx, packet,
    handed)`` records in the caller's transaction; the same client id and content again must
    give the first result. ``lines(packet, handed)`` tells a content as (label, text);
    ``replace(ctx, packet, handed)`` lets it take the place of what was taken before.
    """

    code: str
    label: str
    offer: Callable[[Ctx, UUID, str, str], Offer]
    page: Callable[[HttpRequest, Packet], HttpResponse]
    take: Callable[[Ctx, Packet, Handed], Taken]
    lines: Callable[[Packet, Handed], list[tuple[str, str]]]
    replace: Callable[[Ctx, Packet, Handed], Taken]


_works: dict[str, Work] = {}


def register(work: Work) -> None:
    """Add a kind of work; called in ``ready()``, idempotent."""
    _works[work.code] = work


def get(code: str) -> Work:
    """Return a kind of work; NotFound if no room offers it."""
    if code not in _works:
        raise NotFound("没有这种可以带走的工作", where=code)
    return _works[code]

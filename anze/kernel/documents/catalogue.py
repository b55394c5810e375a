"""The kinds of documents there are: rooms above say which, and how one is put together.

This room knows numbers, files and codes; it knows nothing of duties or schools. A maker is a
function of the actor's context and the asked parameters, which gives back a paper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.documents.shape import Paper

Told = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Made:
    """What a maker gives: the paper, and to which units it is addressed."""

    paper: Paper
    recipients: tuple[UUID, ...] = ()


@dataclass(frozen=True)
class DocumentKind:
    """One kind of document.

    ``word`` is what is suggested as the end of its 发文代字. ``public_title`` lets strangers read
    the title on the page to verify; otherwise only number, issuer, day and status are shown.
    ``make(ctx, params, told)`` calls ``told(done, total, text)`` between its steps.
    """

    code: str
    label: str
    word: str
    make: Callable[[Ctx, Mapping[str, str], Told], Made]
    public_title: bool = False


_kinds: dict[str, DocumentKind] = {}


def register(kind: DocumentKind) -> None:
    """Make a kind known; call it in ``ready()``. A second kind of the same code is a bug."""
    if _kinds.get(kind.code, kind) != kind:
        raise ValueError(f"document kind {kind.code!r} is registered twice")
    _kinds[kind.code] = kind


def get(code: str) -> DocumentKind:
    """Return a kind; raise LookupError."""
    return _kinds[code]


def known() -> list[DocumentKind]:
    """Return every kind in the order of registration."""
    return list(_kinds.values())

"""Which kinds of file the house takes in and gives out, and what each must be able to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.exchange.columns import Template
from anze.kernel.exchange.faults import Fault
from anze.kernel.exchange.tables import Table

if TYPE_CHECKING:
    from anze.kernel.exchange.checking import Checked
    from anze.kernel.exchange.models import ImportBatch, ImportRow

Row = Mapping[str, str]
# Row's pk → why it cannot be undone, each at a cell.
Hindrances = Mapping[int, Sequence[Fault]]


class Check(Protocol):
    """Compares a file with itself and with what is known; pure."""

    def __call__(
        self, tables: Iterable[Table], known: Any, *, take_hidden: bool
    ) -> list[Checked]: ...


@dataclass(frozen=True)
class Importer:
    """One kind of file. Most are made from a ``Spec``; roster and accounts are written out.

    ``write`` and ``revert`` run inside a short transaction with a slice of lines; ``write`` leaves
    in ``row.made`` what ``hindered`` and ``revert`` need. ``needed`` are the actions asked for on
    the scope, ``levels`` the levels a scope may have.
    """

    template: Template
    needed: tuple[str, ...]
    levels: frozenset[str]
    load: Callable[[Ctx, UUID], Any]
    check: Check
    write: Callable[[Ctx, ImportBatch, Sequence[ImportRow]], None]
    rows: Callable[[Ctx, UUID | None], Iterable[Row]]
    seen: str = "exchange.export"
    # Lines written together at most, and at first: few where a line is many rows, so that nobody
    # waits for a slice. From there a slice grows with what it costs.
    slice: int = 20
    first: int = 20
    absent: Callable[[Any, Sequence[Checked]], Sequence[str]] | None = None
    hindered: Callable[[Ctx, ImportBatch, Sequence[ImportRow]], Hindrances] | None = None
    revert: Callable[[Ctx, ImportBatch, Sequence[ImportRow]], None] | None = None
    effect: Callable[[ImportRow], list[str]] | None = None

    @property
    def kind(self) -> str:
        """The code of this kind of file."""
        return self.template.kind

    @property
    def title(self) -> str:
        """What people call it."""
        return self.template.title


_known: dict[str, Importer] = {}


def add(importer: Importer) -> None:
    """Make a kind of file known; call it in ``ready()``. A second one of the same code is a bug."""
    if _known.setdefault(importer.kind, importer) is not importer:
        raise ValueError(f"files of kind {importer.kind} are registered twice")


def get(kind: str) -> Importer:
    """Return the importer of a kind; raise KeyError."""
    return _known[kind]


def find(kind: str) -> Importer | None:
    """Return the importer of a kind, None if nobody registered it."""
    return _known.get(kind)


def title(kind: str) -> str:
    """Return what a kind of file is called; its code if nobody registered it any more."""
    found = find(kind)
    return found.title if found else kind


def everything() -> list[Importer]:
    """Return all kinds in the order of their registration."""
    return list(_known.values())

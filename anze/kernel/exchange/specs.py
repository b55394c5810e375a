"""One registration gives a list its template, preview, faults, round trip, commit and undo.

A ``Spec`` says which columns a file has and how rows stand now, and writes what changed::

    SPEC = Spec(
        kind="extinguishers",
        title="灭火器台账",
        columns=(
            Column("no", "编号", required=True, example="A-012"),
            Column("place", "位置", required=True),
            Column("due", "下次检验", "day"),
            Column("left", "剩余天数", computed=True),
            ROW,
        ),
        key=("no",),
        current=current,
        commit=commit,
        remove=remove,
        needed=("registers.edit",),
    )
    exchange.register(SPEC)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.exchange import importers
from anze.kernel.exchange.columns import ROW, Column, Template
from anze.kernel.exchange.importers import Row

Values = Mapping[str, str]


@dataclass(frozen=True)
class Standing:
    """A row as it stands: its id, and the values of its columns as their checks return them."""

    id: str
    values: Values
    label: str = ""


@dataclass(frozen=True)
class Change:
    """What one line asks for. ``row`` is empty for a new row.

    ``values`` holds every column of the file, or, of a known row, of the file and else as it
    stands; ``old`` the values of those that change. ``where`` is the line for words to people.
    """

    row: str
    values: Values
    old: Values
    where: str = ""


Current = Callable[[Ctx, UUID, Sequence[str] | None], Iterable[Standing]]
Commit = Callable[[Ctx, UUID, Sequence[Change]], Sequence[str]]
Remove = Callable[[Ctx, UUID, Sequence[str]], None]
Used = Callable[[Ctx, UUID, Sequence[str]], Mapping[str, str]]
CheckLine = Callable[[Values], Iterable[tuple[str, str]]]
Judge = Callable[[Values, Standing | None], Iterable[tuple[str, str]]]


@dataclass(frozen=True)
class Spec:
    """An importer and exporter of one list of a unit, a campus or a district.

    ``current(ctx, scope, ids)`` returns the rows as they stand, all or only those of ``ids``.
    ``commit(ctx, scope, changes)`` writes a slice in the caller's transaction: it checks
    permission, changes by guarded updates, records, and returns the id of each row in order; a
    Problem stops the batch at its line. It must not read entries back that it records in the same
    call. ``key`` names the columns by which a line finds its row: a key nobody has is a new row.
    With the column ``ROW`` an exported row is found by its own number first.
    ``check_line(values)`` yields (column key, sentence) for what only several cells show together;
    ``judging(ctx, scope)`` reads once for a file what it must be held against, and returns a
    function of (values, the row as it stands or None) that yields the same.

    With ``remove(ctx, scope, ids)`` a batch can be undone: new rows are removed, changed ones get
    their old values by ``commit``. ``used(ctx, scope, ids)`` returns id → why a row can no longer
    go.
    """

    kind: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    current: Current
    commit: Commit
    needed: tuple[str, ...]
    remove: Remove | None = None
    used: Used | None = None
    check_line: CheckLine | None = None
    judging: Callable[[Ctx, UUID], Judge] | None = None
    levels: frozenset[str] = field(default=frozenset({"unit", "campus"}))
    seen: str = "exchange.export"
    least: int = 2

    def __post_init__(self) -> None:
        """Refuse a spec that could not work: a bug, told at start."""
        known = [column.key for column in self.columns]
        if len(set(known)) != len(known):
            raise ValueError(f"{self.kind}: a column stands twice")
        computed = {column.key for column in self.columns if column.computed}
        if not self.key or not set(self.key) <= set(known) - computed:
            raise ValueError(f"{self.kind}: the key must be columns that are read")
        if not self.needed:
            raise ValueError(f"{self.kind}: nobody would be asked whether he may")

    @property
    def template(self) -> Template:
        """The spec's columns as the readers of files take them."""
        return Template(self.kind, self.title, self.columns, least=self.least)

    @property
    def compared(self) -> tuple[Column, ...]:
        """The columns whose difference is a change."""
        return tuple(c for c in self.columns if not c.computed and c.sort != "row")

    def column(self, key: str) -> Column:
        """Return a column by its key; raise KeyError."""
        return self.template.column(key)

    def key_of(self, values: Values) -> tuple[str, ...]:
        """Return the key of a row or line."""
        return tuple(values.get(key, "") for key in self.key)


def register(spec: Spec) -> None:
    """Make a list importable and exportable; call it in ``ready()``."""
    from anze.kernel.exchange import standing

    importers.add(standing.importer(spec))


def exported(spec: Spec, ctx: Ctx, scope: UUID) -> Iterable[Row]:
    """Yield the rows as a workbook shows them, ready to be edited and sent in again."""
    for row in spec.current(ctx, scope, None):
        shown = {c.key: c.shown(row.values.get(c.key, "")) for c in spec.columns}
        yield {**shown, ROW.key: row.id} if ROW in spec.columns else shown

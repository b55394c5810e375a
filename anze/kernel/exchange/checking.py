"""What all checks share: a line as it was understood, with its faults and its plan. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from anze.kernel.exchange import cells
from anze.kernel.exchange.columns import Template
from anze.kernel.exchange.faults import CellError, Fault
from anze.kernel.exchange.tables import Line, Table
from anze.lib.sheets import cell_name

NEW, CHANGED, SAME, FAULTY, HIDDEN = "new", "changed", "unchanged", "faulty", "hidden"


@dataclass
class Checked:
    """One line after the checks. ``values`` by field key; ``plan`` is what a commit would do."""

    line: Line
    table: Table
    template: Template
    values: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    plan: dict[str, Any] = field(default_factory=dict)
    outcome: str = SAME
    group: str = ""

    def value(self, key: str) -> str:
        """Return the value of a field, empty if the cell is blank, wrong or not there."""
        return self.values.get(key, "")

    def cell(self, key: str) -> str:
        """Return where a field stands: ``名册!C7``; the line alone if it has no column."""
        column = self.table.columns.get(key)
        if column is None:
            return f"{self.line.sheet}!{self.line.number}"
        return f"{self.line.sheet}!{cell_name(self.line.number, column)}"

    def wrong(self, code: str, key: str, text: str, remedy: str = "") -> None:
        """Add a fault at a field, one of a sort per field."""
        if all((f.code, f.column) != (code, key) for f in self.faults):
            self.faults.append(Fault(code, key, text, remedy, self.cell(key)))

    def change(self, label: str, old: str, new: str) -> None:
        """Say that committing would change something."""
        self.changes.append((label, old, new))

    def sound(self, *keys: str) -> bool:
        """Tell whether none of these fields has a fault."""
        return not any(fault.column in keys for fault in self.faults)


def read_lines(tables: Iterable[Table], template: Template) -> list[Checked]:
    """Return every line with its cells read; what cannot be read is a fault of its cell."""
    return [_read(line, table, template) for table in tables for line in table.lines]


def _read(line: Line, table: Table, template: Template) -> Checked:
    row = Checked(line, table, template)
    for column in template.columns:
        if column.computed:
            continue
        number = table.columns.get(column.key)
        if number is None:
            continue
        try:
            row.values[column.key] = cells.read(column, line.cells.get(number))
        except CellError as error:
            row.wrong(error.code, column.key, error.text, error.remedy)
    return row


def settle(row: Checked, *, take_hidden: bool) -> None:
    """Set the outcome once all checks have spoken."""
    if row.line.hidden and not take_hidden:
        row.outcome = HIDDEN
    elif row.faults:
        row.outcome = FAULTY
    elif row.plan.get("new"):
        row.outcome = NEW
    elif row.changes:
        row.outcome = CHANGED
    else:
        row.outcome = SAME

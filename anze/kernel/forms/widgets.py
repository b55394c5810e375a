"""Inputs that the web has no word for: attached files, and a check list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms

from anze.kernel.files.models import StoredFile
from anze.kernel.forms.checklists import ANSWERS, Check
from anze.kernel.forms.definitions import Definition
from anze.kernel.forms.rules import MAX_FILES
from anze.kernel.packs.schema import Field, Item
from anze.lib.ids import uuid_or_none

NEW = "-new"  # files that come with the form itself, where scripts did not send them ahead
DAYS = 7  # proposed where the pack proposes nothing


class AttachedInput(forms.Widget):
    """Files received already (hidden ids with their thumbnails) and a place to choose more."""

    template_name = "forms/widgets/attached.html"
    needs_multipart_form = True

    def __init__(self, *, photo: bool, unit_id: UUID, known: Mapping[UUID, StoredFile]) -> None:
        super().__init__()
        self.photo, self.unit_id, self.known = photo, unit_id, known

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """Return the ids of the files received; the view received the new ones before."""
        return list(data.getlist(name)) if hasattr(data, "getlist") else list(data.get(name, ()))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Nothing attached is an answer."""
        return False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return the files to show again, those of other units and erased ones left out."""
        context: dict[str, Any] = super().get_context(name, None, attrs)
        ids = [one for one in map(uuid_or_none, value or ()) if one and one in self.known]
        context["widget"] |= {
            "photo": self.photo,
            "unit": self.unit_id,
            "at_most": MAX_FILES,
            "files": [self.known[one] for one in ids],
            "new": f"{name}{NEW}",
        }
        return context


@dataclass(frozen=True)
class Row:
    """One item as the page shows it."""

    number: int
    item: Item
    name: str
    answer: str
    note: str
    by: str
    clause: str
    basis: tuple[str, ...]
    choices: tuple[tuple[str, str], ...] = tuple(ANSWERS.items())


class ChecklistInput(forms.Widget):
    """Each item with three large answers; a no opens note, reason and proposed day below it."""

    template_name = "forms/widgets/checklist.html"

    def __init__(self, definition: Definition, field: Field, today: date) -> None:
        super().__init__()
        self.definition, self.field, self.today = definition, field, today

    def use_required_attribute(self, initial: Any) -> bool:
        """The page itself counts what is missing."""
        return False

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, dict[str, Any]]:
        """Return ``{code: {answer, note, by}}`` as typed, complete or not."""
        found: dict[str, dict[str, Any]] = {}
        for item in self.field.items:
            key = f"{name}-{item.code}"
            parts = {
                "answer": data.get(key, ""),
                "note": data.get(f"{key}-note", ""),
                "by": data.get(f"{key}-by", ""),
            }
            if parts["answer"] or parts["note"]:
                found[item.code] = parts
        return found

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return the rows, with what was answered or typed."""
        context: dict[str, Any] = super().get_context(name, None, attrs)
        value = value if isinstance(value, Mapping) else {}
        rows = [
            self._row(number, item, f"{name}-{item.code}", value.get(item.code))
            for number, item in enumerate(self.field.items, 1)
        ]
        context["widget"] |= {"rows": rows, "total": len(rows)}
        return context

    def _row(self, number: int, item: Item, name: str, given: Any) -> Row:
        if isinstance(given, Check):
            given = {"answer": given.answer, "note": given.note, "by": given.by}
        given = given if isinstance(given, Mapping) else {"answer": given or ""}
        by = given.get("by")
        clause = self.definition.clauses.get(item.clause) if item.clause else None
        sources = self.definition.sources
        return Row(
            number=number,
            item=item,
            name=name,
            answer=str(given.get("answer") or ""),
            note=str(given.get("note") or ""),
            by=str(by or self._proposed(item)),
            clause=f"{clause.source_section}：{clause.text}" if clause else "",
            basis=tuple(sources[ref].title for ref in item.basis if ref in sources),
        )

    def _proposed(self, item: Item) -> date:
        days = item.on_no.deadline_days if item.on_no else DAYS
        return self.today + timedelta(days=days)

"""From answers to the facts and private part of an entry, and back again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from anze.kernel.forms import checklists, computed, rules
from anze.kernel.forms.reading import Wrong
from anze.kernel.packs.schema import Field, Form


@dataclass(frozen=True)
class Payload:
    """What goes into the ledger; ``private`` is None where nothing private was said."""

    facts: dict[str, Any]
    private: dict[str, Any] | None


def build(form: Form, kind: str, answers: Mapping[str, Any]) -> Payload:
    """Return facts and private part of checked answers (``rules.read_all``)."""
    facts: dict[str, Any] = dict(form.fixed)
    told: dict[str, Any] = {}
    notes: dict[str, str] = {}
    for field in form.fields:
        if field.name not in answers:
            continue
        answer = answers[field.name]
        if field.type == "checklist":
            facts |= checklists.facts_of(answer)
            notes |= checklists.notes_of(answer)
        elif field.is_fact:
            tenths = rules.in_tenths(field)
            facts[field.fact_name] = int(Decimal(answer) * 10) if tenths else _plain(answer)
        elif field.is_private:
            told[field.name] = _spoken(answer)
    private = {"answers": told, "notes": notes}
    kept = {name: part for name, part in private.items() if part}
    return Payload(computed.complete(kind, facts), kept or None)


def recall(
    form: Form, facts: Mapping[str, Any], private: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the answers an entry was made from, as far as the form still asks for them.

    What was erased, and attachments, are not among them.
    """
    told = (private or {}).get("answers", {})
    notes = (private or {}).get("notes", {})
    answers: dict[str, Any] = {}
    for field in form.fields:
        if field.type == "checklist":
            if "answered" in facts:
                answers[field.name] = checklists.recalled(field, facts, notes)
        elif field.is_fact and field.fact_name in facts:
            kept = facts[field.fact_name]
            kept = format(Decimal(kept) / 10, "f") if rules.in_tenths(field) else kept
            answers[field.name] = _typed(field, kept)
        elif field.is_private and field.name in told:
            answers[field.name] = _typed(field, told[field.name])
    return {name: answer for name, answer in answers.items() if answer is not None}


def _plain(answer: Any) -> Any:
    """Return an answer as facts hold it; an instant becomes a code in UTC."""
    if isinstance(answer, datetime):
        return answer.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return answer.isoformat() if isinstance(answer, date) else answer


def _spoken(answer: Any) -> Any:
    if isinstance(answer, list | tuple):
        return [str(one) for one in answer]
    if isinstance(answer, bool):
        return "true" if answer else "false"
    return str(_plain(answer))


def _typed(field: Field, kept: Any) -> Any:
    """Return a kept value as ``rules.read`` would give it; None if the form asks otherwise now."""
    try:
        return rules.read(field, kept)
    except Wrong:
        return None

"""Reads of the forms room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.bus.errors import NotFound
from anze.kernel.files.models import StoredFile
from anze.kernel.forms import definitions, payload, rules
from anze.kernel.forms.checklists import Check
from anze.kernel.forms.definitions import Definition
from anze.kernel.forms.models import State, Submission
from anze.kernel.forms.reading import Wrong
from anze.kernel.forms.services import RECORD
from anze.kernel.ledger import selectors as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.services import private_part
from anze.kernel.packs import selectors as packs
from anze.kernel.packs.schema import Field, LastTime, Requirement
from anze.kernel.units.models import Unit

VIEW = "duties.view"
LEVELS = ("campus", "unit", "section", "district")


# How a person thinks of what he records: by how often it comes.
RHYTHMS: tuple[tuple[str, frozenset[str]], ...] = (
    ("经常", frozenset({"day", "week"})),
    ("每月", frozenset({"month"})),
    ("每季度、每学期", frozenset({"quarter", "term"})),
    ("每年、一次性", frozenset({"year", "once"})),
    ("有事时", frozenset({"event"})),
)
OTHERS = "其他"


@dataclass(frozen=True)
class Body:
    """A unit with the forms its people may fill, by title of the rhythm that asks for them.

    Forms that no duty of its kind asks for stand under ``OTHERS``.
    """

    unit: Unit
    groups: dict[str, list[Definition]]


def recorded_for(ctx: Ctx, limit: int = 60) -> list[Unit]:
    """Return the open units the actor records for: campuses before units before offices."""
    rows = Unit.objects.filter(level__in=LEVELS, status="open")
    order = {level: place for place, level in enumerate(LEVELS)}
    found = narrow(rows, ctx.access.visible(RECORD), "id")[:limit]
    return sorted(found, key=lambda unit: (order[unit.level], unit.pinyin, unit.id))


def body(ctx: Ctx, unit: Unit, text: str = "") -> Body:
    """Return the forms of a unit whose words match ``text``."""
    wanted = text.strip().lower()
    titles = [title for title, _ in RHYTHMS] + [OTHERS]
    groups: dict[str, list[Definition]] = {title: [] for title in titles}
    actives = definitions.packs_for(unit.id, ctx.today)
    for one in (form for active in actives for form in definitions.of_pack(active.row)):
        if one.form.level == unit.level and _speaks_of(one, wanted):
            groups[_rhythm(_asked_by(actives, one, unit))].append(one)
    return Body(unit, {title: forms for title, forms in groups.items() if forms})


def _rhythm(requirements: list[Requirement]) -> str:
    asked = {one.every for one in requirements}
    return next((title for title, every in RHYTHMS if asked & every), OTHERS)


def _speaks_of(definition: Definition, text: str) -> bool:
    form = definition.form
    return text in f"{form.title}{form.hint or ''}{form.ref}".lower()


def asked_by(ctx: Ctx, definition: Definition, unit: Unit) -> list[Requirement]:
    """Return the requirements in force that name the form and may concern this kind of unit."""
    return _asked_by(definitions.packs_for(unit.id, ctx.today), definition, unit)


def _asked_by(actives: list[packs.Active], definition: Definition, unit: Unit) -> list[Requirement]:
    found = []
    for active in actives:
        # A pack names its own forms without, those of others with the issuer.
        own = {definition.form.ref} if active.row.issuer == definition.issuer else set()
        for one in active.pack.requirements:
            named = one.form in own | {definition.ref}
            if named and (not one.applies.kinds or unit.kind in one.applies.kinds):
                found.append(one)
    return found


def get(ctx: Ctx, submission_id: UUID) -> Submission:
    """Return a submission; NotFound when it is not there or out of scope."""
    row = Submission.objects.filter(id=submission_id).first()
    if row is None:
        raise NotFound("没有这条登记")
    ctx.access.check(VIEW, row.unit_id)
    return row


def mine(ctx: Ctx) -> QuerySet[Submission]:
    """Return what the actor handed in for units he still sees, latest first."""
    rows = Submission.objects.filter(actor_id=ctx.actor_id)
    return narrow(rows, ctx.access.visible(VIEW))


def of_unit(ctx: Ctx, unit_id: UUID) -> QuerySet[Submission]:
    """Return what was handed in for a unit, latest first."""
    ctx.access.check(VIEW, unit_id)
    return Submission.objects.filter(unit_id=unit_id)


def entry_of(submission: Submission) -> Entry:
    """Return the newest entry of a submission, with its leaf if it is numbered."""
    entry = ledger.by_uid(submission.entry_uid)
    if entry is None:
        raise NotFound("找不到这条登记的存证", where=str(submission.entry_uid))
    return entry


def counted_entry(submission: Submission) -> Entry:
    """Return the entry that holds the answers: of a withdrawn submission the one retracted."""
    entry = entry_of(submission)
    if submission.state == State.WITHDRAWN and entry.target:
        return ledger.by_uid(entry.target) or entry
    return entry


def attachments(submission: Submission) -> dict[str, list[StoredFile]]:
    """Return the files of a submission by field name."""
    found: dict[str, list[StoredFile]] = {}
    for row in submission.attachments.select_related("file"):
        found.setdefault(row.field, []).append(row.file)
    return found


def answers_of(submission: Submission) -> dict[str, Any]:
    """Return the answers as they count now, attachments included; what was erased is missing."""
    definition = definitions.pinned(submission.pack_id, submission.form_ref)
    entry = counted_entry(submission)
    answers = payload.recall(definition.form, entry.data, private_part(entry))
    files = {name: [row.id for row in rows] for name, rows in attachments(submission).items()}
    return {**answers, **files}


def last_submission(unit_id: UUID, form_ref: str, subject: str = "") -> Submission | None:
    """Return the submission of a form for a unit that happened last and still counts."""
    rows = Submission.objects.filter(
        unit_id=unit_id, form_ref=form_ref, subject=subject, state=State.RECORDED
    )
    return rows.order_by("-happened", "-submitted_at").first()


def last_answers(
    ctx: Ctx, definition: Definition, unit_id: UUID, *, subject: str = "", whole: bool = False
) -> dict[str, Any]:
    """Return last time's answers for the fields that start from them (``whole``: for all).

    Only what the form of today still takes; never attachments, which prove one occasion only. A
    check list is never filled in unasked: somebody has to say that all of it still holds.
    """
    ctx.access.check(RECORD, unit_id)
    last = last_submission(unit_id, definition.ref, subject)
    if last is None:
        return {}
    before = answers_of(last)
    return {
        field.name: answer
        for field in definition.form.fields
        if (whole or (isinstance(field.default, LastTime) and field.type != "checklist"))
        and (answer := _still_fits(field, before.get(field.name))) is not None
    }


def _still_fits(field: Field, answer: Any) -> Any:
    if answer is None or field.type in ("photo", "file"):
        return None
    if field.type == "checklist":
        known = {item.code for item in field.items}
        # The day promised last time is over or near; today's answer proposes its own.
        return {c: replace(check, by=None) for c, check in answer.items() if c in known} or None
    try:
        return rules.read(field, answer)
    except Wrong:
        return None


def defaults(definition: Definition) -> dict[str, Any]:
    """Return the answers a form starts with whatever happened before."""
    found: dict[str, Any] = {}
    for field in definition.form.fields:
        if field.default is None or isinstance(field.default, LastTime):
            continue
        try:
            found[field.name] = rules.read(field, field.default)
        except Wrong:
            continue
    return found


def form_schema(definition: Definition) -> dict[str, Any]:
    """Return JSON Schema (2020-12) of the ``answers`` a form takes, titles and reasons included."""
    fields = definition.form.fields
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": definition.form.title,
        "type": "object",
        "additionalProperties": False,
        "required": [field.name for field in fields if field.required],
        "properties": {field.name: _property(field) for field in fields},
    }


def _property(field: Field) -> dict[str, Any]:
    shape = {"title": field.label, **_shape(field)}
    if field.why:
        shape["description"] = field.why
    return shape


def _shape(field: Field) -> dict[str, Any]:
    codes = [option.code for option in field.options]
    ids = {"type": "array", "items": {"type": "string", "format": "uuid"}}
    shapes: Mapping[str, dict[str, Any]] = {
        "integer": {
            "type": "integer",
            "minimum": 0 if field.min is None else field.min,
            "maximum": rules.MAX_INTEGER if field.max is None else field.max,
        },
        "decimal": {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,9})?$"},
        "choice": {"type": "string", "enum": codes},
        "choices": {"type": "array", "items": {"type": "string", "enum": codes}},
        "date": {"type": "string", "format": "date"},
        "datetime": {"type": "string", "format": "date-time"},
        "bool": {"type": "boolean"},
        "text": {"type": "string", "maxLength": field.max_length or rules.MAX_TEXT},
        "person": {"type": "string", "maxLength": rules.MAX_NAME},
        "people": {
            "type": "array",
            "items": {"type": "string", "maxLength": rules.MAX_NAME},
            "maxItems": rules.MAX_PEOPLE,
        },
        "photo": {**ids, "maxItems": rules.MAX_FILES},
        "file": {**ids, "maxItems": rules.MAX_FILES},
        "checklist": _checklist(field),
    }
    return shapes[field.type]


def _checklist(field: Field) -> dict[str, Any]:
    answer = {"type": "string", "enum": ["yes", "no", "na"]}
    detailed = {
        "type": "object",
        "additionalProperties": False,
        "required": ["answer"],
        "properties": {
            "answer": answer,
            "note": {"type": "string", "maxLength": 300},
            "by": {"type": "string", "format": "date"},
        },
    }
    items = {item.code: {"title": item.text, "anyOf": [answer, detailed]} for item in field.items}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(items),
        "properties": items,
    }


def shown_check(field: Field, checks: Mapping[str, Check]) -> list[tuple[str, Check]]:
    """Return the items of a check list that were not a yes, with their text."""
    return [
        (item.text, checks[item.code])
        for item in field.items
        if item.code in checks and checks[item.code].answer != "yes"
    ]

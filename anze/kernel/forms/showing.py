"""What pages show of a form and of its answers: labels for codes, reasons for asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.forms import BoundField
from django.utils import timezone

from anze.kernel.files.models import StoredFile
from anze.kernel.forms import definitions, selectors
from anze.kernel.forms.checklists import ANSWERS, Check
from anze.kernel.forms.definitions import Definition
from anze.kernel.forms.models import Submission
from anze.kernel.forms.webform import PackForm
from anze.kernel.packs.schema import Field

READERS = {
    "unit": "本单位负责人、安全管理人员和区教育局",
    "bureau": "区教育局和本单位负责人",
    "public": "所有人（会公开）",
}


@dataclass(frozen=True)
class Asked:
    """A field of the page with the reason for asking it."""

    bound: BoundField
    type: str
    why: str


def fields(definition: Definition, form: PackForm) -> list[Asked]:
    """Return the fields in order; the day it happened stands first."""
    asked = [Asked(form["happened"], "happened", "")] if "happened" in form.fields else []
    return asked + [
        Asked(form[spec.name], spec.type, why(definition, spec)) for spec in definition.form.fields
    ]


def why(definition: Definition, field: Field) -> str:
    """Return why a field is asked: the pack's words, the law, or the situation."""
    source = definition.sources.get(field.law) if field.law else None
    law = f"依据：{source.title}" if source else ""
    return "；".join(part for part in (field.why, law, field.situation) if part)


@dataclass(frozen=True)
class Line:
    """One answer as text, with attached files or the remarkable items of a check list."""

    label: str
    text: str
    files: tuple[StoredFile, ...] = ()
    checks: tuple[tuple[str, Check, str], ...] = ()


def lines(submission: Submission) -> list[Line]:
    """Return the answers of a submission as they count now, in the form's order."""
    definition = definitions.pinned(submission.pack_id, submission.form_ref)
    answers = selectors.answers_of(submission)
    files = selectors.attachments(submission)
    return [
        _line(field, answers[field.name], tuple(files.get(field.name, ())))
        for field in definition.form.fields
        if field.name in answers
    ]


def _line(field: Field, answer: Any, files: tuple[StoredFile, ...]) -> Line:
    if field.type == "checklist":
        open_items = selectors.shown_check(field, answer)
        checks = tuple((text, check, ANSWERS[check.answer]) for text, check in open_items)
        return Line(field.label, tally(answer), checks=checks)
    if field.type in ("photo", "file"):
        return Line(field.label, f"{len(files)} 个", files)
    return Line(field.label, words(field, answer))


def tally(checks: Mapping[str, Check]) -> str:
    """Return how many items of a check list were answered how."""
    said = [check.answer for check in checks.values()]
    return "，".join(f"{words} {said.count(code)} 项" for code, words in ANSWERS.items())


def words(field: Field, answer: Any) -> str:
    """Return an answer in words: labels for codes, 是 and 否, days as written here."""
    labels = {option.code: option.label for option in field.options}
    if isinstance(answer, bool):
        return "是" if answer else "否"
    if isinstance(answer, list | tuple):
        return "、".join(labels.get(str(one), str(one)) for one in answer)
    if isinstance(answer, datetime):
        return f"{timezone.localtime(answer):%Y-%m-%d %H:%M}"
    if isinstance(answer, date):
        return answer.isoformat()
    text = labels.get(str(answer), str(answer))
    return f"{text} {field.unit}" if field.unit else text

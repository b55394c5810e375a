"""A pack's form as a Django form: the same rules as the API, and inputs for thumbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms

from anze.kernel.bus import clock
from anze.kernel.files.models import StoredFile
from anze.kernel.forms import reading, rules
from anze.kernel.forms.definitions import Definition
from anze.kernel.forms.reading import Wrong
from anze.kernel.forms.widgets import AttachedInput, ChecklistInput
from anze.kernel.packs.schema import Field

PREFIX = "a"
RADIOS = 8  # more options than this are a drop-down
SHORT_TEXT = 60


@dataclass(frozen=True)
class Setting:
    """For which unit and day a form is shown, and the files it may show again."""

    definition: Definition
    unit_id: UUID
    today: date
    files: Mapping[UUID, StoredFile]


class AnswerField(forms.Field):
    """One asked thing; ``clean`` is the rule of ``rules.read``."""

    def __init__(self, spec: Field, **options: Any) -> None:
        self.spec = spec
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        """Return the answer, None if there is none."""
        try:
            return rules.read(self.spec, value)
        except Wrong as wrong:
            raise forms.ValidationError(str(wrong)) from None


class HappenedField(forms.Field):
    """The day it was done."""

    def __init__(self, today: date) -> None:
        widget = forms.DateInput({"type": "date", "max": today.isoformat()}, format="%Y-%m-%d")
        super().__init__(label="哪天做的", widget=widget)
        self.today = today

    def clean(self, value: Any) -> str:
        """Return the day as text; the service decides what instant it stands for."""
        super().clean(value)
        try:
            day = reading.read_day(value)
        except Wrong as wrong:
            raise forms.ValidationError(str(wrong)) from None
        if day > self.today:
            raise forms.ValidationError("不能晚于今天：只登记已经做了的事")
        return day.isoformat()


class PackForm(forms.Form):
    """Fields of one form. ``happened`` is among them where the form asks for it.

    ``day_asked`` leaves the day open instead of offering today.
    """

    def __init__(
        self,
        setting: Setting,
        data: Any = None,
        *,
        answers: Mapping[str, Any] | None = None,
        happened: date | None = None,
        day_asked: bool = False,
    ) -> None:
        form = setting.definition.form
        initial: dict[str, Any] = {
            field.name: _shown(field, (answers or {}).get(field.name)) for field in form.fields
        }
        if not day_asked:
            initial["happened"] = happened or setting.today
        super().__init__(data, initial=initial, prefix=PREFIX, auto_id="id_%s")
        if form.happened == "asked":
            self.fields["happened"] = HappenedField(setting.today)
        for spec in form.fields:
            self.fields[spec.name] = _field(spec, setting)

    def answers(self) -> dict[str, Any]:
        """Return the checked answers by field name."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "happened" and value is not None
        }

    def happened(self) -> str | None:
        """Return the day told, None where the form does not ask."""
        return self.cleaned_data.get("happened")

    def blame(self, faults: Mapping[str, str]) -> None:
        """Show what a service refused beside the fields."""
        for name, words in faults.items():
            self.add_error(name if name in self.fields else None, words)


def _field(spec: Field, setting: Setting) -> AnswerField:
    return AnswerField(
        spec,
        label=f"{spec.label}（{spec.unit}）" if spec.unit else spec.label,
        required=spec.required,
        help_text=spec.help or ("多人用顿号或空格隔开" if spec.type == "people" else ""),
        widget=_widget(spec, setting),
    )


def _widget(spec: Field, setting: Setting) -> forms.Widget:
    match spec.type:
        case "integer":
            return forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
        case "decimal":
            return forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        case "choice":
            return _one_of(spec)
        case "choices":
            return forms.CheckboxSelectMultiple(choices=_options(spec))
        case "bool":
            return forms.RadioSelect(choices=[("true", "是"), ("false", "否")])
        case "date":
            return forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        case "datetime":
            return forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        case "photo" | "file":
            return AttachedInput(
                photo=spec.type == "photo", unit_id=setting.unit_id, known=setting.files
            )
        case "checklist":
            return ChecklistInput(setting.definition, spec, setting.today)
        case _:
            return _words(spec)


def _one_of(spec: Field) -> forms.Widget:
    if len(spec.options) <= RADIOS:
        return forms.RadioSelect(choices=_options(spec))
    return forms.Select(choices=[("", "请选择"), *_options(spec)])


def _words(spec: Field) -> forms.Widget:
    most = spec.max_length or rules.MAX_TEXT
    if spec.type == "person":
        return forms.TextInput({"maxlength": rules.MAX_NAME, "autocomplete": "off"})
    if spec.type == "people":
        return forms.Textarea({"rows": 2})
    if most <= SHORT_TEXT:
        return forms.TextInput({"maxlength": most})
    return forms.Textarea({"rows": 3, "maxlength": most})


def _options(spec: Field) -> list[tuple[str, str]]:
    return [(option.code, option.label) for option in spec.options]


def _shown(spec: Field, answer: Any) -> Any:
    """Return an answer as its input shows it."""
    if isinstance(answer, bool):
        return "true" if answer else "false"
    if isinstance(answer, datetime):
        return answer.astimezone(clock.LOCAL).replace(tzinfo=None)
    if spec.type == "people" and isinstance(answer, list):
        return "、".join(answer)
    return answer

"""The form of a thing, built from the description of its register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from django import forms

from anze.engines.registers import values
from anze.engines.registers.models import Thing
from anze.engines.registers.reading import WrongFields
from anze.engines.registers.spec import Field, RegisterSpec
from anze.kernel.units.models import Place, Unit
from anze.kernel.web.widgets import DayInput

YESNO = [("", "不清楚"), ("yes", "是"), ("no", "否")]


class ThingForm(forms.Form):
    """Fields of a register. What they may hold is checked by the service alone."""

    def __init__(
        self,
        spec: RegisterSpec,
        data: Mapping[str, Any] | None,
        *,
        places: Sequence[Place],
        units: Sequence[Unit] = (),
        thing: Thing | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.spec = spec
        if len(units) > 1:
            choices = [(str(one.pk), one.name) for one in units]
            self.fields["unit"] = forms.ChoiceField(label="校区（单位）", choices=choices)
        for one in spec.asked:
            self.fields[one.name] = _field(one)
        if places:
            known = [("", "未指定"), *((str(one.pk), one.name) for one in places)]
            self.fields["place"] = forms.ChoiceField(
                label="地点", choices=known, required=False, help_text="盘点时按地点分组"
            )
        if thing is None:
            self.fields["code"] = forms.CharField(
                label="编号", required=False, max_length=40,
                help_text=f"留空自动编号，例如 {spec.prefix}-0001；登记后不能改",
            )  # fmt: skip
        self.use_required_attribute = False

    def typed(self) -> dict[str, str]:
        """Return what was typed by field, read by nobody yet."""
        return {one.name: str(self.data.get(one.name, "")) for one in self.spec.asked}

    def place(self) -> UUID | None:
        """Return the place chosen; None for none or nonsense."""
        try:
            return UUID(str(self.data.get("place", "")))
        except ValueError:
            return None

    def complain(self, wrong: WrongFields) -> None:
        """Show what a service found wrong at its fields."""
        self.full_clean()
        self.errors.clear()
        for name, words in wrong.faults.items():
            self.add_error(name if name in self.fields else None, words)


def _field(one: Field) -> forms.Field:
    words: dict[str, Any] = {
        "label": one.label, "required": one.required, "help_text": one.help,
    }  # fmt: skip
    if one.type == "choice":
        return forms.ChoiceField(choices=[("", "请选择"), *one.choices.items()], **words)
    if one.type == "yesno":
        return forms.ChoiceField(choices=YESNO, **words)
    if one.type == "day":
        return forms.CharField(widget=DayInput(), **words)
    if one.type in ("integer", "decimal"):
        mode = "numeric" if one.type == "integer" else "decimal"
        return forms.CharField(widget=forms.TextInput({"inputmode": mode}), **words)
    wide = one.max_length > 100
    widget = forms.Textarea({"rows": 3}) if wide else forms.TextInput()
    return forms.CharField(widget=widget, max_length=one.max_length, **words)


def initial_of(spec: RegisterSpec, thing: Thing) -> dict[str, Any]:
    """Return how a thing stands as the form shows it."""
    shown: dict[str, Any] = {
        name: values.fact(value)
        for name, value in values.of(spec, thing).items()
        if not spec.field(name).computed
    }
    shown["place"] = str(thing.place_id) if thing.place_id else ""
    return shown


def differences(spec: RegisterSpec, thing: Thing, form: ThingForm) -> list[tuple[str, str, str]]:
    """Return label, how it stands now and what was typed, where the two differ."""
    now = initial_of(spec, thing)
    found = []
    for one in spec.asked:
        typed = form.typed()[one.name].strip()
        if typed != str(now.get(one.name, "")):
            shown = values.said(one, getattr(thing, one.name)) or "（空）"
            found.append((one.label, shown, _said(one, typed)))
    if "place" in form.fields and str(form.data.get("place", "")) != now["place"]:
        names = dict(cast(forms.ChoiceField, form.fields["place"]).choices)  # type: ignore[arg-type]
        found.append(
            (
                "地点",
                str(names.get(now["place"], "未指定")),
                str(names.get(str(form.data.get("place", "")), "未指定")),
            )
        )
    return found


def _said(one: Field, typed: str) -> str:
    try:
        return values.said(one, values.parse(one, typed)) or "（空）"
    except values.BadValue:
        return typed

"""The forms of collection tasks: what is drafted, and what a unit fills in."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django import forms

from anze.domains.burden.forms.suggestions import lines
from anze.domains.burden.models import CollectionField, CollectionTask, FieldType
from anze.domains.burden.selectors import tasks
from anze.domains.burden.services.tasks import FIELDS, LENGTHS, Asked, Draft
from anze.kernel.bus.ctx import Ctx
from anze.kernel.units import rules
from anze.kernel.units import selectors as units
from anze.kernel.web.widgets import DayInput

LEVELS = ("district", "town", "unit")
BLANK = 3  # empty rows offered beneath those there are
YES_NO = [("yes", "是"), ("no", "否")]


class TaskForm(forms.Form):
    """What is asked, why, of whom and until when."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    title = forms.CharField(label="标题", max_length=LENGTHS["title"])
    why = forms.CharField(
        label="为什么要", max_length=LENGTHS["why"], widget=lines(2),
        help_text="拿来办什么事。填报的人看得到。",
    )  # fmt: skip
    basis = forms.CharField(
        label="依据", max_length=LENGTHS["basis"],
        help_text="法规、文件号或会议要求。",
    )  # fmt: skip
    readers = forms.CharField(
        label="谁看、怎么用", max_length=LENGTHS["readers"],
        help_text="哪个科室看，看了做什么。",
    )  # fmt: skip
    ends = forms.DateField(
        label="截止日期", widget=DayInput(), help_text="过了这一天自动结束，不再要任何人填。"
    )
    scope = forms.ChoiceField(label="要哪里填", help_text="这里面的学校和机构。")
    kinds = forms.MultipleChoiceField(
        label="哪些类别", required=False, choices=list(rules.KINDS.items()),
        widget=forms.CheckboxSelectMultiple, help_text="都不选就是全部。",
    )  # fmt: skip

    def __init__(self, ctx: Ctx, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        reach = units.visible_to(ctx, tasks.COLLECT).filter(level__in=LEVELS)
        found = sorted(reach, key=lambda one: (LEVELS.index(one.level), one.pinyin))
        scope = self.fields["scope"]
        assert isinstance(scope, forms.ChoiceField)
        scope.choices = [(str(one.pk), one.name) for one in found]
        scope.widget.attrs["data-combobox"] = ""

    def draft(self, fields: list[Asked]) -> Draft:
        """Return what was typed, once it is valid."""
        clean = self.cleaned_data
        words = {name: clean[name] for name in LENGTHS}
        return Draft(
            clean["client_id"], UUID(clean["scope"]), ends=clean["ends"],
            kinds=tuple(clean["kinds"]), fields=tuple(fields), **words,
        )  # fmt: skip


class FieldForm(forms.Form):
    """One thing asked; an empty name is no field."""

    label = forms.CharField(label="名称", max_length=60, required=False)
    type = forms.ChoiceField(label="类型", choices=FieldType.choices, initial="text")
    options = forms.CharField(label="选项", max_length=400, required=False,
                              help_text="只用于单选，用顿号隔开。")  # fmt: skip
    required = forms.BooleanField(label="必填", required=False, initial=True)
    again = forms.CharField(label="为什么还要再问", max_length=200, required=False)

    def asked(self) -> Asked:
        """Return what was typed."""
        clean = self.cleaned_data
        options = tuple(one for one in re.split(r"[、,，;；\n]", clean["options"]) if one.strip())
        return Asked(
            clean["label"], clean["type"] or "text", options, clean["required"], clean["again"]
        )


FieldRows = forms.formset_factory(FieldForm, extra=BLANK, max_num=FIELDS, absolute_max=FIELDS + 5)


def initial_of(row: CollectionTask) -> dict[str, Any]:
    """Return a draft as its form shows it."""
    kept = {name: getattr(row, name) for name in LENGTHS}
    kinds = [one for one in row.kinds.split(",") if one]
    return {**kept, "client_id": row.pk, "ends": row.ends, "scope": row.scope_id, "kinds": kinds}


def rows_of(row: CollectionTask) -> list[dict[str, Any]]:
    """Return the fields of a draft as their rows show them."""
    return [
        {
            "label": one.label,
            "type": one.type,
            "options": "、".join(one.options.splitlines()),
            "required": one.required,
            "again": one.again,
        }
        for one in row.fields.all()
    ]


def answer_form(
    fields: list[CollectionField], data: Any = None, initial: dict[str, Any] | None = None
) -> forms.Form:
    """Return the form a unit fills in; what is required is judged by the service, so that a half
    can be kept."""
    form = forms.Form(data, initial=initial)
    for field in fields:
        form.fields[f"f{field.position}"] = _input(field)
    return form


def _input(field: CollectionField) -> forms.Field:
    label = field.label if field.required else f"{field.label}（可不填）"
    if field.type == FieldType.CHOICE:
        options = [(one, one) for one in field.options.splitlines()]
        return forms.CharField(label=label, widget=forms.RadioSelect(choices=options))
    if field.type == FieldType.BOOL:
        return forms.CharField(label=label, widget=forms.RadioSelect(choices=YES_NO))
    if field.type == FieldType.DATE:
        return forms.CharField(label=label, widget=DayInput())
    mode = {"integer": "numeric", "decimal": "decimal"}.get(field.type, "text")
    return forms.CharField(
        label=label, max_length=500, widget=forms.TextInput(attrs={"inputmode": mode})
    )

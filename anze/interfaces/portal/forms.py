"""The few things people type in the portal itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms

from anze.engines.duties.kinds import REASONS

SCOPES = list[tuple[str, str]]


class WordsForm(forms.Form):
    """Why, in words."""

    words = forms.CharField(
        label="说明",
        min_length=2,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写清情况，最多 400 字。说明只有有权限的人能看到。",
    )


class WaiverForm(WordsForm):
    """Why a duty need not be met."""

    reason = forms.ChoiceField(label="原因", choices=REASONS)
    field_order = ("reason", "words")


class SinceForm(forms.Form):
    """For whom and from which day a pack begins or ceases to bind."""

    scope = forms.TypedChoiceField(label="范围", coerce=UUID)
    from_day = forms.DateField(
        label="自哪天起",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="这一天及以后开始的周期按新的规则；已经开始的周期按原来的规则判断到底。",
    )

    def __init__(self, scopes: SCOPES, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = scopes  # type: ignore[attr-defined]


class ChangeForm(forms.Form):
    """What becomes of a unit, and from which day on."""

    WHAT = (("merge", "并入另一个单位"), ("split", "分出新单位"), ("close", "撤销"))

    what = forms.ChoiceField(label="变更", choices=WHAT)
    on = forms.DateField(label="自哪天起", widget=forms.DateInput(attrs={"type": "date"}))
    into = forms.ChoiceField(label="并入", required=False)
    name = forms.CharField(label="新单位名称", max_length=120, required=False)
    code = forms.CharField(label="新单位学校标识码", max_length=20, required=False)
    campuses = forms.MultipleChoiceField(
        label="划给新单位的校区", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, targets: SCOPES, campuses: SCOPES, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].choices = [("", "请选择"), *targets]  # type: ignore[attr-defined]
        self.fields["campuses"].choices = campuses  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen change needs."""
        said = super().clean() or self.cleaned_data
        if said.get("what") == "merge" and not said.get("into"):
            self.add_error("into", "请选择并入哪个单位")
        if said.get("what") == "split" and not said.get("name"):
            self.add_error("name", "请填写新单位的名称")
        if said.get("what") == "split" and not said.get("campuses"):
            self.add_error("campuses", "请选择划给新单位的校区")
        return said

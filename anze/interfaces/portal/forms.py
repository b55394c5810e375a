"""The few things people type in the portal itself."""

from __future__ import annotations

from django import forms

from anze.engines.duties.kinds import REASONS


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

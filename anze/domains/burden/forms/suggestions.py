"""The forms of suggestions."""

from __future__ import annotations

from django import forms

from anze.domains.burden.models import About, Outcome
from anze.domains.burden.services.suggestions import MOST, SUMMARY, Answer, Word


def lines(rows: int) -> forms.Textarea:
    """Return an input of several lines."""
    return forms.Textarea(attrs={"rows": rows})


class SayForm(forms.Form):
    """What is too much, wrong, or could be better."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    path = forms.CharField(max_length=500, required=False, widget=forms.HiddenInput)
    about = forms.ChoiceField(label="哪一类", choices=About.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label="说几句", max_length=MOST, widget=lines(4),
        help_text="什么多余、哪里不对、怎样更好。不用写套话，一句也行。",
    )  # fmt: skip
    unnamed = forms.BooleanField(label="不署名", required=False)

    def word(self) -> Word:
        """Return what was typed, once it is valid."""
        clean = self.cleaned_data
        return Word(
            clean["client_id"], clean["about"], clean["words"], clean["path"],
            named=not clean["unnamed"],
        )  # fmt: skip


class AnswerForm(forms.Form):
    """How it is closed."""

    outcome = forms.ChoiceField(label="办理结果", choices=Outcome.choices, widget=forms.RadioSelect)
    answer = forms.CharField(label="答复", max_length=MOST, widget=lines(4))
    published = forms.BooleanField(label="公开：反映了什么、改了什么", required=False)
    said = forms.CharField(
        label="反映了什么", max_length=SUMMARY, required=False, widget=lines(2),
        help_text="所有登录的人都看得到。用自己的话概括，不写人和单位。",
    )  # fmt: skip
    changed = forms.CharField(
        label="改了什么", max_length=SUMMARY, required=False, widget=lines(2),
        help_text="不改的，写为什么。",
    )  # fmt: skip

    def given(self) -> Answer:
        """Return what was typed, once it is valid."""
        return Answer(**self.cleaned_data)

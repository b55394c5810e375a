"""The form in which a circular is written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms

from anze.kernel.bus.ctx import Ctx
from anze.kernel.units import selectors as units
from anze.kernel.work import circulars

LEVELS = ("district", "town", "section", "unit", "campus")


class CircularForm(forms.Form):
    """A circular: to whom, what, and what it asks. The choices are what the actor may reach."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    unit = forms.ChoiceField(label="发到哪里", help_text="包括下属的所有单位和校区。")
    posts = forms.MultipleChoiceField(label="发给哪些岗位", widget=forms.CheckboxSelectMultiple)
    title = forms.CharField(label="标题", max_length=circulars.TITLE)
    body = forms.CharField(
        label="内容", max_length=circulars.BODY, required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip
    asks = forms.ChoiceField(
        label="要求",
        choices=[("read", "阅读即可"), ("confirm", "阅读并确认（记入存证）")],
        widget=forms.RadioSelect,
        initial="read",
    )
    robots = forms.MultipleChoiceField(
        label="同时发到群", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, ctx: Ctx, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        reach = units.visible_to(ctx, circulars.ACTION).filter(level__in=LEVELS)
        found = sorted(reach, key=lambda unit: (LEVELS.index(unit.level), unit.pinyin))
        self._choose("unit", [(str(unit.pk), unit.name) for unit in found])
        self._choose("posts", circulars.posts())
        groups = [(str(one.pk), one.name) for one in circulars.robots(ctx)]
        if groups:
            self._choose("robots", groups)
        else:
            del self.fields["robots"]

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def draft(self) -> circulars.Draft:
        """Return what was typed, once it is valid."""
        clean = self.cleaned_data
        return circulars.Draft(
            client_id=clean["client_id"],
            unit_id=UUID(clean["unit"]),
            title=clean["title"],
            body=clean["body"],
            asks=clean["asks"],
            posts=tuple(clean["posts"]),
            robots=tuple(UUID(one) for one in clean.get("robots", ())),
        )

    def add_error(self, field: str | None, error: Any) -> None:
        """Put an error of a field this form does not have above the form."""
        super().add_error(field if field in self.fields else None, error)

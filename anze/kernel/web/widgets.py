"""Form inputs of the house: photos from a phone's camera, files, days."""

from __future__ import annotations

from typing import Any

from django import forms


class PhotoInput(forms.ClearableFileInput):
    """Takes photos or files, several at once, with a large touch area and a preview.

    ``at_most`` is told to the person; the form's ``clean`` must hold it. Values come from
    ``request.FILES.getlist(name)``, which ``PhotosField`` does.
    """

    template_name = "web/widgets/photo.html"
    allow_multiple_selected = True

    def __init__(
        self,
        *,
        prompt: str = "拍照或选择照片",
        at_most: int = 9,
        photo: bool = True,
        attrs: dict[str, Any] | None = None,
    ) -> None:
        self.prompt, self.at_most, self.photo = prompt, at_most, photo
        accept = {"accept": "image/*"} if photo else {}
        super().__init__({**accept, **(attrs or {})})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return the template's words."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"] |= {"prompt": self.prompt, "at_most": self.at_most, "photo": self.photo}
        # The drop area is the visible control; Bootstrap's look would fight with it.
        context["widget"]["attrs"].pop("class", None)
        return context


class PhotosField(forms.FileField):
    """A list of uploaded files; more than the widget's ``at_most`` is refused."""

    def __init__(self, *, at_most: int = 9, photo: bool = True, prompt: str = "", **kwargs: Any):
        prompt = prompt or ("拍照或选择照片" if photo else "选择文件")
        self.at_most = at_most
        kwargs.setdefault("widget", PhotoInput(prompt=prompt, at_most=at_most, photo=photo))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files as a list, empty when none was chosen and none is required."""
        files = [item for item in (data if isinstance(data, list | tuple) else [data]) if item]
        if not files and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(files) > self.at_most:
            raise forms.ValidationError(
                f"一次最多 {self.at_most} 个，您选了 {len(files)} 个；请减少后再提交。", code="many"
            )
        return [super(PhotosField, self).clean(item, initial) for item in files]


class DayInput(forms.DateInput):
    """The browser's own day picker: Chinese on Chinese devices, right on every phone."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")

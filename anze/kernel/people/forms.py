"""Forms of the sign-in and account pages."""

from __future__ import annotations

from django import forms


class PasswordSignIn(forms.Form):
    """Username (or phone number) and password."""

    username = forms.CharField(
        label="用户名或手机号",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label="密码",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class AskCode(forms.Form):
    """The phone a code goes to."""

    phone = forms.CharField(
        label="手机号",
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "tel", "inputmode": "tel", "autofocus": True}
        ),
    )


class CodeSignIn(forms.Form):
    """The phone and the code that came by text message."""

    phone = forms.CharField(max_length=20, widget=forms.HiddenInput)
    code = forms.RegexField(
        r"^\s*[0-9]{6}\s*$",
        label="短信验证码",
        error_messages={"invalid": "验证码是 6 位数字"},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "maxlength": "6",
                "autofocus": True,
            }
        ),
    )


class SecondCode(forms.Form):
    """A code of the app, or one of the spare codes."""

    code = forms.CharField(
        label="动态口令",
        max_length=20,
        help_text="打开手机上的口令应用，输入 6 位数字；手机不在身边时输入一个备用码。",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}
        ),
    )


def _digits() -> forms.PasswordInput:
    return forms.PasswordInput(
        attrs={"autocomplete": "off", "inputmode": "numeric", "maxlength": "6"}
    )


class SixDigits(forms.Form):
    """The PIN of a guard."""

    pin = forms.RegexField(
        r"^[0-9]{6}$",
        label="6 位 PIN 码",
        error_messages={"invalid": "PIN 码是 6 位数字"},
        widget=forms.PasswordInput(
            attrs={
                "autocomplete": "off",
                "inputmode": "numeric",
                "maxlength": "6",
                "autofocus": True,
            }
        ),
    )


class _Anew(forms.Form):
    """A secret given anew, twice, by who knows the password of the account."""

    new_field, differ = "", ""

    def __init__(self, *args: object, has_password: bool = True, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if not has_password:
            del self.fields["old"]

    def clean(self) -> dict[str, object]:
        """Refuse two that differ."""
        said = super().clean() or {}
        new, again = said.get(self.new_field), said.get("again")
        if new and again and new != again:
            self.add_error("again", self.differ)
        return said


class OwnPin(_Anew):
    """A guard's new PIN, twice, with the password of the account."""

    new_field, differ = "pin", "两次输入的 PIN 码不一致"
    old = forms.CharField(
        label="登录密码",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    pin = forms.CharField(
        label="新 PIN 码", max_length=6, help_text="6 位数字，不要连号、重复。", widget=_digits()
    )
    again = forms.CharField(label="再输一遍", max_length=6, widget=_digits())


class DeviceCode(forms.Form):
    """The code that binds a tablet."""

    code = forms.CharField(
        label="登记码",
        max_length=20,
        help_text="单位负责人在“传达室设备”里得到的 10 位字母和数字，10 分钟内有效。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class ChangePassword(_Anew):
    """The old password and the new one, twice. What the new one must be is said by the profile."""

    new_field, differ = "new", "两次输入的新密码不一致"
    old = forms.CharField(
        label="原密码",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="新密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输一遍新密码",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

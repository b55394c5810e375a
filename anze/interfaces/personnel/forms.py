"""What is typed on the pages of this room."""

from __future__ import annotations

from uuid import UUID

from django import forms

from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import explaining, roles
from anze.kernel.people.models import PostType
from anze.kernel.people.services.tokens import offered
from anze.kernel.units import selectors as units
from anze.kernel.units.bodies import campuses_of
from anze.kernel.web.widgets import DayInput

Pairs = list[tuple[str, str]]


def bodies(ctx: Ctx, action: str, *levels: str) -> Pairs:
    """Return the bodies on which the actor may do an action, as choices."""
    rows = units.visible_to(ctx, action).exclude(status="closed")
    if levels:
        rows = rows.filter(level__in=levels)
    return [(str(pk), name) for pk, name in rows.order_by("pinyin").values_list("pk", "name")]


def posts(*, bureau: bool) -> Pairs:
    """Return the posts as choices: those of units, and with ``bureau`` the others too."""
    return [
        (one.code, one.title)
        for one in PostType.objects.all()
        if bureau or one.role in roles.UNIT_ROLES
    ]


def _choice(label: str, choices: Pairs, *, required: bool = True) -> forms.ChoiceField:
    found = [("", "请选择"), *choices]
    widget = forms.Select(attrs={"data-combobox": "1"} if len(choices) > 12 else {})
    return forms.ChoiceField(label=label, choices=found, required=required, widget=widget)


def _day(label: str, help_text: str = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput(), required=required, help_text=help_text)


def _person(label: str = "人员", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=60, required=required, help_text="姓名、用户名或手机号"
    )


class AccountForm(forms.Form):
    """A new account with its first post."""

    unit = forms.ChoiceField()
    post = forms.ChoiceField()
    name = forms.CharField(label="姓名", max_length=60)
    username = forms.CharField(
        label="用户名", max_length=60, help_text="2 至 60 个小写字母、数字，至少一个字母"
    )
    phone = forms.CharField(
        label="手机号", max_length=20, required=False, help_text="填了就能用短信验证码登录"
    )

    def __init__(self, *args: object, ctx: Ctx, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["unit"] = _choice("单位", bodies(ctx, "people.manage"))
        self.fields["post"] = _choice("岗位", posts(bureau=False), required=False)


class PersonForm(forms.Form):
    """Name and phone corrected."""

    name = forms.CharField(label="姓名", max_length=60)
    phone = forms.CharField(label="手机号", max_length=20, required=False)


class PostForm(forms.Form):
    """A post given to somebody in one body."""

    person = _person()
    post = forms.ChoiceField()
    since = _day("自")
    until = _day("至（不含）", "不填就是长期", required=False)

    def __init__(self, *args: object, ctx: Ctx, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["post"] = _choice("岗位", posts(bureau=ctx.access.holds("people.grant")))  # type: ignore[attr-defined]


class EndForm(forms.Form):
    """The first day something no longer holds."""

    until = _day("从哪天起不再任职", "这一天已不在岗")


class DeputyForm(forms.Form):
    """Who stands in, both days included."""

    person = _person("代理人")
    first_day = _day("第一天")
    last_day = _day("最后一天", "含当天")


class HandOverForm(forms.Form):
    """Who takes over, and where the person goes."""

    day = _day("移交日", "从这天起接手人在岗、移交人离岗")
    successor = _person("接手人", required=False)
    to_unit = forms.ChoiceField()
    to_post = forms.ChoiceField()

    def __init__(self, *args: object, ctx: Ctx, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        granting = ctx.access.holds("people.grant")  # type: ignore[attr-defined]
        action = "people.grant" if granting else "people.manage"
        self.fields["to_unit"] = _choice("调往单位", bodies(ctx, action), required=False)
        self.fields["to_post"] = _choice("调任岗位", posts(bureau=granting), required=False)
        self.fields["to_unit"].help_text = "只移交、不调动时留空"


class RoleForm(forms.Form):
    """A role proposed for somebody."""

    person = _person()
    role = forms.ChoiceField(label="角色", choices=list(roles.ROLES.items()))
    unit = forms.ChoiceField()
    until = _day("至（不含）", "不填就是长期", required=False)

    def __init__(self, *args: object, ctx: Ctx, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["unit"] = _choice("范围（及其下属）", bodies(ctx, "people.grant"))


class WhyForm(forms.Form):
    """Whose, what, where."""

    person = _person("谁")
    action = forms.ChoiceField()
    unit = forms.ChoiceField()

    def __init__(self, *args: object, ctx: Ctx, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["action"] = _choice("做什么", explaining.choices())
        self.fields["unit"] = _choice("对哪个单位", bodies(ctx, "units.view"))


class TokenForm(forms.Form):
    """A key for a partner platform."""

    name = forms.CharField(label="名称", max_length=60, help_text="给哪个平台用")
    unit = forms.ChoiceField()
    role = forms.ChoiceField(
        label="角色",
        choices=[pair for pair in roles.ROLES.items() if pair[0] not in roles.ADMIN_ROLES],
    )
    actions = forms.MultipleChoiceField(
        label="权限", widget=forms.CheckboxSelectMultiple, help_text="只勾真正需要的"
    )
    until = _day("到期日", "最长一年，到这天就不能用")
    addresses = forms.CharField(
        label="许可来源地址",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="IP 或网段，每行一个；不填就不限来源",
    )

    def __init__(self, *args: object, ctx: Ctx, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        labels = dict(explaining.choices())
        codes = sorted({code for role, _ in self.fields["role"].choices for code in offered(role)})  # type: ignore[attr-defined]
        self.fields["unit"] = _choice("范围（及其下属）", bodies(ctx, "people.tokens"))
        self.fields["actions"].choices = [(code, labels[code]) for code in codes]  # type: ignore[attr-defined]


class DeviceForm(forms.Form):
    """A tablet for a campus."""

    campus = forms.ChoiceField()
    name = forms.CharField(label="名称", max_length=60, initial="传达室平板")

    def __init__(self, *args: object, ctx: Ctx, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        found = bodies(ctx, "people.devices", "unit", "campus")
        divided = campuses_of([UUID(pk) for pk, _ in found], ctx.today)
        sites = [(pk, name) for pk, name in found if UUID(pk) not in divided]
        self.fields["campus"] = _choice("校区", sites)


class PinForm(forms.Form):
    """The PIN of a guard."""

    person = forms.ChoiceField(label="保安员", choices=[])
    pin = forms.CharField(
        label="6 位 PIN 码",
        max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

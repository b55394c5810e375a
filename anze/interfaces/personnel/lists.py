"""The lists of this room: people, posts held, roles, changes, vacancies, tokens, devices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html

from anze.interfaces.portal.listings.scoped import Choices, ScopedFilter, choice, the_unit
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import burdens, roles, selectors
from anze.kernel.people.models import (
    Device,
    Grant,
    Holding,
    PostType,
    Proposal,
    Token,
    User,
    active_on,
)
from anze.kernel.people.services.proposals import CHANGES
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Unit
from anze.kernel.web.listing import Column, Listing
from anze.kernel.web.templatetags.web import badge


class AccountFilter(django_filters.FilterSet):
    """By whether the account is open."""

    is_active = django_filters.ChoiceFilter(
        label="状态", empty_label="全部", choices=[("True", "启用"), ("False", "停用")]
    )

    class Meta:
        model = User
        fields: ClassVar[list[str]] = []


class AccountList(Listing[User]):
    """Everybody whose account is in sight, with the posts he holds today."""

    key, title, order = "people", "账号", "name"
    columns: ClassVar[Sequence[Column]] = (
        Column("name", "姓名", sort="pinyin", phone="title", link=True),
        Column("username", "用户名", sort="username", phone="hide"),
        Column("posts", "岗位与角色", value="posts_said"),
        Column("phone", "手机号", value=lambda row: selectors.masked(row.phone), tight=True),
        Column("last_seen", "最近登录", sort="last_seen", value="seen_said", phone="hide"),
        Column("active", "状态", value=lambda row: "启用" if row.is_active else "停用",
               show=lambda row: "启用" if row.is_active else badge("停用", tone="dash"),
               phone="side"),
    )  # fmt: skip
    # Not by phone: who sees numbers masked could find them out digit by digit.
    search: ClassVar[Sequence[str]] = ("name", "pinyin", "initials", "username")
    search_hint = "姓名、拼音、首字母或用户名"
    filters: ClassVar[type[Any]] = AccountFilter
    empty_text = "名册导入或新建账号后，这里列出您能看到的人。"

    def rows(self, ctx: Ctx) -> QuerySet[User]:
        """Return the accounts in sight."""
        return selectors.accounts(ctx)

    def prepare(self, rows: list[User], ctx: Ctx) -> list[User]:
        """Add posts and roles of today. Two queries."""
        ids = [row.pk for row in rows]
        said: dict[Any, list[str]] = {pk: [] for pk in ids}
        for one in selectors.holdings(ctx).filter(user_id__in=ids):
            said[one.user_id].append(f"{one.unit.short_name or one.unit.name} {one.post.title}")
        for grant in selectors.grants(ctx).filter(active_on(ctx.today), user_id__in=ids):
            said[grant.user_id].append(f"{grant.unit.name} {roles.ROLES[grant.role]}（授权）")
        for row in rows:
            row.posts_said = "；".join(said[row.pk]) or "无岗位"  # type: ignore[attr-defined]
            row.seen_said = clock.day_of(row.last_seen) if row.last_seen else "从未"  # type: ignore[attr-defined]
        return rows

    def row_url(self, row: User) -> str:
        """Lead to the person's page."""
        return reverse("personnel:person", args=[row.pk])


class HoldingFilter(ScopedFilter):
    """By post and body."""

    post = choice("岗位", field_name="post_id")
    unit = choice("单位", field_name="unit_id")

    class Meta:
        model = Holding
        fields: ClassVar[list[str]] = []

    def scoped(self) -> dict[str, Choices]:
        """The posts there are; the unit a link names."""
        posts = [(one.code, one.title) for one in PostType.objects.all()]
        return {"post": posts, "unit": the_unit(self.ctx, self.asked("unit"))}


class HoldingList(Listing[Holding]):
    """Who holds which post, today or later."""

    key, title, order = "posts", "岗位", "unit"
    columns: ClassVar[Sequence[Column]] = (
        Column("person", "姓名", value="user.name", sort="user__pinyin", phone="title", link=True),
        Column("post", "岗位", value="post.title", sort="post__code", phone="side"),
        Column("unit", "单位", value="unit.name", sort=("unit__pinyin", "post__code")),
        Column("since", "自", value="valid_from", sort="valid_from", tight=True, phone="hide"),
        Column("until", "至（不含）", value="valid_to", sort="valid_to", tight=True, phone="hide"),
        Column("deputy", "代理", value="deputy_said"),
    )
    search: ClassVar[Sequence[str]] = (
        "user__name", "user__pinyin", "user__initials", "unit__name", "unit__initials",
    )  # fmt: skip
    search_hint = "姓名、单位、拼音或首字母"
    filters: ClassVar[type[Any]] = HoldingFilter
    empty_title = "还没有人任职"
    empty_text = "用 Excel 导入岗位名册，或在人员页给一个人岗位，就列在这里。"

    def rows(self, ctx: Ctx) -> QuerySet[Holding]:
        """Return the posts held today in sight."""
        return selectors.holdings(ctx)

    def prepare(self, rows: list[Holding], ctx: Ctx) -> list[Holding]:
        """Add who stands in. One query."""
        found = selectors.deputies_of([row.pk for row in rows], ctx.today)
        for row in rows:
            names = [deputy.user.name for deputy in found.get(row.pk, [])]
            row.deputy_said = "、".join(names)  # type: ignore[attr-defined]
        return rows

    def row_url(self, row: Holding) -> str:
        """Lead to the person's page."""
        return reverse("personnel:person", args=[row.user_id])


class GrantList(Listing[Grant]):
    """Roles apart from posts, those in force first."""

    key, title, order = "roles", "角色授权", "role"
    columns: ClassVar[Sequence[Column]] = (
        Column("person", "姓名", value="user.name", sort="user__pinyin", phone="title", link=True),
        Column("role", "角色", value="get_role_display", sort="role", phone="side"),
        Column("unit", "范围", value="unit.name", sort="unit__pinyin"),
        Column("since", "自", value="valid_from", sort="valid_from", tight=True),
        Column("until", "至（不含）", value="valid_to", sort="valid_to", tight=True),
    )
    search: ClassVar[Sequence[str]] = ("user__name", "user__pinyin", "user__initials")
    search_hint = "姓名、拼音或首字母"
    empty_text = "岗位以外的角色由安全保密管理员提出、另一人确认后，列在这里。"

    def rows(self, ctx: Ctx) -> QuerySet[Grant]:
        """Return the grants in force today."""
        return selectors.grants(ctx).filter(active_on(ctx.today))

    def row_url(self, row: Grant) -> str:
        """Lead to the person's page."""
        return reverse("personnel:person", args=[row.user_id])


class ChangeFilter(django_filters.FilterSet):
    """By state."""

    state = django_filters.ChoiceFilter(
        label="状态", empty_label="全部", choices=Proposal.State.choices
    )

    class Meta:
        model = Proposal
        fields: ClassVar[list[str]] = []


class ChangeList(Listing[Proposal]):
    """Changes of power by two people, newest first."""

    key, title, order = "changes", "两人办理", "-proposed"
    columns: ClassVar[Sequence[Column]] = (
        Column("what", "事项", value=lambda row: CHANGES[row.what].label, phone="title", link=True),
        Column("person", "涉及", value="person.name", sort="person__pinyin"),
        Column("unit", "范围", value="unit.name", phone="hide"),
        Column("by", "提出人", value="proposed_by.name"),
        Column("proposed", "提出时间", value="proposed_at", sort="proposed_at", phone="hide",
               show=lambda row: format_html("{}", clock.day_of(row.proposed_at))),
        Column("state", "状态", value="state_said", phone="side"),
    )  # fmt: skip
    filters: ClassVar[type[Any]] = ChangeFilter
    empty_text = "机关角色、机关岗位、接口令牌的变动要两个人：一人提出，另一人确认。"

    def rows(self, ctx: Ctx) -> QuerySet[Proposal]:
        """Return the proposals in sight."""
        return selectors.proposals(ctx)

    def prepare(self, rows: list[Proposal], ctx: Ctx) -> list[Proposal]:
        """Say which are expired. No query."""
        for row in rows:
            row.state_said = change_state(row, ctx)  # type: ignore[attr-defined]
        return rows

    def row_url(self, row: Proposal) -> str:
        """Lead to the proposal."""
        return reverse("personnel:change", args=[row.pk])


def change_state(row: Proposal, ctx: Ctx) -> str:
    """Return in one word what became of a proposal."""
    expired = row.state == Proposal.State.OPEN and not row.waits(ctx.now)
    return "已过期" if expired else row.get_state_display()


class VacancyList(Listing[Unit]):
    """Bodies with posts nobody holds although work is open for them."""

    key, title, order = "vacancies", "岗位空缺", "name"
    columns: ClassVar[Sequence[Column]] = (
        Column("name", "单位", sort="pinyin", phone="title", link=True),
        Column("posts", "空缺岗位", value="vacant_said"),
        Column("open", "挂着的事项", value="open_count", number=True, phone="side"),
    )
    search: ClassVar[Sequence[str]] = ("name", "pinyin", "initials")
    search_hint = "单位名称、拼音或首字母"
    empty_title = "没有空缺"
    empty_text = "有事项要办的岗位都有人。"

    def rows(self, ctx: Ctx) -> QuerySet[Unit]:
        """Return the bodies with a vacancy, among those whose people the actor sees."""
        bodies = frozenset(units.visible_to(ctx, "people.view").values_list("pk", flat=True))
        found = burdens.vacancies(ctx, bodies)
        self.titles = {one.code: one.title for one in PostType.objects.all()}
        self.found: dict[Any, list[tuple[str, int]]] = {}
        for (body, post), counts in found.items():
            if body in bodies:
                self.found.setdefault(body, []).append((post, sum(counts.values())))
        return Unit.objects.filter(pk__in=self.found)

    def prepare(self, rows: list[Unit], ctx: Ctx) -> list[Unit]:
        """Say which posts, and how much is open for each."""
        for row in rows:
            said = [f"{self.titles.get(post, post)}（{n} 项）" for post, n in self.found[row.pk]]
            row.vacant_said = "、".join(said)  # type: ignore[attr-defined]
            row.open_count = sum(n for _, n in self.found[row.pk])  # type: ignore[attr-defined]
        return rows

    def row_url(self, row: Unit) -> str:
        """Lead to the posts of the body."""
        return reverse("personnel:body", args=[row.pk])


class TokenList(Listing[Token]):
    """Keys of partner platforms."""

    key, title, order = "tokens", "接口令牌", "-made"
    columns: ClassVar[Sequence[Column]] = (
        Column("name", "名称", sort="name", phone="title", link=True),
        Column("unit", "范围", value="unit.name"),
        Column("role", "角色", value="get_role_display", phone="hide"),
        Column("count", "权限", value=lambda row: f"{len(row.allowed)} 项", phone="hide"),
        Column("until", "到期", value="expires_on", sort="expires_on", tight=True),
        Column("used", "最近使用", value=lambda row: row.last_used or "从未", phone="hide"),
        Column("made", "申请时间", value="made_at", sort="made_at", shown=False),
        Column("state", "状态", value="state_said", phone="side"),
    )
    search: ClassVar[Sequence[str]] = ("name",)
    search_hint = "名称"
    empty_text = "系统管理员申请、安全保密管理员确认后，合作平台凭令牌调用接口。"

    def rows(self, ctx: Ctx) -> QuerySet[Token]:
        """Return the tokens in sight."""
        return selectors.tokens(ctx)

    def prepare(self, rows: list[Token], ctx: Ctx) -> list[Token]:
        """Say whether each works. One query."""
        for row, said in zip(rows, token_states(rows, ctx), strict=True):
            row.state_said = said  # type: ignore[attr-defined]
        return rows

    def row_url(self, row: Token) -> str:
        """Lead to the token."""
        return reverse("personnel:token", args=[row.pk])


def token_states(rows: Sequence[Token], ctx: Ctx) -> list[str]:
    """Return for each token whether it works, and for one that never did why."""
    asked = Proposal.objects.filter(what="token", person_id__in=[row.account_id for row in rows])
    proposals = {one.person_id: one for one in asked}
    return [_token_state(row, proposals.get(row.account_id), ctx) for row in rows]


def _token_state(row: Token, proposal: Proposal | None, ctx: Ctx) -> str:
    if row.revoked_at:
        return "已吊销"
    if row.confirmed_at is None:
        if proposal is None or proposal.waits(ctx.now):
            return "待确认"
        return f"未启用（{change_state(proposal, ctx)}）"
    return "有效" if ctx.today < row.expires_on else "已到期"


class DeviceList(Listing[Device]):
    """Shared tablets."""

    key, title, order = "devices", "传达室设备", "-made"
    columns: ClassVar[Sequence[Column]] = (
        Column("name", "名称", sort="name", phone="title", link=True),
        Column("campus", "校区", value="campus.name"),
        Column("made", "登记时间", value="made_at", sort="made_at", phone="hide"),
        Column("seen", "最近使用", value=lambda row: row.last_seen or "从未"),
        Column("state", "状态", value=lambda row: device_state(row), phone="side"),
    )
    empty_text = "把一台平板登记给传达室，保安员用 PIN 码轮流登录。"

    def rows(self, ctx: Ctx) -> QuerySet[Device]:
        """Return the devices the actor manages."""
        return selectors.devices(ctx)

    def row_url(self, row: Device) -> str:
        """Lead to the device."""
        return reverse("personnel:device", args=[row.pk])


def device_state(row: Device) -> str:
    """Return in one word whether a device works."""
    if row.revoked_at:
        return "已停用"
    return "使用中" if row.works else "待登记"


class ContactList(HoldingList):
    """The address book: who is where, and how to reach him."""

    key, title = "contacts", "通讯录"
    columns: ClassVar[Sequence[Column]] = (
        Column("person", "姓名", value="user.name", sort="user__pinyin", phone="title"),
        Column("post", "岗位", value="post.title", sort="post__code", phone="side"),
        Column("unit", "单位", value="unit.name", sort=("unit__pinyin", "post__code")),
        Column("phone", "手机号", value="phone_said", show=lambda row: row.phone_shown),
        Column("deputy", "代理", value="deputy_said"),
    )
    empty_title = "通讯录里还没有人"
    empty_text = "有人任职之后列在这里；缺谁，请本单位安全负责人在岗位里补上。"
    exports: ClassVar[Sequence[str]] = ()  # the page brings its own, with the asker's mark

    def rows(self, ctx: Ctx) -> QuerySet[Holding]:
        """Return the posts held today whose address book the actor may read."""
        return selectors.contacts(ctx)

    def prepare(self, rows: list[Holding], ctx: Ctx) -> list[Holding]:
        """Mask the numbers the actor does not see at once."""
        super().prepare(rows, ctx)
        whole = ctx.access.visible("contacts.phones")
        reveal = ctx.access.visible("contacts.reveal")
        for row in rows:
            phone = row.user.phone or ""
            row.phone_said = phone if row.unit_id in whole else selectors.masked(phone)  # type: ignore[attr-defined]
            row.phone_shown = row.phone_said  # type: ignore[attr-defined]
            if phone and row.unit_id not in whole and row.unit_id in reveal:
                row.phone_shown = format_html(  # type: ignore[attr-defined]
                    '{} <a class="btn btn-sm" href="{}">查看</a>',
                    row.phone_said,
                    reverse("personnel:phone", args=[row.pk]),
                )
        return rows

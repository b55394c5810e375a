"""Columns, and the two templates of the house itself: the words under which districts send them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from anze.kernel.exchange import words
from anze.kernel.people import roles
from anze.kernel.units import rules

Sort = Literal[
    "name", "text", "unit", "kind", "ownership", "town", "code", "uscc",
    "pupils", "staff", "flag", "person", "mobile", "username", "post", "day", "row",
]  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column, as the template writes it.

    ``check`` takes the tidied text of a filled cell and returns the value as it is kept; it raises
    ``CellError``, or ValueError with a sentence. Without it the ``sort`` reads the cell.
    ``options`` are values and their words for people, ``words`` other titles, separated by blanks.
    A ``computed`` column goes out and is not looked at when it comes back. ``sort="row"`` is the
    platform's own number of a row: it goes out, stays as it is, and is empty in a new line.
    """

    key: str
    title: str
    sort: Sort = "text"
    required: bool = False
    hint: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()
    width: int = 14
    check: Callable[[str], str] | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    computed: bool = False

    @property
    def listed(self) -> tuple[str, ...]:
        """The words a drop-down list offers."""
        return self.choices or tuple(self.options.values())

    def shown(self, value: str) -> str:
        """Return a kept value in the words of people."""
        return self.options.get(value, value)


@dataclass(frozen=True)
class Template:
    """What a kind of file holds. ``least`` columns make a line a header."""

    kind: str
    title: str
    columns: tuple[Column, ...]
    words: Mapping[str, str] = field(default_factory=dict)
    least: int = 3

    def column(self, key: str) -> Column:
        """Return a column by its key; raise KeyError."""
        return self._by_key[key]

    def titles(self, column: Column) -> tuple[str, ...]:
        """Return every word under which a column may stand, our own first."""
        return (column.title, *self.words.get(column.key, "").split(), *column.words.split())

    @property
    def _by_key(self) -> dict[str, Column]:
        return {column.key: column for column in self.columns}

    @property
    def personal(self) -> bool:
        """Whether the file is a list of people: giving it out is an entry."""
        return any(column.sort == "person" for column in self.columns)

    @property
    def phones(self) -> tuple[str, ...]:
        """The keys of the columns that hold phones."""
        return tuple(column.key for column in self.columns if column.sort == "mobile")

    @property
    def required(self) -> tuple[Column, ...]:
        """The columns a file must have."""
        return tuple(column for column in self.columns if column.required)


YES_NO: Final = ("是", "否")
ROW: Final = Column(
    "row",
    "平台编号",
    "row",
    hint="导出时由平台填写，请勿改动；新增的行留空",
    width=34,
)

ROSTER: Final = Template(
    "roster",
    "单位名册",
    (
        Column(
            "name",
            "单位名称",
            "name",
            required=True,
            hint="写全称，同一单位的几个校区各占一行",
            example="星河实验小学",
            width=24,
        ),
        Column("short_name", "简称", "text", hint="可不填", example="星河小学"),
        Column(
            "kind",
            "单位类别",
            "kind",
            required=True,
            hint="从下拉表中选",
            example="小学",
            choices=tuple(rules.KINDS.values()),
            width=18,
        ),
        Column(
            "town", "镇（街道）", "town", required=True, hint="直属的填“区直属”", example="青禾镇"
        ),
        Column(
            "ownership",
            "办学性质",
            "ownership",
            hint="公办或民办",
            example="公办",
            choices=("公办", "民办"),
        ),
        Column(
            "code", "学校标识码", "code", hint="10 位数字，单元格设为文本", example="2132000019"
        ),
        Column("uscc", "统一社会信用代码", "uscc", hint="18 位", width=22),
        Column("campus", "校区名称", "text", hint="只有一个校区的不填", example="东校区", width=18),
        Column("pupils", "学生数", "pupils", example="1260"),
        Column("staff", "教职工数", "staff", example="86"),
        Column("boarding", "寄宿", "flag", example="否", choices=YES_NO),
        Column("canteen", "食堂", "flag", example="是", choices=YES_NO),
        Column("school_bus", "校车", "flag", example="否", choices=YES_NO),
        Column(
            "principal",
            "主要负责人姓名",
            "person",
            hint="会建立账号并任“主要负责人”",
            example="林晓东",
        ),
        Column("principal_phone", "主要负责人手机", "mobile", example="13900000001", width=16),
        Column(
            "officer",
            "安全管理人员姓名",
            "person",
            hint="会建立账号并任“安全管理人员”",
            example="周明",
        ),
        Column("officer_phone", "安全管理人员手机", "mobile", example="13900000002", width=16),
        ROW,
    ),
    words.ROSTER,
)

_UNIT_POSTS: Final = tuple(p for p in roles.BUILT_IN if p.role in roles.UNIT_ROLES)
UNIT_POSTS: Final = tuple(p.title for p in _UNIT_POSTS)
UNIT_POST_CODES: Final = tuple(p.code for p in _UNIT_POSTS)

ACCOUNTS: Final = Template(
    "accounts",
    "人员账号",
    (
        Column("name", "姓名", "person", required=True, example="林晓东"),
        Column(
            "phone",
            "手机",
            "mobile",
            required=True,
            hint="登录时收验证码",
            example="13900000001",
            width=16,
        ),
        Column("username", "登录名", "username", hint="不填则用 u 加手机号"),
        Column(
            "unit",
            "单位",
            "unit",
            required=True,
            hint="写全称或简称；校区写“单位/校区”",
            example="星河实验小学",
            width=24,
        ),
        Column(
            "post",
            "岗位",
            "post",
            required=True,
            hint="从下拉表中选",
            example="安全管理人员",
            choices=UNIT_POSTS,
        ),
        Column("since", "开始日期", "day", hint="如 2026-09-01，不填为今天", example="2026-09-01"),
        ROW,
    ),
    words.ACCOUNTS,
)

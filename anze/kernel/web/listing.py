"""The one list component: columns, filters, search, order, pages and export, declared once.

A list is a class; a view is one call::

    class UnitList(Listing[Unit]):
        key, title, order = "units", "单位", "name"
        columns = (
            Column("name", "名称", sort="pinyin", phone="title", link=True),
            Column("kind", "类别", value="get_kind_display", sort="kind"),
        )
        search = ("name", "pinyin", "initials")
        filters = UnitFilter  # a django-filter FilterSet

        def rows(self, ctx): return selectors.visible(ctx, "units.view")

    @action("units.view")
    def unit_list(request):
        return listing_response(request, UnitList())

Without scripts the same addresses work as plain links. A list asks the database a fixed number of
times: one count (which stops at ``count_limit``), one page, and what ``prepare`` asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.web import exports
from anze.kernel.web.filters import Chip, Filtering

M = TypeVar("M", bound=Model)
SIZES = (25, 50, 100)
OWN_KEYS = frozenset({"q", "sort", "page", "size", "export"})
CHUNK = 500


@dataclass(frozen=True)
class Column:
    """One column.

    ``value`` is an attribute path (``unit.name``; methods without arguments are called) or a
    function of the row, by default ``key``. ``show`` makes the cell's HTML when the value alone is
    not enough, ``export`` the value written to a file. ``sort`` names the fields to order by; an
    empty one cannot be sorted. On a phone the cell is the card's ``title``, its ``side``, a
    ``line`` with the label in front, or hidden.
    """

    key: str
    label: str
    value: str | Callable[[Any], Any] = ""
    sort: str | tuple[str, ...] = ()
    show: Callable[[Any], object] | None = None
    export: Callable[[Any], object] | None = None
    link: bool = False
    number: bool = False
    tight: bool = False
    phone: Literal["title", "side", "line", "hide"] = "line"
    shown: bool = True
    exported: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields this column is ordered by."""
        return (self.sort,) if isinstance(self.sort, str) and self.sort else tuple(self.sort)

    @property
    def css(self) -> str:
        """The classes of its cells."""
        return " ".join(
            name for name, wanted in (("az-num", self.number), ("az-tight", self.tight)) if wanted
        )

    def of(self, row: Any) -> Any:
        """Return the plain value of this column in ``row``."""
        if callable(self.value):
            return self.value(row)
        return walk(row, self.value or self.key)

    def cell(self, row: Any) -> object:
        """Return what the page shows: marked-up HTML, or a value that the template escapes."""
        shown = self.show(row) if self.show else self.of(row)
        return "—" if shown is None or shown == "" else shown

    def written(self, row: Any) -> object:
        """Return what a file gets."""
        return self.export(row) if self.export else self.of(row)


def walk(row: Any, path: str) -> Any:
    """Return the value at a dotted path of attributes or keys; ``None`` where the path ends."""
    for part in path.split("."):
        row = row.get(part) if isinstance(row, dict) else getattr(row, part)
        if callable(row):
            row = row()
        if row is None:
            return None
    return row


class Listing(Generic[M]):
    """What a list shows. Subclass it; see the module's head for a whole one."""

    key: ClassVar[str]
    title: ClassVar[str]
    columns: ClassVar[Sequence[Column]]
    order: ClassVar[str] = ""
    search: ClassVar[Sequence[str]] = ()
    search_hint: ClassVar[str] = "搜索"
    filters: ClassVar[type[Any] | None] = None
    sizes: ClassVar[Sequence[int]] = SIZES
    count_limit: ClassVar[int] = 10_000
    export_limit: ClassVar[int] = 20_000
    exports: ClassVar[Sequence[str]] = ("xlsx", "csv")
    empty_title: ClassVar[str] = "还没有内容"
    empty_text: ClassVar[str] = ""

    def rows(self, ctx: Ctx) -> QuerySet[M]:
        """Return all rows the actor may see, already narrowed to his scope."""
        raise NotImplementedError

    def prepare(self, rows: list[M], ctx: Ctx) -> list[M]:
        """Load in bulk what the cells of these rows need; return the rows."""
        return rows

    def row_url(self, row: M) -> str:
        """Return the address behind the columns marked ``link``; empty for none."""
        return ""

    def may_export(self, ctx: Ctx) -> bool:
        """Tell whether the actor gets the export buttons."""
        return True


@dataclass(frozen=True)
class Head:
    """A column's head as shown: where a click leads and which way it is sorted now."""

    column: Column
    query: str
    direction: Literal["", "ascending", "descending"]


@dataclass(frozen=True)
class Pages:
    """Where in the list the page stands; ``capped`` when the count stopped at its limit."""

    number: int
    last: int
    size: int
    total: int
    capped: bool

    @property
    def first_row(self) -> int:
        """The number of the first row shown, 0 for none."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last_row(self) -> int:
        """The number of the last row shown."""
        return min(self.number * self.size, self.total)

    @property
    def near(self) -> list[int]:
        """The page numbers worth a link: the first, the last, two on either side; 0 is a gap."""
        wanted = sorted(
            {1, self.last, *range(max(1, self.number - 2), min(self.last, self.number + 2) + 1)}
        )
        shown: list[int] = []
        for number in wanted:
            if shown and number - shown[-1] > 1:
                shown.append(0)
            shown.append(number)
        return shown


class Shown(Generic[M]):
    """One list answered for one request: what the template reads as ``list``."""

    def __init__(self, listing: Listing[M], query: QueryDict, ctx: Ctx, path: str) -> None:
        self.listing, self.query, self.ctx, self.path = listing, query, ctx, path
        self.filtering = Filtering(listing.filters, query, listing.rows(ctx), ctx)
        self.search = query.get("q", "").replace("\x00", "").strip()[:100]
        self.sort = self._sort()
        self.matching = self._matching()

    def _sort(self) -> str:
        """Return the asked order when a column offers it, else the list's own."""
        asked = self.query.get("sort", "")
        sortable = {column.key for column in self.listing.columns if column.fields}
        return asked if asked.removeprefix("-") in sortable else self.listing.order

    def _matching(self) -> QuerySet[M]:
        rows: QuerySet[M] = self.filtering.rows
        if self.search and self.listing.search:
            found = Q()
            for field in self.listing.search:
                found |= Q(**{f"{field}__icontains": self.search})
            rows = rows.filter(found)
        return rows.order_by(*self._order_fields())

    def _order_fields(self) -> list[str]:
        backwards = self.sort.startswith("-")
        key = self.sort.removeprefix("-")
        fields: tuple[str, ...] = next(
            (c.fields for c in self.listing.columns if c.key == key and c.fields),
            (key,) if key else (),
        )
        # The primary key at the end keeps equal rows from wandering between pages.
        return [_turned(field) if backwards else field for field in fields] + ["pk"]

    def read(self) -> None:
        """Ask the database for the count and the page."""
        self.pages = self._pages()
        start = (self.pages.number - 1) * self.pages.size
        self.page = self.listing.prepare(
            list(self.matching[start : start + self.pages.size]), self.ctx
        )

    def _pages(self) -> Pages:
        limit = self.listing.count_limit
        counted = count_up_to(self.matching, limit)
        size = _whole(self.query.get("size", ""), self.listing.sizes[0])
        if size not in self.listing.sizes:
            size = self.listing.sizes[0]
        total = min(counted, limit)
        last = max(1, -(-total // size))
        number = min(max(_whole(self.query.get("page", ""), 1), 1), last)
        return Pages(number, last, size, total, counted > limit)

    @property
    def columns(self) -> list[Column]:
        """The columns a page shows."""
        return [column for column in self.listing.columns if column.shown]

    @property
    def heads(self) -> list[Head]:
        """The heads of the columns, with the address that sorts by each."""
        return [self._head(column) for column in self.columns]

    def _head(self, column: Column) -> Head:
        if not column.fields:
            return Head(column, "", "")
        if self.sort == column.key:
            return Head(column, self.address(sort=f"-{column.key}", page=""), "ascending")
        direction: Literal["", "descending"] = "descending" if self.sort == f"-{column.key}" else ""
        return Head(column, self.address(sort=column.key, page=""), direction)

    @property
    def lines(self) -> Iterator[tuple[str, list[tuple[Column, object]]]]:
        """The rows as (address, cells)."""
        for row in self.page:
            cells = [(column, column.cell(row)) for column in self.columns]
            yield self.listing.row_url(row), cells

    @property
    def chips(self) -> list[Chip]:
        """What narrows the list now, each with the address without it."""
        chips = [
            Chip(label, text, self.address(page="", **dict.fromkeys(keys, "")))
            for label, text, keys in self.filtering.active()
        ]
        if self.search and self.listing.search:
            chips.append(Chip("搜索", self.search, self.address(q="", page="")))
        return chips

    @property
    def page_links(self) -> list[tuple[int, str]]:
        """The page numbers worth a link with their addresses; (0, "") is a gap."""
        return [(n, self.address(page=str(n)) if n else "") for n in self.pages.near]

    @property
    def size_links(self) -> list[tuple[int, str]]:
        """The page sizes with their addresses."""
        return [(n, self.address(size=str(n), page="")) for n in self.listing.sizes]

    @property
    def export_links(self) -> list[tuple[str, str]]:
        """The file kinds with the addresses that export exactly what is listed."""
        if not self.listing.may_export(self.ctx):
            return []
        return [(kind, self.address(export=kind, page="")) for kind in self.listing.exports]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Query parts that the filter form must carry along: order, size and the page's own."""
        dropped = (OWN_KEYS - {"sort", "size"}) | self.filtering.names
        return [
            (key, value)
            for key, values in self.query.lists()
            for value in values
            if key not in dropped
        ]

    def address(self, **changes: str) -> str:
        """Return this list's address with some query parts replaced; empty values are left out."""
        query = self.query.copy()
        query.pop("export", None)
        for key, value in changes.items():
            query.pop(key, None)
            if value:
                query[key] = value
        encoded = query.urlencode()
        return f"{self.path}?{encoded}" if encoded else self.path

    def export_rows(self) -> Iterator[list[object]]:
        """Yield the rows of the file, read in chunks; refuse a list over ``export_limit``."""
        limit = self.listing.export_limit
        if count_up_to(self.matching, limit) > limit:
            raise Refused(
                f"符合条件的超过 {limit:,} 条，一个文件放不下。",
                where=self.listing.title,
                remedy="请先用筛选缩小范围（例如按镇街道或按学期），再导出。",
            )
        columns = [column for column in self.listing.columns if column.exported]
        for start in range(0, limit, CHUNK):
            chunk = list(self.matching[start : start + CHUNK])
            for row in self.listing.prepare(chunk, self.ctx):
                yield [column.written(row) for column in columns]
            if len(chunk) < CHUNK:
                return


def listing_response(
    request: HttpRequest,
    listing: Listing[M],
    template: str = "web/list.html",
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """Answer with the page, with the list alone when htmx asks for it, or with the file.

    The template gets ``list`` (a ``Shown``) and puts ``{% include "web/listing.html" %}`` where the
    list belongs. ``Ctx`` is read from ``request.ctx``.
    """
    ctx: Ctx = request.ctx  # type: ignore[attr-defined]
    shown = Shown(listing, request.GET, ctx, request.path)
    kind = request.GET.get("export", "")
    if kind in listing.exports and listing.may_export(ctx):
        heads = [column.label for column in listing.columns if column.exported]
        return exports.file_response(kind, listing.title, heads, shown.export_rows(), ctx.today)
    shown.read()
    htmx = getattr(request, "htmx", None)
    if htmx and htmx.target == f"list-{listing.key}" and not htmx.history_restore_request:
        template = "web/listing.html"
    return render(request, template, {**(context or {}), "list": shown})


def count_up_to(rows: QuerySet[Any], limit: int) -> int:
    """Count rows, but no further than ``limit + 1``: a list of a million costs as one of 10,000."""
    return rows.order_by()[: limit + 1].count()


def _turned(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"


def _whole(text: str, otherwise: int) -> int:
    """Return the number in a query part; text, or more digits than any page has, is no number."""
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        return otherwise
    return (-1 if text.strip().startswith("-") else 1) * int(digits[:9])

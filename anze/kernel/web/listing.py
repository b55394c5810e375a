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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, Literal, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.units.models import Unit
from anze.kernel.web import exports, saved
from anze.kernel.web.bulk import registry as bulk
from anze.kernel.web.columns import Column, walk
from anze.kernel.web.filters import Chip, Filtering
from anze.kernel.web.paging import Pages, count_up_to, whole

__all__ = ["Column", "Listing", "Shown", "listing_response", "walk"]

M = TypeVar("M", bound=Model)
SIZES = (25, 50, 100)
OWN_KEYS = frozenset({"q", "sort", "page", "size", "export", saved.ALL})
CHUNK = 500


class Listing(Generic[M]):
    """What a list shows. Subclass it; see the module's head for a whole one."""

    key: ClassVar[str]
    title: ClassVar[str]
    columns: ClassVar[Sequence[Column]]
    order: ClassVar[str] = ""
    # Field → the field of the model itself that an index holds in the same order, page for page.
    walk: ClassVar[Mapping[str, str]] = {}
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
class Line:
    """A row as shown: its address, its cells, its key and its name in words."""

    url: str
    cells: list[tuple[Column, object]]
    key: str
    name: str


@dataclass(frozen=True)
class Head:
    """A column's head as shown: where a click leads and which way it is sorted now."""

    column: Column
    query: str
    direction: Literal["", "ascending", "descending"]


class Shown(Generic[M]):
    """One list answered for one request: what the template reads as ``list``."""

    def __init__(self, listing: Listing[M], query: QueryDict, ctx: Ctx, path: str) -> None:
        self.listing, self.query, self.ctx, self.path = listing, query, ctx, path
        self.all = listing.rows(ctx)
        self.filtering = Filtering(listing.filters, query, self.all, ctx)
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
        ordered = [_turned(field) if backwards else field for field in fields]
        # The primary key at the end keeps equal rows from wandering between pages. It runs as the
        # field before it does: then an index over both can be walked from either end.
        falling = bool(ordered) and ordered[-1].startswith("-")
        return [*ordered, "-pk" if falling else "pk"]

    def between(self, start: int, stop: int) -> list[M]:
        """Return some of the listed rows: their keys are chosen first, without what rows show.

        So the database walks an index in order, or sorts keys, and joins for these rows only.
        """
        keys = self.matching.order_by(*map(self._walked, self._order_fields()))
        chosen = self.all.filter(pk__in=keys.values("pk")[start:stop])
        return self.listing.prepare(list(chosen.order_by(*self._order_fields())), self.ctx)

    def _walked(self, field: str) -> str:
        sign = "-" if field.startswith("-") else ""
        plain = field.removeprefix("-")
        return sign + self.listing.walk.get(plain, plain)

    def read(self) -> None:
        """Ask the database for the count and the page."""
        self.pages = self._pages()
        start = (self.pages.number - 1) * self.pages.size
        self.page = self.between(start, start + self.pages.size)

    def _pages(self) -> Pages:
        limit = self.listing.count_limit
        counted = count_up_to(self.matching, limit)
        size = whole(self.query.get("size", ""), self.listing.sizes[0])
        if size not in self.listing.sizes:
            size = self.listing.sizes[0]
        total = min(counted, limit)
        last = max(1, -(-total // size))
        number = min(max(whole(self.query.get("page", ""), 1), 1), last)
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
    def lines(self) -> Iterator[Line]:
        """The rows as a page shows them."""
        title = next((c for c in self.columns if c.phone == "title"), self.columns[0])
        for row in self.page:
            cells = [(column, column.cell(row)) for column in self.columns]
            yield Line(self.listing.row_url(row), cells, str(row.pk), str(title.of(row) or ""))

    @cached_property
    def bulk(self) -> list[bulk.BulkAction]:
        """What the actor may do with many rows at once; see ``bulk.registry``."""
        return bulk.offered(self.ctx, self.listing.key)

    @property
    def selectable(self) -> bool:
        """Whether rows can be ticked: there is something to do with them."""
        known = bulk.opened(self.listing.key)
        return known is not None and (bool(self.bulk) or bool(self.export_links))

    @cached_property
    def saved(self) -> saved.Shelf:
        """The filters the actor has kept for this list. One query, none for a list not opened."""
        return saved.shelf(self.ctx, self.listing.key) if self.known else saved.Shelf("")

    @property
    def known(self) -> bool:
        """Whether the list was opened, so that filters can be kept for it."""
        return bulk.opened(self.listing.key) is not None

    @property
    def shelved(self) -> bool:
        """Whether there is a kept filter to show, or one that could be kept."""
        shelf = self.saved
        return self.known and bool(self.chips or shelf.own or shelf.shared or shelf.last)

    @property
    def sharing(self) -> list[Unit]:
        """The bodies with which the actor may share a filter; asked only where one can be kept."""
        return saved.may_share_with(self.ctx) if self.chips else []

    @property
    def plain_query(self) -> str:
        """What filters and orders the list now, without the page: what can be kept by a name."""
        query = self.query.copy()
        for key in ("page", "export", saved.ALL):
            query.pop(key, None)
        return query.urlencode()

    @property
    def bare(self) -> str:
        """The address of the list without any filter, also where another one is the default."""
        return f"{self.path}?{saved.ALL}=1" if self.saved.default else self.path

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
        kept = [
            (key, value)
            for key, values in self.query.lists()
            for value in values
            if key not in dropped
        ]
        return [*kept, (saved.ALL, "1")] if self.saved.default else kept

    def address(self, **changes: str) -> str:
        """Return this list's address with some query parts replaced; empty values are left out."""
        query = self.query.copy()
        for gone in ("export", saved.ALL):
            query.pop(gone, None)
        for key, value in changes.items():
            query.pop(key, None)
            if value:
                query[key] = value
        encoded = query.urlencode()
        return f"{self.path}?{encoded}" if encoded else self.bare

    def file(self, kind: str) -> HttpResponse:
        """Return what is listed as a download; ``kind`` is one of the list's ``exports``."""
        heads = [column.label for column in self.listing.columns if column.exported]
        return exports.file_response(
            kind, self.listing.title, heads, self.export_rows(), self.ctx.today
        )

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
            chunk = self.between(start, start + CHUNK)
            for row in chunk:
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
    htmx = getattr(request, "htmx", None)
    shown = Shown(listing, request.GET, ctx, request.path)
    if not request.GET and not htmx and shown.saved.default:
        return HttpResponseRedirect(f"{request.path}?{shown.saved.default.query}")
    kind = request.GET.get("export", "")
    if kind in listing.exports and listing.may_export(ctx):
        return shown.file(kind)
    shown.read()
    if shown.chips and shown.known:
        saved.remember(ctx, shown.saved, shown.plain_query)
    if htmx and htmx.target == f"list-{listing.key}" and not htmx.history_restore_request:
        template = "web/listing.html"
    return render(request, template, {**(context or {}), "list": shown})


def _turned(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"

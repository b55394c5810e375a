"""The list component, over the permissions table of Django because every database has one."""

import io

import django_filters
import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails
from python_calamine import CalamineWorkbook

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.web.listing import Column, Listing, listing_response

pytestmark = pytest.mark.django_db


class Filter(django_filters.FilterSet):
    content_type = django_filters.ModelChoiceFilter(
        label="类型", queryset=ContentType.objects.all(), empty_label="全部"
    )
    grade = django_filters.ChoiceFilter(
        label="等级", field_name="codename", lookup_expr="endswith", choices=[("0", "甲")]
    )
    at_least = django_filters.NumberFilter(label="起始", field_name="pk", lookup_expr="gte")

    class Meta:
        model = Permission
        fields: list[str] = []


class Things(Listing):
    key, title, order = "things", "事项", "name"
    columns = (
        Column("name", "名称", sort="name", phone="title", link=True),
        Column("codename", "代码", sort=("codename",)),
        Column("room", "房间", value="content_type.app_label"),
        Column("secret", "仅导出", value=lambda row: f"=1+{row.codename[-1]}", shown=False),
        Column("note", "仅显示", value=lambda row: None, exported=False),
    )
    search = ("name", "codename")
    filters = Filter

    def rows(self, ctx):
        return Permission.objects.filter(name__startswith="事项").select_related("content_type")

    def row_url(self, row):
        return f"/things/{row.codename}/"


@pytest.fixture
def things():
    kind = ContentType.objects.get_or_create(app_label="sample", model="thing")[0]
    return Permission.objects.bulk_create(
        Permission(name=f"事项 {n:03}", codename=f"c{n % 7}{n:03}", content_type=kind)
        for n in range(60)
    )


def ask(query="", listing=None, htmx_target="", **headers):
    request = RequestFactory().get(f"/things/?{query}")
    if htmx_target:
        request = RequestFactory().get(
            f"/things/?{query}", HTTP_HX_REQUEST="true", HTTP_HX_TARGET=htmx_target, **headers
        )
    request.htmx = HtmxDetails(request)
    request.ctx = Ctx.system()
    return listing_response(request, listing or Things())


def names(response):
    text = response.content.decode()
    return [part.split("<")[0] for part in text.split('/">')[1:] if part.startswith("事项")]


def body(response):
    return response.content


def test_the_first_page_is_in_the_lists_own_order(things):
    assert names(ask())[:3] == ["事项 000", "事项 001", "事项 002"]
    assert len(names(ask())) == 25


def test_a_click_on_a_head_sorts_and_the_next_one_turns_it_round(things):
    assert names(ask("sort=-name"))[0] == "事项 059"
    up = ask("sort=name").content.decode()
    assert 'aria-sort="ascending"' in up
    assert "sort=-name" in up


def test_rows_that_are_equal_in_the_order_never_repeat_over_pages(things):
    class ByRoom(Things):
        columns = (
            Column("name", "名称", link=True),
            Column("r", "房间", value="pk", sort="content_type_id"),
        )

    shown = [name for page in (1, 2, 3) for name in names(ask(f"sort=r&page={page}", ByRoom()))]
    assert len(shown) == len(set(shown)) == 60


@pytest.mark.parametrize("sort", ["secret", "pk", "-password", "content_type__app_label", "--name"])
def test_an_unknown_sort_is_ignored(things, sort):
    assert names(ask(f"sort={sort}"))[0] == "事项 000"


@pytest.mark.parametrize(
    ("page", "first"),
    [("2", 25), ("0", 0), ("-3", 0), ("99", 50), ("8e23", 0), ("abc", 0), ("9" * 5000, 50)],
)
def test_a_page_that_does_not_exist_shows_the_nearest(things, page, first):
    assert names(ask(f"page={page}"))[0] == f"事项 {first:03}"


@pytest.mark.parametrize(("size", "count"), [("50", 50), ("100", 60), ("100000", 25), ("x", 25)])
def test_only_the_offered_page_sizes_are_taken(things, size, count):
    assert len(names(ask(f"size={size}"))) == count


def test_search_looks_into_every_named_field(things):
    assert names(ask("q=事项 007")) == ["事项 007"]
    assert names(ask("q=c0007")) == ["事项 007"]
    assert len(names(ask("q=%00"))) == 25


def test_a_filter_narrows_and_its_chip_leads_back(things):
    page = ask("grade=0&sort=-name")
    assert names(page) == [f"事项 {n:03}" for n in (50, 40, 30, 20, 10, 0)]
    text = page.content.decode()
    assert "等级：甲" in text
    assert 'href="/things/?sort=-name"' in text


def test_a_wrong_filter_value_says_so_and_the_others_still_work(things):
    page = ask("grade=0&at_least=abc")
    assert len(names(page)) == 6
    assert "az-wrong" in page.content.decode()


def test_nothing_found_offers_the_way_back(things):
    text = ask("q=没有这个").content.decode()
    assert "没有符合条件的内容" in text
    assert "清除全部条件" in text


def test_an_empty_list_says_it_in_its_own_words():
    class Nothing(Things):
        empty_title = "还没有登记过"

    assert "还没有登记过" in ask(listing=Nothing()).content.decode()


def test_a_page_asks_the_database_twice_however_many_rows(things, django_assert_num_queries):
    class Plain(Things):
        filters = None

    for query in ("", "size=100", "page=2&q=事项"):
        with django_assert_num_queries(2):
            ask(query, Plain())


def test_the_count_stops_at_its_limit_and_says_so(things):
    class Capped(Things):
        count_limit = 50

    text = ask("page=9", Capped()).content.decode()
    assert "共 50 条以上" in text
    assert names(ask("page=9", Capped()))[-1] == "事项 049"


def test_htmx_gets_the_list_alone_and_a_restored_page_gets_the_whole(things):
    fragment = ask(htmx_target="list-things").content.decode()
    assert "<html" not in fragment
    assert 'id="list-things"' in fragment
    assert "<html" in ask(htmx_target="elsewhere").content.decode()
    restored = ask(htmx_target="list-things", HTTP_HX_HISTORY_RESTORE_REQUEST="true")
    assert "<html" in restored.content.decode()


def test_cells_are_escaped():
    kind = ContentType.objects.get_or_create(app_label="sample", model="thing")[0]
    Permission.objects.create(name="事项<b>", codename="x", content_type=kind)
    assert "事项&lt;b&gt;" in ask().content.decode()


def test_an_export_has_the_same_rows_in_the_same_order(things):
    response = ask("grade=0&sort=-name&export=xlsx&page=2")
    assert "%E4%BA%8B%E9%A1%B9" in response["Content-Disposition"]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(body(response))).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert rows[0] == ["名称", "代码", "房间", "仅导出"]
    assert [row[0] for row in rows[1:]] == [f"事项 {n:03}" for n in (50, 40, 30, 20, 10, 0)]


def test_no_cell_of_an_export_can_become_a_formula(things):
    assert ",'=1+0" in body(ask("export=csv")).decode("utf-8-sig")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(body(ask("export=xlsx"))))
    assert sheet.get_sheet_by_index(0).to_python()[1][3] == "=1+0"


def test_an_export_reads_in_chunks_and_loses_no_row(things, monkeypatch):
    monkeypatch.setattr("anze.kernel.web.listing.CHUNK", 25)
    assert len(body(ask("export=csv")).decode("utf-8-sig").splitlines()) == 61


def test_an_export_beyond_the_limit_is_refused_with_a_way_out(things):
    class Small(Things):
        export_limit = 59

    with pytest.raises(Refused) as refusal:
        ask("export=xlsx", Small())
    assert "筛选" in refusal.value.remedy


def test_who_may_not_export_gets_no_link_and_no_file(things):
    class Closed(Things):
        def may_export(self, ctx):
            return False

    page = ask("export=xlsx", Closed())
    assert "text/html" in page["Content-Type"]
    assert "export=" not in page.content.decode()


def test_the_list_works_without_scripts(things):
    text = ask().content.decode()
    assert '<form class="az-listing-bar" method="get" action="/things/"' in text
    assert 'href="/things/?page=2"' in text
    assert 'href="/things/?sort=codename"' in text


def test_equal_rows_turn_with_the_order_and_stand_on_one_page_each(things):
    Permission.objects.filter(name__startswith="事项").update(name="事项")
    listing = Things()
    listing.columns = (Column("codename", "代码", phone="title", link=True),)

    def shown(query):
        text = ask(query, listing).content.decode()
        codes = [part.split("<")[0] for part in text.split('/">')[1:]]
        return [code for code in codes if code.startswith("c")]

    listing.order = "name"
    rising = [code for page in (1, 2, 3) for code in shown(f"page={page}")]
    listing.order = "-name"
    falling = [code for page in (1, 2, 3) for code in shown(f"page={page}")]
    assert len(set(rising)) == 60
    assert falling == rising[::-1]


def test_a_page_is_cut_by_the_order_walked_and_shown_by_its_own(things):
    listing = Things()
    listing.order, listing.walk = "codename", {"codename": "pk"}
    first = names(ask("", listing))
    assert sorted(first) == [f"事项 {n:03}" for n in range(25)]
    assert first == sorted(first, key=lambda name: f"c{int(name[-3:]) % 7}{name[-3:]}")


def test_what_rows_show_is_joined_for_one_page_alone(things):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        ask("page=2")
    (page,) = [one["sql"] for one in asked if "OFFSET" in one["sql"]]
    whole, _, keys = page.partition(" IN (SELECT ")
    assert "django_content_type" in whole
    assert "django_content_type" not in keys.partition("ORDER BY")[0]

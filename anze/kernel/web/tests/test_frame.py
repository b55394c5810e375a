"""The frame: menu, demonstration mark, error answers, headers, sizes."""

from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory

from anze.kernel.bus.ctx import SYSTEM_ACCESS, Ctx
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.web import errors, nav
from anze.kernel.web.context import House
from anze.kernel.web.middleware import ErrorsMiddleware
from anze.kernel.web.tests.places import STATIC

KB = 1024


def ctx(access=SYSTEM_ACCESS):
    from anze.kernel.bus import clock

    return Ctx(actor_id=uuid4(), now=clock.now(), via="web", access=access)


@pytest.fixture
def menu(monkeypatch):
    monkeypatch.setattr(nav, "_entries", {})
    monkeypatch.setattr(nav, "reverse", lambda route: {"home": "/", "board": "/board/"}[route])


def get(path="/", **headers):
    request = RequestFactory().get(path, **headers)
    request.ctx = ctx()
    return request


class Closed:
    """An access that holds one action only."""

    def visible(self, action):
        return frozenset()

    def check(self, action, unit_id):
        if action != "home.view":
            raise Denied("不能")


def test_the_menu_shows_what_the_actor_may_open_and_nothing_else(menu):
    nav.register(
        nav.Entry("home", "今日", "home", "home", action="home.view"),
        nav.Entry("board", "看板", "table", "board", action="board.view"),
    )
    assert [line.entry.key for line in nav.lines(get(), ctx(Closed()))] == ["home"]
    assert len(nav.lines(get(), ctx())) == 2


def test_the_entry_nearest_to_the_address_is_current(menu):
    nav.register(
        nav.Entry("home", "今日", "home", "home"), nav.Entry("board", "看板", "table", "board")
    )
    assert [line.current for line in nav.lines(get("/board/3b/"), ctx())] == [True, False]
    assert [line.current for line in nav.lines(get("/units/"), ctx())] == [False, False]


def test_a_count_of_nothing_is_not_shown_and_a_large_one_is_cut(menu):
    nav.register(nav.Entry("home", "今日", "home", "home", count=lambda _ctx: 120))
    line = nav.lines(get(), ctx())[0]
    assert line.shown_count == "99+"
    assert nav.Line(line.entry, "/", True, 0).shown_count == ""


def test_two_entries_of_one_key_are_refused(menu):
    entry = nav.Entry("home", "今日", "home", "home")
    nav.register(entry, entry)
    with pytest.raises(ValueError, match="twice"):
        nav.register(nav.Entry("home", "别的", "home", "home"))


def test_nobody_signed_in_sees_no_menu(menu):
    nav.register(nav.Entry("home", "今日", "home", "home", dock=True))
    request = get()
    request.ctx = Ctx.system()
    assert House(request).menu == []
    assert House(request).dock == []


def test_the_bottom_bar_has_four_places(menu, monkeypatch):
    monkeypatch.setattr(nav, "reverse", lambda route: f"/{route}/")
    nav.register(*(nav.Entry(f"e{n}", str(n), "home", f"r{n}", dock=True) for n in range(6)))
    assert len(House(get()).dock) == 4


def test_a_demonstration_home_says_so_on_every_page(settings, tmp_path):
    settings.ANZE_HOME = tmp_path
    assert not House(get()).demo
    (tmp_path / "DEMONSTRATION").touch()
    assert House(get()).demo


def through(problem, **headers):
    request = get(**headers)
    request.htmx = bool(headers)
    return ErrorsMiddleware(lambda _r: HttpResponse("x")).process_exception(request, problem)


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (Refused("不行"), 422),
        (Denied("不行"), 403),
        (NotFound("不行"), 404),
        (Conflict("不行"), 409),
    ],
)
def test_a_refusal_becomes_the_page_of_its_status_in_its_own_words(problem, status):
    response = through(problem)
    assert response.status_code == status
    assert "不行" in response.content.decode()
    assert "怎么办" in response.content.decode()


def test_a_refusal_says_where_and_what_to_do():
    text = through(Refused("少一位", where="表!C7", remedy="补上末位")).content.decode()
    assert "表!C7" in text
    assert "补上末位" in text


def test_htmx_gets_a_message_and_not_a_page():
    response = through(Refused("<不行>"), HTTP_HX_REQUEST="true")
    assert "<html" not in response.content.decode()
    assert "&lt;不行&gt;" in response.content.decode()
    assert response.headers["X-Anze-Fragment"] == "error"


def test_other_exceptions_are_left_to_the_framework():
    assert through(ZeroDivisionError()) is None


def test_pages_and_fragments_are_kept_apart_in_caches():
    page = ErrorsMiddleware(lambda _r: HttpResponse("x"))(get())
    assert "HX-Request" in page.headers["Vary"]
    data = ErrorsMiddleware(lambda _r: HttpResponse("x", content_type="text/csv"))(get())
    assert not data.has_header("Vary")


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (errors.bad_request, 400),
        (errors.denied, 403),
        (errors.not_found, 404),
        (errors.too_many, 429),
        (errors.broken, 500),
        (errors.stale_form, 403),
    ],
)
def test_every_error_page_says_what_to_do_without_asking_the_database(view, status):
    # The db mark is missing on purpose: a query would fail this test.
    response = view(RequestFactory().get("/x/"))
    assert response.status_code == status
    assert "怎么办" in response.content.decode()


def test_the_error_pages_survive_a_broken_context():
    request = RequestFactory().get("/x/")
    request.ctx = SimpleNamespace(request_id="r-1", actor_id=None)
    assert "r-1" in errors.broken(request).content.decode()


def test_a_phone_finds_every_icon_the_manifest_names(client):
    manifest = client.get("/-/manifest.webmanifest").json()
    assert manifest["icons"]
    for picture in manifest["icons"]:
        assert (STATIC / picture["src"].removeprefix("/static/")).exists()


def compressed(*paths):
    return sum(len(brotli.compress(Path(path).read_bytes(), quality=11)) for path in paths)


def first_load():
    """What the head of a page fetches, by the addresses the skeleton really names."""
    import re

    html = render_to_string("web/base.html", {"html": True}, request=None)
    found = []
    for address in re.findall(r'(?:src|href)="/static/([^"#]+)', html):
        found.append(Path(finders.find(address)))
    return sorted({path for path in found if path.suffix in (".css", ".js")}), html


def test_the_first_load_stays_within_its_budget():
    files, html = first_load()
    names = {path.name for path in files}
    assert {"tabler.min.css", "tabler.min.js", "htmx-2.min.js", "anze.js"} <= names
    assert "echarts.min.js" not in names
    # The icons come with the first page; 40 KB are for the page itself.
    pictures = (STATIC / "vendor/icons/icons.svg", STATIC / "web/mark.svg")
    total = compressed(*files, *pictures) + 40 * KB
    assert total <= 250 * KB


def test_a_later_page_costs_only_itself():
    from anze.kernel.web import samples

    context = {
        "form": samples.SampleForm(),
        "faulty": samples.faulty(),
        "grid": samples.heat_map(),
    }
    request = RequestFactory().get("/")
    html = render_to_string("web/components.html", {**context, "request": request})
    assert len(brotli.compress(html.encode(), quality=5)) <= 40 * KB


def test_charts_are_loaded_by_the_pages_that_ask_only():
    assert "echarts" in render_to_string("web/parts/chart_scripts.html")
    assert "echarts" not in first_load()[1]

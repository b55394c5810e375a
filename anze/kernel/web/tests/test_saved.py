"""Filters kept by a name, as the default, for colleagues; the address decides."""

import pytest

from anze.kernel.bus.errors import Denied, NotFound, Refused
from anze.kernel.web import saved
from anze.kernel.web.models import SavedFilter

pytestmark = pytest.mark.django_db
KEEP = "/-/filters/units/"


@pytest.fixture
def ctx(cast):
    return cast.ctx("desk")


def test_a_filter_is_kept_without_page_and_empty_parts(ctx):
    kept = saved.keep(ctx, "units", " 小学 ", "kind=primary&page=3&q=&export=xlsx&all=1")
    assert (kept.name, kept.query) == ("小学", "kind=primary")
    assert saved.shelf(ctx, "units").own == [kept]
    assert saved.shelf(ctx, "duties").own == []


def test_the_same_name_again_replaces_it(ctx):
    saved.keep(ctx, "units", "常看", "kind=primary")
    saved.keep(ctx, "units", "常看", "kind=junior")
    assert SavedFilter.objects.get(name="常看").query == "kind=junior"


@pytest.mark.parametrize(("name", "query"), [("", "a=1"), ("长" * 31, "a=1"), ("空", "page=2&q=")])
def test_no_name_or_nothing_filtered_is_refused(ctx, name, query):
    with pytest.raises(Refused):
        saved.keep(ctx, "units", name, query)


def test_a_query_too_long_and_one_filter_too_many_are_refused(ctx, monkeypatch):
    with pytest.raises(Refused, match="太长"):
        saved.keep(ctx, "units", "长", "q=" + "x" * 1600)
    monkeypatch.setattr(saved, "MOST", 1)
    saved.keep(ctx, "units", "一", "q=1")
    with pytest.raises(Refused):
        saved.keep(ctx, "units", "二", "q=2")


def test_one_filter_is_the_default_and_the_bare_address_leads_to_it(cast, ctx, client_for):
    saved.keep(ctx, "units", "小学", "kind=primary", default=True)
    saved.keep(ctx, "units", "初中", "kind=junior", default=True)
    assert SavedFilter.objects.filter(is_default=True).count() == 1
    client = client_for(cast.desk)
    assert client.get("/units/").url == "/units/?kind=junior"
    everything = client.get("/units/?all=1")
    assert everything.status_code == 200
    assert cast.primary.name in everything.content.decode()
    assert 'href="/units/?all=1"' in client.get("/units/?kind=junior").content.decode()


def test_an_address_with_a_filter_is_never_led_elsewhere(cast, ctx, client_for):
    saved.keep(ctx, "units", "初中", "kind=junior", default=True)
    assert client_for(cast.desk).get("/units/?kind=primary").status_code == 200


def test_what_was_used_last_is_offered_and_written_only_when_it_changes(
    cast, client_for, django_assert_num_queries
):
    client = client_for(cast.desk)
    client.get("/units/?kind=primary")
    last = SavedFilter.objects.get(name="")
    assert last.query == "kind=primary"
    assert "恢复上次的筛选" in client.get("/units/").content.decode()
    ctx = cast.ctx("desk")
    shelf = saved.shelf(ctx, "units")
    with django_assert_num_queries(0):
        saved.remember(ctx, shelf, "kind=primary")


def test_a_shared_filter_is_seen_by_who_works_at_that_body_and_by_nobody_else(cast, ctx):
    kept = saved.keep(ctx, "units", "本科室", "kind=primary", share_with=cast.section.pk)
    seen = {
        person: kept in saved.shelf(cast.ctx(person), "units").shared
        for person in ("leader", "inspector", "principal", "outsider")
    }
    at_section = {
        person: cast.section.pk in {root.unit_id for root in cast.ctx(person).access.roots}
        for person in seen
    }
    assert seen == at_section
    assert not seen["principal"]


def test_sharing_needs_the_right_over_that_body(cast, ctx):
    with pytest.raises(Denied):
        saved.keep(ctx, "units", "别处", "q=1", share_with=cast.primary.pk)
    with pytest.raises(NotFound):
        saved.keep(ctx, "units", "别处", "q=1", share_with=cast.other_school.pk)
    with pytest.raises(Denied):
        saved.keep(cast.ctx("guard"), "units", "门卫", "q=1", share_with=cast.primary_east.pk)


def test_nobody_deletes_anothers_filter(cast, ctx):
    kept = saved.keep(ctx, "units", "我的", "q=1")
    with pytest.raises(NotFound):
        saved.drop(cast.ctx("leader"), kept.pk)
    saved.drop(ctx, kept.pk)
    assert not SavedFilter.objects.exists()


def test_the_page_keeps_offers_and_deletes_filters(cast, client_for):
    client = client_for(cast.desk)
    page = client.post(KEEP, {"name": "小学", "query": "kind=primary"}, follow=True)
    assert page.request["QUERY_STRING"] == "kind=primary"
    assert "已保存筛选方案“小学”" in page.content.decode()
    kept = SavedFilter.objects.get(name="小学")
    assert "已删除" in client.post(f"{KEEP}{kept.pk}/drop/", follow=True).content.decode()


def test_a_refused_filter_says_why_and_stays_on_the_list(cast, client_for):
    page = client_for(cast.desk).post(KEEP, {"name": "", "query": "kind=primary"}, follow=True)
    assert "起个名字" in page.content.decode()
    assert page.request["QUERY_STRING"] == "kind=primary"


def test_a_list_nobody_opened_keeps_no_filter(cast, client_for):
    answer = client_for(cast.desk).post("/-/filters/nothing/", {"name": "x", "query": "a=1"})
    assert answer.status_code == 404

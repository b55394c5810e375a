"""Notices: told once, seen by one person only."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import SYSTEM_ACCESS, Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.people.models import User
from anze.kernel.work import selectors, services
from anze.kernel.work.models import Notice

pytestmark = pytest.mark.django_db


def person(name: str) -> User:
    return User.objects.create(
        username=name, name=name, created_at=clock.now(), entry_uid=uuid4(), is_active=True
    )


def ctx_of(user: User) -> Ctx:
    return Ctx(actor_id=user.pk, now=clock.now(), via="web", access=SYSTEM_ACCESS)


def tell(users: list[User], **extra: str) -> int:
    words = {"title": "导入完成", "link": "/exchange/", **extra}
    return services.notify(Ctx.system(), [u.pk for u in users], "exchange.done", **words)


def test_the_same_key_tells_a_person_once():
    lin = person("lin")
    assert tell([lin], key="batch-1") == 1
    assert tell([lin], key="batch-1", title="导入完成（又说一遍）") == 0
    assert [n.title for n in Notice.objects.all()] == ["导入完成"]


def test_a_second_person_still_learns_what_the_first_already_knows():
    lin, zhou = person("lin"), person("zhou")
    tell([lin], key="batch-1")
    assert tell([lin, zhou, zhou], key="batch-1") == 1
    assert selectors.unread(ctx_of(zhou)) == 1


def test_without_a_key_each_telling_is_new():
    lin = person("lin")
    tell([lin])
    tell([lin])
    assert selectors.unread(ctx_of(lin)) == 2


def test_nobody_reads_the_notice_of_another():
    lin, zhou = person("lin"), person("zhou")
    tell([lin], key="k")
    notice = Notice.objects.get()
    assert list(selectors.inbox(ctx_of(zhou))) == []
    with pytest.raises(NotFound):
        services.read(ctx_of(zhou), notice.pk)
    assert selectors.unread(ctx_of(lin)) == 1


def test_reading_twice_keeps_the_first_time():
    lin = person("lin")
    tell([lin], key="k")
    notice = Notice.objects.get()
    with clock.travel(clock.now() + timedelta(hours=1)):
        first = services.read(ctx_of(lin), notice.pk).read_at
    with clock.travel(clock.now() + timedelta(hours=2)):
        assert services.read(ctx_of(lin), notice.pk).read_at == first


def test_reading_all_leaves_nothing_unread_and_touches_nobody_else():
    lin, zhou = person("lin"), person("zhou")
    for key in "abc":
        tell([lin, zhou], key=key)
    assert services.read_all(ctx_of(lin)) == 3
    assert (selectors.unread(ctx_of(lin)), selectors.unread(ctx_of(zhou))) == (0, 3)


@pytest.mark.parametrize(
    "link", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:1"]
)
def test_a_notice_never_leads_out_of_the_site(link: str):
    with pytest.raises(ValueError, match="path of this site"):
        tell([person("lin")], link=link)


def test_a_long_text_is_cut_rather_than_refused():
    assert tell([person("lin")], title="长" * 500, body="文" * 5000) == 1


def test_the_number_in_the_menu_costs_one_query(django_assert_num_queries):
    lin = person("lin")
    tell([lin])
    with django_assert_num_queries(1):
        assert selectors.unread(ctx_of(lin)) == 1


def test_old_notices_are_forgotten_and_young_ones_kept():
    lin = person("lin")
    tell([lin], key="old")
    with clock.travel(clock.now() + services.KEEP + timedelta(days=1)):
        tell([lin], key="young")
        services.forget_old(Ctx.system())
    assert [n.key for n in Notice.objects.all()] == ["young"]

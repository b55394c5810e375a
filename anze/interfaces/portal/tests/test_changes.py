"""A unit is merged, split and closed on a page that first says what would happen."""

from __future__ import annotations

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger.models import Entry
from anze.kernel.people import services as people
from anze.kernel.people.models import Holding
from anze.kernel.units.models import Succession, Unit


def ask(client, unit, sure=False, **said):
    typed = {"on": clock.today().isoformat(), **said, **({"sure": "1"} if sure else {})}
    return client.post(f"/units/{unit.pk}/change/", typed)


def test_a_merge_is_rehearsed_and_then_done_and_the_pages_tell_of_each_other(stage, client_for):
    cast, client = stage.cast, client_for(stage.cast.desk)
    said = {"what": "merge", "into": str(cast.primary.pk)}
    shown = ask(client, cast.junior, **said).content.decode()
    assert f"划给{cast.primary.name}" in shown
    assert "任职" in shown
    assert Succession.objects.count() == 0
    answer = ask(client, cast.junior, sure=True, **said)
    assert answer.url == f"/units/{cast.primary.pk}/"
    assert cast.junior.name in client.get(answer.url).content.decode()
    old = client.get(f"/units/{cast.junior.pk}/").content.decode()
    assert "承接" in old
    assert "/change/" not in old


def test_posts_held_at_a_closed_unit_end_with_it_and_are_named_before(stage, client_for):
    cast, client = stage.cast, client_for(stage.cast.desk)
    said = {"what": "merge", "into": str(cast.primary.pk)}
    held = Holding.objects.filter(unit=cast.junior, valid_to=None)
    below = Holding.objects.filter(unit=cast.junior_campus, valid_to=None)
    names = [one.user.name for one in held.select_related("user")]
    before = below.count()
    assert names
    shown = ask(client, cast.junior, **said).content.decode()
    assert all(name in shown for name in names)
    assert held.count() == len(names)
    ask(client, cast.junior, sure=True, **said)
    assert not held.exists()
    assert Entry.objects.filter(kind="people.post_ended").count() == len(names)
    assert below.count() == before  # the campus goes on, with its own people


def test_closing_ends_the_posts_of_its_campuses_too(stage, client_for):
    cast = stage.cast
    ask(client_for(cast.desk), cast.junior, sure=True, what="close")
    gone = [cast.junior.pk, cast.junior_campus.pk]
    assert not Holding.objects.filter(unit_id__in=gone, valid_to=None).exists()


def test_a_campus_becomes_a_school_of_its_own(stage, client_for):
    cast, client = stage.cast, client_for(stage.cast.desk)
    said = {"what": "split", "name": "西城小学", "campuses": [str(cast.primary_west.pk)]}
    assert "划给西城小学" in ask(client, cast.primary, **said).content.decode()
    assert not Unit.objects.filter(name="西城小学").exists()
    ask(client, cast.primary, sure=True, **said)
    assert Unit.objects.get(name="西城小学").kind == cast.primary.kind


def test_closing_a_unit_closes_its_campuses(stage, client_for):
    cast, client = stage.cast, client_for(stage.cast.desk)
    assert "一并撤销" in ask(client, cast.junior, what="close").content.decode()
    ask(client, cast.junior, sure=True, what="close")
    closed = Unit.objects.filter(pk__in=[cast.junior.pk, cast.junior_campus.pk])
    assert set(closed.values_list("closed_on", flat=True)) == {clock.today()}


def test_what_is_missing_or_impossible_is_said_and_what_was_typed_stays(stage, client_for):
    cast, client = stage.cast, client_for(stage.cast.desk)
    east, west = str(cast.primary_east.pk), str(cast.primary_west.pk)
    for said, expected in (
        ({"what": "merge"}, "请选择并入哪个单位"),
        ({"what": "split", "name": "西城小学"}, "请选择划给新单位的校区"),
        ({"what": "split", "name": "西城小学", "campuses": [east, west]}, "一个校区也没有留下"),
        ({"what": "close", "on": "1900-01-01"}, "早于"),
        ({"what": "close", "on": "不知道"}, "日期"),
    ):
        answer = ask(client, cast.primary, **said)
        assert answer.status_code == 422, said
        assert expected in answer.content.decode()
        assert said.get("name", "") in answer.content.decode()
    assert Succession.objects.count() == 0


def test_only_who_manages_the_tree_may_change_it(stage, client_for):
    cast = stage.cast
    assert ask(client_for(cast.junior_head), cast.junior, what="close").status_code == 403
    people.grant_role(Ctx.system(), cast.outsider.pk, role="desk", unit_id=cast.other_district.pk)
    assert ask(client_for(cast.outsider), cast.junior, what="close").status_code == 404

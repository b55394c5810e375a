"""通知单: sent to posts, read, confirmed, nudged; asked once, counted truly."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from anze.kernel.bus import clock
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.ledger.models import Entry
from anze.kernel.work import circulars, services
from anze.kernel.work.circulars import Draft
from anze.kernel.work.models import Delivery, Notice, Robot
from anze.kernel.work.tests import fakes  # noqa: F401


def draft(cast, **more):
    given = {
        "client_id": uuid4(), "unit_id": cast.district.pk, "title": "关于开展冬季消防自查的通知",
        "body": "各校于周五前完成。", "asks": "confirm", "posts": ("principal", "safety_officer"),
    }  # fmt: skip
    return Draft(**{**given, **more})


def test_it_reaches_the_holders_of_the_posts_under_the_body(cast):
    sent = circulars.issue(cast.ctx("desk"), draft(cast))
    told = {notice.user for notice in sent.notices.all()}
    assert told == {cast.principal, cast.officer, cast.junior_head, cast.junior_officer}
    assert sent.notices.get(user=cast.officer).unit == cast.primary


def test_sending_twice_is_sending_once(cast):
    same = draft(cast)
    first = circulars.issue(cast.ctx("desk"), same)
    assert circulars.issue(cast.ctx("desk"), same) == first
    assert Notice.objects.count() == 4
    with pytest.raises(Conflict):
        circulars.issue(cast.ctx("leader"), same)


def test_what_asks_to_be_confirmed_is_an_entry_and_what_does_not_is_none(cast):
    sent = circulars.issue(cast.ctx("desk"), draft(cast))
    circulars.issue(cast.ctx("desk"), draft(cast, asks="read"))
    entry = Entry.objects.get(kind="notices.issued")
    assert entry.uid == sent.entry_uid
    assert entry.data == {"circular": str(sent.pk), "recipients": 4}


def test_a_confirmation_counts_once_and_for_ones_unit(cast):
    sent = circulars.issue(cast.ctx("desk"), draft(cast))
    for _ in range(2):
        notice = circulars.confirm(cast.ctx("officer"), sent.pk)
    assert notice.confirmed_at
    assert notice.read_at
    entry = Entry.objects.get(kind="notices.confirmed")
    assert (entry.unit_id, entry.actor_id) == (cast.primary.pk, cast.officer.pk)


def test_only_who_got_it_confirms_and_only_where_asked(cast):
    sent = circulars.issue(cast.ctx("desk"), draft(cast, asks="read"))
    with pytest.raises(NotFound):
        circulars.confirm(cast.ctx("teacher"), sent.pk)
    with pytest.raises(NotFound):
        circulars.confirm(cast.ctx("leader"), sent.pk)
    with pytest.raises(Refused):
        circulars.confirm(cast.ctx("officer"), sent.pk)


def test_a_head_writes_to_his_own_school_only(cast):
    own = draft(cast, unit_id=cast.primary.pk, posts=("safety_officer", "guard"))
    sent = circulars.issue(cast.ctx("principal"), own)
    assert {n.user for n in sent.notices.all()} == {cast.officer, cast.guard}
    with pytest.raises(NotFound):
        circulars.issue(cast.ctx("principal"), draft(cast, unit_id=cast.junior.pk))
    with pytest.raises(Denied):
        circulars.issue(cast.ctx("officer"), draft(cast, unit_id=cast.primary.pk))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"body": "长" * 2001}, "body"),
        ({"posts": ()}, "posts"),
        ({"posts": ("class_teacher_of_mars",)}, "posts"),
        ({"asks": "dance"}, "asks"),
    ],
)
def test_what_cannot_be_sent_is_said_by_field(cast, wrong, field):
    with pytest.raises(Refused) as refusal:
        circulars.issue(cast.ctx("desk"), draft(cast, **wrong))
    assert refusal.value.field == field
    assert not Notice.objects.exists()


def test_progress_names_first_who_has_done_nothing(cast):
    sent = circulars.issue(cast.ctx("desk"), draft(cast))
    circulars.confirm(cast.ctx("officer"), sent.pk)
    services.read(cast.ctx("principal"), sent.notices.get(user=cast.principal).pk)
    shown = [notice.user for notice in circulars.progress(sent)]
    assert set(shown[:2]) == {cast.junior_head, cast.junior_officer}
    assert shown[2:] == [cast.principal, cast.officer]
    counted = circulars.sent(cast.ctx("desk")).get()
    assert (counted.told, counted.read, counted.confirmed) == (4, 2, 1)


def test_a_nudge_reaches_only_who_has_not_confirmed_and_not_twice_in_four_hours(cast):
    sent = circulars.issue(cast.ctx("desk"), draft(cast))
    circulars.confirm(cast.ctx("officer"), sent.pk)
    assert circulars.nudge(cast.ctx("desk"), sent.pk) == 3
    with pytest.raises(Conflict, match="刚刚催办过"):
        circulars.nudge(cast.ctx("desk"), sent.pk)
    with clock.travel(clock.now() + timedelta(hours=4, minutes=1)):
        assert circulars.nudge(cast.ctx("desk"), sent.pk) == 3
    assert cast.junior_head.notices.filter(title__startswith="催办").count() == 2
    counted = circulars.sent(cast.ctx("desk")).get()
    assert counted.told == 4, "reminders are not recipients"


def test_who_only_got_it_cannot_nudge(cast):
    sent = circulars.issue(cast.ctx("desk"), draft(cast))
    with pytest.raises(Denied):
        circulars.nudge(cast.ctx("officer"), sent.pk)


def test_when_all_have_confirmed_there_is_nobody_to_nudge(cast):
    only = draft(cast, unit_id=cast.primary.pk, posts=("safety_officer",))
    sent = circulars.issue(cast.ctx("desk"), only)
    circulars.confirm(cast.ctx("officer"), sent.pk)
    with pytest.raises(Refused, match="不用再催"):
        circulars.nudge(cast.ctx("desk"), sent.pk)


def test_a_circular_of_elsewhere_does_not_exist(cast):
    sent = circulars.issue(cast.ctx("desk"), draft(cast))
    for stranger in ("outsider", "teacher", "nobody"):
        with pytest.raises(NotFound):
            circulars.see(cast.ctx(stranger), sent.pk)


def test_it_can_go_to_the_group_of_a_body_too(cast, robot, outward):
    (outward["robots"] / "g1").write_text(f"{robot.url}/hook?key=a")
    (outward["robots"] / "g1").chmod(0o400)
    group = Robot.objects.create(unit=cast.district, name="安全干部群", kind="wecom", slot="g1")
    circulars.issue(cast.ctx("desk"), draft(cast, robots=(group.pk,)))
    from anze.kernel.work import posting

    posting.run_all()
    assert Delivery.objects.get().state == "sent"
    assert "冬季消防自查" in str(robot.calls)

"""Audits: what was expected, what was seen, by several hands, and what is missing at the end."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from anze.domains.facilities.registers import FIRE
from anze.domains.facilities.tests.test_things import drifts
from anze.domains.facilities.tests.world import POWDER, TODAY, morning
from anze.engines.registers import kinds, selectors, services
from anze.engines.registers.models import Audit, AuditLine, Tap
from anze.kernel.bus import clock
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.tests.support import together


@pytest.fixture
def begun(school):
    """Three extinguishers, two at the gate, and an audit that the guard began."""
    school.things = [school.add(school.gate), school.add(school.gate), school.add(school.canteen)]
    school.guard = school.cast.ctx("guard")
    school.audit = services.start_audit(school.guard, school.cast.primary_east.pk, [FIRE.code])
    return school


def see(begun, thing, **more):
    return services.see(begun.guard, begun.audit.pk, client_id=uuid4(), token=thing.token, **more)


def test_what_is_in_use_is_expected_and_an_open_audit_is_joined(begun):
    assert begun.audit.lines.count() == 3
    joined = services.start_audit(
        begun.cast.ctx("officer"), begun.cast.primary_east.pk, [FIRE.code]
    )
    assert joined.pk == begun.audit.pk


def test_an_audit_of_one_place_expects_what_stands_there(begun):
    gate = services.start_audit(
        begun.guard, begun.cast.primary_east.pk, [FIRE.code], place_id=begun.gate.pk
    )
    assert gate.lines.count() == 2


def test_a_tap_sent_again_changes_nothing(begun):
    tap = uuid4()
    thing = begun.things[0]
    services.see(begun.guard, begun.audit.pk, client_id=tap, token=thing.token)
    line = begun.audit.lines.get(thing_id=thing.pk)
    services.unsee(begun.guard, begun.audit.pk, line.pk, client_id=uuid4())
    services.see(begun.guard, begun.audit.pk, client_id=tap, token=thing.token)
    line.refresh_from_db()
    assert line.state == AuditLine.PENDING
    assert Tap.objects.count() == 2


def test_a_thing_seen_in_another_place_has_moved(begun):
    line = see(begun, begun.things[0], place_id=begun.canteen.pk)
    assert (line.state, line.seen_place) == (AuditLine.MOVED, begun.canteen)
    assert see(begun, begun.things[1], place_id=begun.gate.pk).state == AuditLine.FOUND


def test_labels_of_elsewhere_and_nobodys_labels(begun):
    junior = services.add(
        begun.cast.ctx("junior_officer"), FIRE, begun.cast.junior_campus.pk, POWDER
    )
    line = see(begun, junior)
    assert (line.state, line.title) == (AuditLine.FOREIGN, "别的单位的标签")
    with pytest.raises(NotFound):
        services.see(begun.guard, begun.audit.pk, client_id=uuid4(), token="F00000000000")
    with pytest.raises(NotFound):
        services.see(begun.guard, begun.audit.pk, client_id=uuid4(), token="灭火器")


def test_closing_says_what_is_missing_and_flags_it(begun):
    see(begun, begun.things[0])
    see(begun, begun.things[1], place_id=begun.canteen.pk)
    services.note_unknown(
        begun.guard, begun.audit.pk, "三楼一具，无标签", client_id=uuid4(), register=FIRE.code
    )
    services.close_audit(begun.guard, begun.audit.pk)
    services.close_audit(begun.guard, begun.audit.pk)
    facts = Entry.objects.get(kind=kinds.AUDITED.name).data
    counts = ("expected", "found", "moved", "missing", "foreign", "unknown")
    assert [facts[one] for one in counts] == [3, 1, 1, 1, 0, 1]
    assert facts["missing_things"] == [str(begun.things[2].pk)]
    begun.things[2].refresh_from_db()
    assert begun.things[2].missing_since == TODAY
    with pytest.raises(Conflict):
        see(begun, begun.things[2])
    assert drifts() == []


def test_what_was_missing_turns_up_by_hand_or_by_the_next_audit(begun):
    services.close_audit(begun.guard, begun.audit.pk)
    with clock.travel(morning(TODAY + timedelta(days=1))):
        services.turn_up(begun.cast.ctx("officer"), FIRE, begun.things[0].pk)
        begun.guard = begun.cast.ctx("guard")
        east = begun.cast.primary_east.pk
        begun.audit = services.start_audit(begun.guard, east, [FIRE.code])
        see(begun, begun.things[1])
        services.close_audit(begun.guard, begun.audit.pk)
    missing = {}
    for thing in begun.things:
        thing.refresh_from_db()
        missing[thing.code] = thing.missing_since
    assert missing == {
        "XF-0001": TODAY + timedelta(days=1),
        "XF-0002": None,
        "XF-0003": TODAY,
    }
    assert "已找到" in repr(selectors.history(FIRE, begun.things[1]))
    assert drifts() == []


def test_a_dropped_audit_counts_for_nothing(begun):
    services.drop_audit(begun.guard, begun.audit.pk)
    with pytest.raises(Conflict):
        services.close_audit(begun.guard, begun.audit.pk)
    assert not Entry.objects.filter(kind=kinds.AUDITED.name).exists()
    begun.things[0].refresh_from_db()
    assert begun.things[0].missing_since is None


def test_who_may_count(begun):
    for person in ("leader", "inspector"):
        with pytest.raises(Denied):
            services.close_audit(begun.cast.ctx(person), begun.audit.pk)
    for person in ("junior_officer", "outsider"):
        with pytest.raises(NotFound):
            services.close_audit(begun.cast.ctx(person), begun.audit.pk)
        assert not selectors.audits(begun.cast.ctx(person)).exists()
    with pytest.raises(Refused):
        services.start_audit(begun.guard, begun.cast.primary_east.pk, ["nonsense"])


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Threads have connections of their own."""

    def at_once(self, count, deed):
        def there(i):
            with clock.travel(morning()):
                return deed(i)

        return together(count, there)

    def test_eight_people_who_see_the_same_things_see_each_once(self, begun):
        self.at_once(8, lambda i: see(begun, begun.things[i % 2]))
        states = list(begun.audit.lines.order_by("code").values_list("state", flat=True))
        assert states == ["found", "found", "pending"]

    def test_eight_retries_of_one_unknown_make_one_line(self, begun):
        client = uuid4()
        made = self.at_once(
            8,
            lambda _i: services.note_unknown(
                begun.guard, begun.audit.pk, "一具", client_id=client, register=FIRE.code
            ),
        )
        assert len({one.pk for one in made}) == 1

    def test_taps_race_with_closing_and_none_is_lost_or_counted_after(self, begun):
        def deed(i):
            if i == 3:
                return services.close_audit(begun.guard, begun.audit.pk)
            return see(begun, begun.things[i % 3])

        done = self.at_once(6, deed)
        facts = Entry.objects.get(kind=kinds.AUDITED.name).data
        seen = begun.audit.lines.exclude(state="pending").count()
        assert facts["found"] + facts["moved"] == seen
        assert facts["missing"] == 3 - seen
        assert all(isinstance(one, AuditLine | Audit | Conflict) for one in done)

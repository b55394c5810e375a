"""Several people, windows and processes at once. Threads have connections of their own."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from anze.engines.duties import advance as advancing
from anze.engines.duties import kinds, replay
from anze.engines.duties import services as duties
from anze.engines.duties.models import Occurrence, StateChange, Trouble
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Problem
from anze.kernel.forms import services as forms
from anze.kernel.forms.models import Submission
from anze.kernel.forms.tests.testpack import load
from anze.kernel.ledger import selectors as ledger
from anze.kernel.ledger import sequencer
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.tests.support import together
from anze.kernel.packs import services as packs
from tests.faults.lives import FORM, answers, morning

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def school(cast, tmp_path):
    """The cast under a small pack that asks for a drill each month, on the morning of TODAY."""
    with clock.travel(morning() - timedelta(days=8)):
        row = load(tmp_path / "packs")
        packs.activate(Ctx.system(), row, cast.district.pk, date(2026, 10, 1))
        duties.sweep(Ctx.system())
    with clock.travel(morning()):
        duties.sweep(Ctx.system())
    return cast


def at_once(count, deed):
    """Do ``deed(i)`` in threads at nine o'clock of TODAY; return results or what was raised."""

    def on_that_day(i: int):
        with clock.travel(morning()):
            return deed(i)

    return together(count, on_that_day)


def drill_of(school, period: str = "2026-11") -> Occurrence:
    return Occurrence.objects.get(unit=school.primary_east, period=period)


def drift() -> list:
    sequencer.advance()
    n = advancing.advance()
    return list(replay.drift(replay.replay(n), n))


def test_eight_threads_with_one_client_id_make_one_submission_of_the_first_content(school):
    client = uuid4()

    def send(i):
        told = {**answers(client), "participants": 550 + i % 2}
        return forms.submit(school.ctx("officer"), FORM, school.primary_east.pk, client, told).pk

    results = at_once(8, send)
    assert {one for one in results if not isinstance(one, Exception)} == {client}
    assert all(isinstance(one, Conflict) for one in results if isinstance(one, Exception))
    assert 1 <= results.count(client) <= 4
    assert Entry.objects.filter(kind="drill.held").count() == Submission.objects.count() == 1
    assert drill_of(school).count == 1
    assert drift() == []


def test_eight_people_record_at_once_and_all_of_it_counts(school):
    def send(i):
        client = uuid4()
        campus = (school.primary_east, school.primary_west)[i % 2]
        return forms.submit(school.ctx("officer"), FORM, campus.pk, client, answers(client)).pk

    results = at_once(8, send)
    assert set(results) == set(Submission.objects.values_list("pk", flat=True))
    assert drift() == []
    states = Occurrence.objects.filter(period="2026-11", unit__in=_campuses(school))
    assert list(states.values_list("state", flat=True)) == ["met", "met"]


def _campuses(school):
    return [school.primary_east, school.primary_west]


def test_four_threads_judge_at_once_and_judge_everything_once(school, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(advancing, "advance_quietly", lambda *_: None)
        patch.setattr("anze.engines.duties.advance.advance", lambda *_: None)
        with clock.travel(morning()):
            for _ in range(30):
                client = uuid4()
                forms.submit(
                    school.ctx("officer"), FORM, school.primary_east.pk, client, answers(client)
                )
        with clock.travel(morning() + timedelta(days=1)):
            duties.tick(Ctx.system())
        sequencer.advance()
    assert advancing.reached() < ledger.size()
    results = at_once(4, lambda _: advancing.advance())
    assert results == [ledger.size()] * 4
    assert Trouble.objects.count() == 0
    found = StateChange.objects.filter(occurrence=drill_of(school)).order_by("n")
    counts = list(found.values_list("count", flat=True))
    assert counts == list(range(drill_of(school).count + 1))
    assert drift() == []


def test_of_two_who_waive_at_once_one_does(school):
    drill = drill_of(school)

    def waive(i):
        ctx = school.ctx(("desk", "leader")[i])
        return duties.propose_waiver(ctx, drill.pk, "suspended", "校舍加固").uid

    results = at_once(2, waive)
    assert sum(isinstance(one, Conflict) for one in results) == 1
    assert ledger.live(kind=kinds.WAIVED.name).count() == 1
    assert drift() == []
    assert drill_of(school).state == "waived"


def test_one_who_waives_in_two_windows_waives_once(school):
    drill = drill_of(school)

    def waive(_):
        return duties.propose_waiver(school.ctx("desk"), drill.pk, "suspended", "校舍加固").uid

    results = at_once(2, waive)
    assert len({one for one in results if not isinstance(one, Problem)}) == 1
    assert ledger.live(kind=kinds.WAIVED.name).count() == 1


def test_what_was_waived_and_lifted_can_be_waived_again(school):
    drill = drill_of(school)
    with clock.travel(morning()):
        for _ in range(2):
            given = duties.propose_waiver(school.ctx("desk"), drill.pk, "suspended", "校舍加固")
            assert drill_of(school).state == "waived"
            duties.lift_waiver(school.ctx("desk"), given.uid)
            assert drill_of(school).state == "owed"
    assert drift() == []


@pytest.fixture
def proposal(school):
    """A waiver of October's drill, which was missed, asked for by the desk."""
    with clock.travel(morning()):
        missed = drill_of(school, "2026-10")
        assert missed.state == "missed"
        return duties.propose_waiver(school.ctx("desk"), missed.pk, "suspended", "校舍加固")


def test_of_two_who_agree_at_once_one_gives_the_waiver(school, proposal):
    def agree(i):
        return duties.confirm_waiver(school.ctx("leader"), proposal.uid, f"同意{i}").uid

    results = at_once(2, agree)
    assert sum(isinstance(one, Conflict) for one in results) == 1
    assert ledger.live(kind=kinds.WAIVED.name).count() == 1
    assert drill_of(school, "2026-10").state == "waived"


def test_agreeing_comes_too_late_when_it_was_done_meanwhile(school, proposal):
    with clock.travel(morning()):
        client = uuid4()
        forms.submit(
            school.ctx("officer"), FORM, school.primary_east.pk, client, answers(client),
            happened=date(2026, 10, 30),
        )  # fmt: skip
        assert drill_of(school, "2026-10").state == "met_late"
        with pytest.raises(Conflict, match="迟完成"):
            duties.confirm_waiver(school.ctx("leader"), proposal.uid, "同意")
    assert drill_of(school, "2026-10").state == "met_late"

"""What was recorded is corrected, withdrawn or waived; the past stays as it was known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date

import pytest

from anze.engines.duties import replay
from anze.engines.duties import selectors as duties
from anze.engines.duties import services as duty_services
from anze.engines.duties.models import Occurrence
from anze.interfaces.portal.mine import mine
from anze.interfaces.portal.pages import waivers
from anze.kernel.bus.errors import Conflict, Refused
from anze.kernel.forms import services as forms
from anze.kernel.ledger import checkpoints, verify
from anze.kernel.ledger.tests.support import tamper
from anze.kernel.people import services as people
from anze.kernel.work import selectors as notices
from tests.journeys.world import DRILL, POOR_DRILL, TODAY, account, at, on, settle

WEDNESDAY = date(2026, 11, 11)
THURSDAY = date(2026, 11, 12)
DECEMBER = date(2026, 12, 7)


def drift() -> list:
    """Return how the stored occurrences differ from a replay of the ledger."""
    n = settle()
    return list(replay.drift(replay.replay(n), n))


@contextmanager
def morning(world, day: date) -> Iterator[None]:
    """Let a day begin, and be ten o'clock."""
    world.pass_day(day)
    with on(day):
        yield


# Corrections and withdrawals


def test_a_correction_to_too_few_people_opens_both_duties_again(world):
    officer = world.officer("临湖小学")
    made = world.hand_in(officer, world.campus("临湖小学"))
    forms.correct(world.ctx(officer), made, POOR_DRILL)
    settle()
    assert {world.drill("临湖小学", one).state for one in ("national", "wujin")} == {"owed"}
    returned = mine(world.ctx(officer)).returned
    assert [line.first.requirement.ref for line in returned] == ["DRILL-MONTHLY"]
    forms.correct(world.ctx(officer), made, DRILL)
    settle()
    assert world.drill("临湖小学").state == "met"
    assert mine(world.ctx(officer)).returned == []


def test_a_withdrawn_drill_no_longer_counts_unless_there_is_another(world):
    officer, campus = world.officer("临湖小学"), world.campus("临湖小学")
    first = world.hand_in(officer, campus)
    second = world.hand_in(officer, campus, happened=date(2026, 11, 5))
    forms.withdraw(world.ctx(officer), first, "mistake")
    settle()
    drill = world.drill("临湖小学")
    assert drill.state == "met"
    assert [one.uid for one in duties.why(world.ctx(officer), drill).entries] == [second.entry_uid]
    forms.withdraw(world.ctx(officer), second, "not_held")
    settle()
    assert world.drill("临湖小学").state == "owed"
    assert world.asked("DRILL-MONTHLY").now.met == 0


# Leave and transfer


def test_a_deputy_records_during_leave_and_not_before_or_after(world):
    holding = world.holding("临湖小学")
    school, campus = world.unit("临湖小学"), world.campus("临湖小学")
    outsider = account("deputy.one", "代一", world.unit("望山小学").pk, "class_teacher")
    deputy = account("deputy.two", "代二", school.pk, "class_teacher")
    ctx = world.ctx(holding.user)
    with pytest.raises(Refused, match="同一单位"):
        people.name_deputy(
            ctx, holding.pk, user_id=outsider.pk, first_day=WEDNESDAY, last_day=WEDNESDAY
        )
    people.name_deputy(ctx, holding.pk, user_id=deputy.pk, first_day=WEDNESDAY, last_day=WEDNESDAY)

    def owes() -> bool:
        found = mine(world.ctx(deputy))
        lines = [*found.overdue, *found.today, *found.week, *found.later]
        return any(line.first.requirement.ref == "DRILL-MONTHLY" for line in lines)

    assert not owes()
    with on(WEDNESDAY):
        assert owes()
        made = world.hand_in(deputy, campus)
        assert made.actor_id == deputy.pk
        assert world.drill("临湖小学").state == "met"
        forms.withdraw(world.ctx(deputy), made, "mistake")
        settle()
    with on(THURSDAY):
        assert not owes()


def test_a_post_handed_over_moves_what_is_owed_to_the_next_holder(world):
    holding = world.holding("临湖小学")
    newcomer = account("next.one", "新任", world.unit("临湖小学").pk, "class_teacher")
    was = mine(world.ctx(holding.user))
    owed = {occ.pk for line in was.later for occ in line.occurrences}
    assert owed
    head = world.ctx(world.holding("临湖小学", "principal").user)
    people.end_post(head, holding.pk, until=WEDNESDAY)
    people.give_post(
        head, newcomer.pk, unit_id=holding.unit_id, post="safety_officer", since=WEDNESDAY
    )
    assert {o.pk for line in mine(world.ctx(holding.user)).later for o in line.occurrences} == owed
    with on(WEDNESDAY):
        assert mine(world.ctx(holding.user)).holdings == []
        now = mine(world.ctx(newcomer))
        lines = [*now.overdue, *now.today, *now.week, *now.later]
        assert owed <= {occ.pk for line in lines for occ in line.occurrences}


def test_a_post_nobody_holds_falls_to_the_head(world):
    holding = world.holding("临湖小学")
    head = world.holding("临湖小学", "principal").user
    people.end_post(world.ctx(head), holding.pk, until=WEDNESDAY)
    with on(WEDNESDAY):
        now = mine(world.ctx(head))
        lines = [*now.overdue, *now.today, *now.week, *now.later]
        assert "DRILL-MONTHLY" in {line.first.requirement.ref for line in lines}


# Waivers


@pytest.fixture
def missed(world) -> Occurrence:
    """Return the wujin drill of 望山小学 of November, not held, early in December."""
    world.pass_day(DECEMBER)
    drill = world.drill("望山小学")
    assert drill.state == "missed"
    return drill


def test_a_waiver_after_the_deadline_is_asked_by_one_and_given_by_another(world, missed):
    with on(DECEMBER):
        desk, leader = world.ctx(world.desk), world.ctx(world.leader)
        proposal = duty_services.propose_waiver(desk, missed.pk, "suspended", "校舍加固停课")
        settle()
        assert world.drill("望山小学").state == "missed"
        assert [occ.pk for _, occ in waivers.waiting(world.ctx(world.leader))] == [missed.pk]
        assert waivers.waiting(world.ctx(world.desk)) == []
        with pytest.raises(Refused, match="两个人"):
            duty_services.confirm_waiver(desk, proposal.uid, "我自己同意")
        duty_services.confirm_waiver(leader, proposal.uid, "同意")
        settle()
        assert world.drill("望山小学").state == "waived"
        assert world.drill("望山小学", "national").state == "missed"
        assert waivers.waiting(world.ctx(world.leader)) == []
        november = world.asked("DRILL-MONTHLY").before
        assert (november.waived, november.missed, november.total) == (1, 4, 4)


def test_a_school_cannot_waive_for_itself(world, missed):
    from anze.kernel.bus.errors import Denied

    head = world.holding("望山小学", "principal").user
    with on(DECEMBER), pytest.raises(Denied):
        duty_services.propose_waiver(world.ctx(head), missed.pk, "other", "没有时间")


def test_a_lifted_waiver_is_judged_again_as_if_it_had_never_been(world, missed):
    with on(DECEMBER):
        desk, leader = world.ctx(world.desk), world.ctx(world.leader)
        proposal = duty_services.propose_waiver(desk, missed.pk, "suspended", "停课")
        given = duty_services.confirm_waiver(leader, proposal.uid, "同意")
        settle()
        duty_services.lift_waiver(leader, given.uid)
        settle()
        assert world.drill("望山小学").state == "missed"
        # The answered proposal is no longer waiting, and a new one may be made and agreed to.
        assert waivers.of(world.drill("望山小学")).waiting is None
        assert waivers.waiting(world.ctx(world.leader)) == []
        again = duty_services.propose_waiver(desk, missed.pk, "suspended", "停课")
        settle()
        waiting = waivers.of(world.drill("望山小学")).waiting
        assert waiting.uid == again.uid != proposal.uid
        duty_services.confirm_waiver(leader, again.uid, "同意")
        settle()
        assert world.drill("望山小学").state == "waived"


def test_the_waived_cannot_be_waived_again(world):
    drill = world.drill("望山小学")
    duty_services.propose_waiver(world.ctx(world.desk), drill.pk, "suspended", "停课")
    settle()
    with pytest.raises(Conflict, match="豁免"):
        duty_services.propose_waiver(world.ctx(world.leader), drill.pk, "suspended", "停课")


# Reminders


def test_a_reminder_reaches_the_holders_inbox_once_a_day(world):
    drill, officer = world.drill("望山小学"), world.officer("望山小学")

    def unread(person=officer) -> int:
        return notices.unread(world.ctx(person))

    was = unread()
    for _ in range(2):
        duty_services.remind(world.ctx(world.desk), [drill.pk])
    assert unread() == was + 1
    newest = notices.inbox(world.ctx(officer)).first()
    assert (newest.title, newest.link) == (
        f"催办：{drill.requirement.title}",
        f"/duties/{drill.pk}/",
    )
    assert unread(world.officer("临湖小学")) == 0
    with on(WEDNESDAY):
        duty_services.remind(world.ctx(world.desk), [drill.pk])
        assert unread() == was + 2


def test_what_is_done_meanwhile_is_not_reminded(world):
    drill, officer = world.drill("望山小学"), world.officer("望山小学")
    world.hand_in(officer, world.campus("望山小学"))
    assert duty_services.remind(world.ctx(world.desk), [drill.pk]) == 0
    assert notices.unread(world.ctx(officer)) == 0


def test_where_the_post_is_vacant_the_head_is_told(world):
    head = world.holding("望山小学", "principal").user
    people.end_post(world.ctx(head), world.holding("望山小学").pk, until=WEDNESDAY)
    with on(WEDNESDAY):
        duty_services.remind(world.ctx(world.desk), [world.drill("望山小学").pk])
        assert notices.unread(world.ctx(head)) == 1


# The past as it was known


def whole_board(world, day: date) -> list[tuple]:
    """Return every number of the plan board of a day."""
    board = duties.board(world.ctx(world.desk), "wujin", day)
    lines = [one for head in board.heads for row in head.clauses for one in row.asked]
    return [(one.spec.ref, asdict(one.now), asdict(one.before)) for one in lines]


def test_the_board_of_a_past_day_is_not_changed_by_what_is_entered_later(world):
    officer, campus = world.officer("临湖小学"), world.campus("临湖小学")
    made = world.hand_in(officer, campus)
    today = whole_board(world, TODAY)
    with morning(world, WEDNESDAY):
        forms.withdraw(world.ctx(officer), made, "mistake")
        settle()
        # Happened before the day asked about, but nobody knew it then.
        world.hand_in(
            world.officer("望山小学"), world.campus("望山小学"), happened=date(2026, 11, 4)
        )
        assert whole_board(world, TODAY) == today
        now = {ref: counts["met"] for ref, counts, _ in whole_board(world, WEDNESDAY)}
        then = {ref: counts["met"] for ref, counts, _ in today}
        assert (then["DRILL-MONTHLY"], now["DRILL-MONTHLY"]) == (1, 1)
        assert world.drill("临湖小学").state == "owed"
    with morning(world, DECEMBER):
        assert whole_board(world, TODAY) == today


# The ledger behind it all


def test_a_changed_payload_is_found_and_the_entry_named(world):
    made = world.hand_in(world.officer("临湖小学"), world.campus("临湖小学"))
    checkpoints.make()
    assert verify.verify().true
    tamper(
        "UPDATE ledger_entry SET facts = REPLACE(facts, '590', '600') WHERE client_id = %s",
        [str(made.pk)],
    )
    report = verify.verify()
    assert not report.true
    [finding] = report.findings
    assert str(made.entry_uid) in finding
    assert "drill.held" in finding


def test_after_all_of_it_replaying_the_ledger_gives_the_living_state(world):
    assert drift() == []
    officer, campus = world.officer("临湖小学"), world.campus("临湖小学")
    first = world.hand_in(officer, campus)
    forms.correct(world.ctx(officer), first, POOR_DRILL)
    world.hand_in(world.officer("望山小学"), world.campus("望山小学"))
    waived = duty_services.propose_waiver(
        world.ctx(world.desk), world.drill("双桥小学本部").pk, "suspended", "停课"
    )
    settle()
    with morning(world, WEDNESDAY):
        forms.withdraw(world.ctx(officer), first, "not_held")
        duty_services.lift_waiver(world.ctx(world.desk), waived.uid)
        people.end_post(
            world.ctx(world.holding("望山小学", "principal").user),
            world.holding("望山小学").pk, until=THURSDAY,
        )  # fmt: skip
    with morning(world, DECEMBER):
        late = world.hand_in(officer, campus, happened=date(2026, 11, 27))
        assert world.drill("临湖小学").state == "met_late"
        asked = duty_services.propose_waiver(
            world.ctx(world.desk), world.drill("双桥小学本部").pk, "suspended", "停课"
        )
        duty_services.confirm_waiver(world.ctx(world.leader), asked.uid, "同意")
        assert late.happened < at(DECEMBER)
    assert drift() == []
    states = set(Occurrence.objects.values_list("state", flat=True))
    assert {"met", "met_late", "missed", "owed", "waived"} <= states
    assert verify.verify().true

"""The first walk: packs and roster in, somebody records, the board counts it, the proof holds."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from anze.engines.duties import selectors as duties
from anze.engines.duties.models import Occurrence
from anze.interfaces.portal.mine import mine
from anze.kernel.files import selectors as files
from anze.kernel.files import services as file_services
from anze.kernel.ledger import checkpoints, proofs
from anze.kernel.ledger.models import Entry
from anze.kernel.people.models import Holding
from anze.kernel.units.models import Unit
from tests.journeys.world import DRILL, NAMES, POOR_DRILL

HAZARD = {
    "field": "building",
    "judgement": "direct",
    "use_stopped": True,
    "description": "北楼梯扶手松动",
}


def photo() -> io.BytesIO:
    """Return a small drawn picture."""
    made = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 210, 220)).save(made, "JPEG")
    made.seek(0)
    return made


def test_a_roster_becomes_schools_that_know_what_they_owe_today(world):
    assert set(Unit.objects.filter(level="unit").values_list("name", flat=True)) == set(NAMES)
    assert Unit.objects.filter(level="campus").count() == 7
    assert Holding.objects.filter(post="principal").count() == 6
    for name in ("双桥小学本部", "双桥小学东校区", "临湖小学", "望山小学"):
        assert world.drill(name).state == "owed"
    owing = set(Occurrence.objects.filter(state="owed").values_list("unit__level", flat=True))
    assert owing == {"campus", "unit", "section", "district"}


def test_from_a_form_to_the_board_to_the_why_to_a_proof_checked_offline(world):
    officer = world.officer("临湖小学")
    before = world.asked("DRILL-MONTHLY").now
    made = world.hand_in(officer, world.campus("临湖小学"))

    drill = world.drill("临湖小学")
    assert drill.state == "met"
    after = world.asked("DRILL-MONTHLY").now
    assert (after.met - before.met, after.owed - before.owed) == (1, -1)

    why = duties.why(world.ctx(world.desk), drill)
    assert why.state == "met"
    assert {clause.ref for clause in why.clauses} == {"4b.8", "6.13"}
    [entry] = why.entries
    assert entry.uid == made.entry_uid
    assert entry.data["participants_permille"] == 983

    checkpoints.make()
    key = str(checkpoints.signer().key)
    told = json.loads(json.dumps(proofs.prove(entry.leaf.n, disclose=True)))
    assert proofs.check_proof(told, key).size == entry.leaf.n
    told["event"]["facts"]["participants"] = 600
    with pytest.raises(proofs.CheckFailed, match="不是这一条存证的内容"):
        proofs.check_proof(told, key)


def test_the_free_words_of_a_drill_are_in_no_proof(world):
    made = world.hand_in(world.officer("临湖小学"), world.campus("临湖小学"))
    checkpoints.make()
    n = Entry.objects.get(uid=made.entry_uid).leaf.n
    assert DRILL["lessons"] not in json.dumps(proofs.prove(n, disclose=True), ensure_ascii=False)


def test_a_major_hazard_and_its_photo_open_and_meet_the_duty_to_report(world):
    officer, campus = world.officer("临湖小学"), world.campus("临湖小学")
    row, _ = file_services.receive(world.ctx(officer), campus.pk, photo(), name="楼梯.jpg")
    answers = {**HAZARD, "scene": [str(row.pk)]}
    made = world.hand_in(officer, campus, "national/major_hazard", answers)
    entry = Entry.objects.get(uid=made.entry_uid)
    assert entry.proof_list == [row.sha256]
    ctx = world.ctx(world.desk)
    assert files.by_proofs(ctx, campus.pk, entry.proof_list)[row.sha256].pk == row.pk
    report = world.duty("MAJOR-HAZARD-REPORT", campus, "national")
    plan = world.duty("MAJOR-HAZARD-PLAN", campus, "national")
    assert (report.state, plan.state) == ("met", "owed")
    assert [one.uid for one in duties.why(ctx, report).entries] == [entry.uid]


def test_one_drill_is_one_line_on_home_and_meets_both_packs_at_once(world):
    officer = world.officer("望山小学")

    def lines():
        found = mine(world.ctx(officer))
        every = [*found.overdue, *found.today, *found.returned, *found.week, *found.later]
        return [line for line in every if line.first.requirement.ref == "DRILL-MONTHLY"]

    [line] = lines()
    asked_by = {occ.requirement.pack.issuer for occ in line.occurrences}
    assert asked_by == {"national", "wujin"}
    assert line.form == "national/drill"
    world.hand_in(officer, world.campus("望山小学"))
    assert lines() == []
    assert {world.drill("望山小学", issuer).state for issuer in asked_by} == {"met"}
    for issuer in sorted(asked_by):
        now = world.asked("DRILL-MONTHLY", issuer).now
        assert (now.met, now.total) == (1, 5)


def test_a_drill_with_too_few_people_is_recorded_and_meets_nothing(world):
    made = world.hand_in(world.officer("望山小学"), world.campus("望山小学"), answers=POOR_DRILL)
    assert Entry.objects.filter(uid=made.entry_uid).exists()
    drill = world.drill("望山小学")
    assert (drill.state, drill.count) == ("owed", 0)
    assert duties.why(world.ctx(world.desk), drill).verdict.missing


def test_the_drill_of_one_campus_is_not_the_drill_of_the_other(world):
    world.hand_in(world.officer("双桥小学"), world.campus("双桥小学东校区"))
    assert world.drill("双桥小学东校区").state == "met"
    assert world.drill("双桥小学本部").state == "owed"


def test_the_bureau_records_its_own_duty_and_the_board_shows_it(world):
    duty = world.duty("BUREAU-COORDINATE", world.safety_division)
    assert duty.state == "owed"
    assert world.asked("BUREAU-COORDINATE").now.owed == 1
    meeting = {
        "topic": "coordination", "chaired_by_post": "section_head", "attendees": 12,
        "minutes_filed": True,
    }  # fmt: skip
    world.hand_in(world.desk, world.safety_division, "wujin/bureau_meeting", meeting)
    asked = world.asked("BUREAU-COORDINATE", by=world.leader)
    assert (asked.now.met, asked.now.owed, asked.spec.level) == (1, 0, "section")
    duty.refresh_from_db()
    assert duty.state == "met"


def test_a_school_can_neither_see_nor_record_the_duty_of_another(world):
    from anze.kernel.bus.errors import NotFound

    stranger = world.officer("临湖小学")
    with pytest.raises(NotFound):
        world.hand_in(stranger, world.campus("望山小学"))
    with pytest.raises(NotFound):
        duties.get(world.ctx(stranger), world.drill("望山小学").pk)

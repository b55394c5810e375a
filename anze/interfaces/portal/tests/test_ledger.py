"""Who may read which entry, and whose names."""

from __future__ import annotations

import json

from anze.interfaces.portal.tests.stage import TODAY
from anze.kernel.ledger import checkpoints
from anze.kernel.ledger import selectors as ledger
from anze.kernel.ledger import services as record
from anze.kernel.ledger.models import Entry
from anze.kernel.people import sight


def walks(ctx) -> list[Entry]:
    return list(sight.entries(ctx).filter(kind="stage.walk"))


def test_a_school_reads_its_own_entries_and_no_neighbours(stage):
    units = {entry.unit_id for entry in walks(stage.cast.ctx("officer"))}
    assert units == {stage.cast.primary_east.pk}
    assert stage.cast.junior_campus.pk in {e.unit_id for e in walks(stage.cast.ctx("desk"))}
    assert walks(stage.cast.ctx("teacher")) == []


def test_entries_for_the_bureau_are_not_for_schools(stage):
    kinds = set(sight.entries(stage.cast.ctx("officer")).values_list("visibility", flat=True))
    assert kinds <= {"unit", "public"}
    desk = set(sight.entries(stage.cast.ctx("desk")).values_list("visibility", flat=True))
    assert "bureau" in desk


def test_public_entries_are_everybodys(stage, client_for):
    public = ledger.listing(visibilities=["public"]).first()
    assert public is not None
    for person in (stage.cast.teacher, stage.cast.nobody, stage.cast.outsider):
        assert client_for(person).get(f"/ledger/{public.uid}/").status_code == 200
        assert client_for(person).get("/ledger/").status_code == 200


def test_an_entry_out_of_scope_is_not_there(stage, client_for):
    entry = Entry.objects.get(kind="stage.walk", unit_id=stage.cast.primary_east.pk)
    for person in (stage.cast.junior_head, stage.cast.outsider, stage.cast.teacher):
        client = client_for(person)
        assert client.get(f"/ledger/{entry.uid}/").status_code == 404
        assert client.get(f"/ledger/{entry.uid}/proof.json").status_code == 404


def test_the_private_part_is_for_those_who_may_name(stage, client_for):
    entry = Entry.objects.get(kind="stage.walk", unit_id=stage.cast.primary_east.pk)
    html = client_for(stage.cast.principal).get(f"/ledger/{entry.uid}/").content.decode()
    assert "一切正常" in html
    assert "程全" in html
    assert sight.may_name(stage.cast.ctx("principal"), entry.unit_id)
    assert not sight.may_name(stage.cast.ctx("guard"), entry.unit_id)


def test_a_phone_number_is_shown_in_part_only(stage, client_for):
    entry = Entry.objects.filter(kind="people.account_made").latest("pk")
    html = client_for(stage.cast.desk).get(f"/ledger/{entry.uid}/").content.decode()
    assert "139****" in html
    assert "1390000" not in html


def test_a_correction_shows_its_chain(stage, client_for):
    entry = Entry.objects.get(kind="stage.walk", unit_id=stage.cast.primary_east.pk)
    record.supersede(stage.ctx(TODAY), entry, facts={"rounds": 7})
    stage.settle()
    html = client_for(stage.cast.principal).get(f"/ledger/{entry.uid}/").content.decode()
    assert "更正经过" in html
    assert "已被更正或撤回" in html


def test_the_page_claims_no_more_than_the_proof(stage, client_for):
    html = client_for(stage.cast.desk).get("/ledger/").content.decode()
    assert "未防管理员" in html
    assert "还没有检查点" in html


def test_a_proof_can_be_taken_away_once_a_checkpoint_covers_it(stage, client_for):
    from anze.kernel.ledger import proofs

    entry = Entry.objects.get(kind="stage.walk", unit_id=stage.cast.primary_east.pk)
    client = client_for(stage.cast.principal)
    assert client.get(f"/ledger/{entry.uid}/proof.json").status_code == 422
    checkpoints.make()
    answer = client.get(f"/ledger/{entry.uid}/proof.json")
    assert answer["Content-Disposition"].endswith('.json"')
    proof = json.loads(answer.content)
    assert proofs.check_proof(proof).size >= proof["n"]
    assert "一切正常" not in answer.content.decode()


def test_facts_are_filtered_by_kind_and_unit(stage, client_for):
    client = client_for(stage.cast.desk)
    html = client.get(f"/ledger/?kind=stage.walk&unit={stage.cast.junior.pk}").content.decode()
    assert "共 1 条" in html
    assert "校园巡查" in html

"""What each operation is for, walked by the people who need it."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from anze.engines.duties.rules import ALGORITHM
from anze.kernel.ledger import proofs
from anze.kernel.ledger.models import Entry
from anze.lib import canon, merkle
from tests.api.world import DRILL, PDF, TODAY, on, settle


def names(response) -> set[str]:
    return {one["name"] for one in response.json()["items"]}


def test_i_learn_who_i_am_and_what_i_may_do(world):
    me = world.get("officer", "/me").json()
    assert (me["name"], me["posts"][0]["post"]) == ("程全", "safety_officer")
    codes = {one["code"] for one in me["actions"]}
    assert {"account", "duties.record", "board.view"} <= codes
    assert not codes & {"duties.waive", "people.grant", "packs.activate"}
    assert world.get("inspector", "/me").json()["roles"][0]["role"] == "inspector"


def test_the_desk_finds_units_by_name_kind_and_place_in_the_tree(world):
    cast = world.cast
    assert "临湖小学" in names(world.get("desk", "/units", q="linhu"))
    below = names(world.get("desk", "/units", under=cast.town.pk, level="unit"))
    assert below == {"临湖小学", "小荷幼儿园"}
    assert names(world.get("desk", "/units", kind="bus_company", level="unit")) == {
        "平安校车服务公司"
    }
    assert "青山小学" not in names(world.get("desk", "/units", limit=200))
    assert world.get("desk", "/units", under=cast.other_district.pk).status_code == 404


def test_a_unit_shows_its_facts_its_way_down_and_its_people(world):
    cast = world.cast
    unit = world.get("desk", f"/units/{cast.vocational.pk}").json()
    assert unit["facts"]["boarding"] == "yes"
    assert [one["name"] for one in unit["path"]] == ["云州市教育局", "星湖区教育局"]
    assert unit["parent_id"] == str(cast.district.pk)
    found = world.get("principal", f"/units/{cast.primary.pk}/people").json()["items"]
    assert {(one["person"], one["title"]) for one in found} == {
        ("林校", "主要负责人"),
        ("程全", "安全管理人员"),
        ("许静", "班主任"),
    }
    assert not any("phone" in one for one in found)


def test_duties_are_filtered_by_state_clause_day_and_place(world):
    cast = world.cast

    def asked(**query):
        found = world.get("desk", "/duties", **query).json()["items"]
        return {(one["unit"]["id"], one["period"], one["state"]) for one in found}

    east, west = str(cast.primary_east.pk), str(cast.primary_west.pk)
    assert asked(state="met") == {(west, "2026-11", "met")}
    assert asked(state="missed") == {(east, "2026-10", "missed"), (west, "2026-10", "missed")}
    assert asked(unit=east, due_from="2026-11-01") == {(east, "2026-11", "owed")}
    assert asked(under=cast.kindergarten.pk) == set()
    assert len(asked(issuer="trial", clause="1.1", requirement="DRILL-MONTHLY")) == 4
    assert asked(clause="9.9") == set()
    assert len(asked(q="东校区")) == 2


def test_a_met_duty_explains_itself_down_to_the_entry(world):
    duty = world.duty(world.cast.primary_west)
    why = world.get("officer", f"/duties/{duty.pk}/why").json()
    assert why["verdict"]["state"] == why["duty"]["state"] == "met"
    assert why["agrees"] is True
    assert [one["uid"] for one in why["entries"]] == [str(world.submission.entry_uid)]
    assert why["entries"][0]["facts"]["participants_permille"] == 983
    assert why["rule"]["met_by"]["entry"] == "drill.held"
    assert why["pack_hash"] == world.get("officer", "/packs/trial/2026.1").json()["hash"]
    assert why["algorithm"] == ALGORITHM
    assert [one["state"] for one in why["changes"]] == ["owed", "met"]


def test_a_past_number_gives_the_verdict_known_then(world):
    duty = world.duty(world.cast.primary_west)
    before = world.get("officer", f"/duties/{duty.pk}/why", n=duty.opened_n).json()
    assert (before["verdict"]["state"], before["agrees"]) == ("owed", False)
    for n in (duty.opened_n - 1, 2**62):
        answer = world.get("officer", f"/duties/{duty.pk}/why", n=n)
        assert (answer.status_code, answer.json()["field"]) == (422, "query.n")


def test_a_duty_says_what_may_be_done_about_it(world):
    duty = world.duty(world.cast.primary_east)
    seen = world.get("officer", f"/duties/{duty.pk}").json()
    assert (seen["may_record"], seen["may_waive"]) == (True, False)
    assert seen["requirement"]["form"] == "trial/drill"
    assert world.get("desk", f"/duties/{duty.pk}").json()["may_waive"] is True


def test_before_the_deadline_one_person_waives(world):
    duty = world.duty(world.cast.primary_east)
    body = {"reason": "suspended", "words": "校舍加固停课"}
    answer = world.post("desk", f"/duties/{duty.pk}/waiver", body)
    assert (answer.status_code, answer.json()["waived"]) == (201, True)
    settle()
    seen = world.get("desk", f"/duties/{duty.pk}").json()
    assert (seen["state"], seen["waivers"][0]["kind"]) == ("waived", "waiver")
    again = world.post("desk", f"/duties/{duty.pk}/waiver", body)
    assert again.status_code == 409
    lifted = world.post("desk", f"/waivers/{answer.json()['uid']}/lift")
    assert lifted.status_code == 200
    settle()
    assert world.get("desk", f"/duties/{duty.pk}").json()["state"] == "owed"


def test_after_the_deadline_a_second_person_must_agree(world):
    duty = world.duty(world.cast.primary_east, "2026-10")
    waiting = world.get("leader", f"/duties/{duty.pk}").json()["waivers"]
    assert [(one["kind"], one["proposed_by_me"]) for one in waiting] == [("proposal", False)]
    path = f"/waivers/{waiting[0]['uid']}/confirm"
    own = world.post("desk", path, {"words": "我自己同意"})
    assert (own.status_code, "两个人" in own.json()["message"]) == (422, True)
    agreed = world.post("leader", path, {"words": "情况属实"})
    assert agreed.json()["waived"] is True
    assert world.post("leader", path, {"words": "情况属实"}).json() == agreed.json()
    settle()
    assert world.get("leader", f"/duties/{duty.pk}").json()["state"] == "waived"


def test_reminding_reaches_what_is_open_and_in_scope_once_a_day(world):
    east = world.duty(world.cast.primary_east)
    done = world.duty(world.cast.primary_west)
    body = {"duties": [east.pk, done.pk, 10**9]}
    assert world.post("desk", "/duties/remind", body).json() == {"reminded": 1}
    world.post("desk", "/duties/remind", body)
    assert Entry.objects.filter(kind="duties.reminded").count() == 1
    assert world.post("junior_head", "/duties/remind", body).json() == {"reminded": 0}


def test_a_form_tells_a_machine_how_to_fill_it_in(world):
    units = world.get("officer", "/forms/units").json()["items"]
    assert [one["level"] for one in units] == ["campus", "campus", "unit"]
    campus = units[0]["id"]
    forms = {
        one["form"]: one for one in world.get("officer", "/forms", unit=campus).json()["items"]
    }
    assert set(forms) == {"trial/drill", "trial/weekly"}
    assert forms["trial/drill"]["rhythm"] == "每月"
    found = world.get("officer", "/forms/trial/drill", unit=world.cast.primary_west.pk).json()
    assert found["asked_by"] == ["DRILL-MONTHLY"]
    assert found["answers"]["required"] == [
        "drill_type",
        "expected",
        "participants",
        "duration_seconds",
        "evaluated",
    ]
    assert found["start"] == {"drill_type": "fire", "expected": 600}
    assert world.get("officer", "/forms/trial/nothing", unit=campus).status_code == 404


def test_recording_meets_the_duty_and_gives_a_receipt(world):
    duty = world.duty(world.cast.primary_east)
    body = world.hand_in()
    first = world.post("officer", "/submissions", body)
    assert (first.status_code, first.json()["id"]) == (201, body["client_id"])
    settle()
    assert world.get("officer", f"/duties/{duty.pk}").json()["state"] == "met"
    seen = world.get("officer", f"/submissions/{body['client_id']}").json()
    assert seen["answers"] == DRILL
    assert seen["receipt"]["n"] > world.get("desk", "/ledger/checkpoint").json()["size"]
    assert seen["may_change"] is True
    mine = world.get("officer", "/submissions").json()
    assert [one["id"] for one in mine["items"]] == [body["client_id"], str(world.submission.pk)]


def test_the_same_id_with_the_same_content_makes_one_entry(world):
    body = world.hand_in()
    first = world.post("officer", "/submissions", body)
    again = world.post("officer", "/submissions", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Entry.objects.filter(client_id=body["client_id"]).count() == 1


def test_the_same_id_with_other_content_is_a_conflict_and_the_first_stands(world):
    body = world.hand_in()
    first = world.post("officer", "/submissions", body).json()
    for changed in (
        {"answers": {**DRILL, "participants": 3}},
        {"happened": "2026-11-03"},
        {"unit": str(world.cast.primary_west.pk)},
    ):
        answer = world.post("officer", "/submissions", {**body, **changed})
        assert answer.status_code == 409
        assert answer.json()["remedy"]
    assert world.post("principal", "/submissions", body).status_code == 409
    assert Entry.objects.filter(client_id=body["client_id"]).count() == 1
    assert world.get("officer", f"/submissions/{first['id']}").json()["answers"] == DRILL


def test_every_wrong_answer_is_named(world):
    wrong = {**DRILL, "drill_type": "quake", "participants": "很多", "colour": "red"}
    answer = world.post("officer", "/submissions", world.hand_in(answers=wrong))
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"drill_type", "participants", "colour"}


def test_an_act_of_the_future_is_refused(world):
    later = (TODAY + timedelta(days=1)).isoformat()
    answer = world.post("officer", "/submissions", world.hand_in(happened=later))
    assert (answer.status_code, "happened" in answer.json()["fields"]) == (422, True)


def test_a_correction_supersedes_and_is_refused_when_somebody_was_faster(world):
    path = f"/submissions/{world.submission.pk}"
    seen = world.get("officer", path).json()
    body = {"answers": {**seen["answers"], "participants": 300}, "expected": seen["entry"]}
    done = world.post("officer", f"{path}/correct", body)
    assert (done.status_code, done.json()["corrections"]) == (200, 1)
    assert world.post("officer", f"{path}/correct", body).status_code == 409
    settle()
    duty = world.duty(world.cast.primary_west)
    assert world.get("officer", f"/duties/{duty.pk}").json()["state"] == "owed"
    old = world.get("officer", f"/ledger/entries/{seen['entry']}").json()
    assert (old["live"], old["chain"]) == (False, [seen["entry"], done.json()["entry"]])


def test_a_retried_correction_changes_nothing(world):
    path = f"/submissions/{world.submission.pk}/correct"
    body = {"answers": {**DRILL, "participants": 595}, "client_id": str(world.file.pk)}
    first = world.post("officer", path, body).json()
    assert world.post("officer", path, body).json() == first


def test_what_was_taken_back_no_longer_counts(world):
    path = f"/submissions/{world.submission.pk}/withdraw"
    assert world.post("officer", path, {"reason": "whim"}).status_code == 400
    assert world.post("officer", path, {"reason": "not_held"}).json()["state"] == "withdrawn"
    settle()
    assert world.get("officer", f"/duties/{world.duty(world.cast.primary_west).pk}").json()[
        "state"
    ] == ("owed")
    assert world.post("officer", path, {"reason": "mistake"}).status_code == 409


def test_a_file_is_received_once_and_told_by_its_hash(world):
    def send(data):
        body = {"unit": str(world.cast.primary.pk), "file": SimpleUploadedFile("报告.pdf", data)}
        return world.client("officer").post("/api/v1/files", body)

    fresh = PDF + b"%2\n"
    first, again = send(fresh), send(fresh)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["sha256"] == hashlib.sha256(fresh).hexdigest()
    assert world.get("officer", f"/files/{first.json()['id']}").json()["name"] == "报告.pdf"
    refused = send(b"MZ\x90\x00" * 40)
    assert (refused.status_code, bool(refused.json()["remedy"])) == (422, True)


def test_a_body_too_big_is_stopped_before_it_is_read(world):
    client = world.client("officer")
    answer = client.post("/api/v1/files", {}, CONTENT_LENGTH=str(30 * 1024 * 1024))
    assert (answer.status_code, "20 MB" in answer.json()["message"]) == (422, True)


def test_the_board_counts_the_units_in_sight_as_known_on_a_day(world):
    now = world.get("desk", "/plan/trial").json()
    clause = now["heads"][0]["clauses"][0]
    assert (clause["requirements"], clause["now"]["met"], clause["now"]["owed"]) == (
        ["DRILL-MONTHLY"],
        1,
        1,
    )
    assert clause["before"]["missed"] == 2
    assert now["requirements"][0]["now"] == clause["now"]
    then = world.get("desk", "/plan/trial", on="2026-11-03").json()
    assert then["heads"][0]["clauses"][0]["now"]["met"] == 0
    assert then["n"] < now["n"]
    elsewhere = world.get("junior_head", "/plan/trial").json()
    assert elsewhere["heads"][0]["clauses"][0]["now"]["total"] == 0
    assert world.get("desk", "/plan/nobody").status_code == 404
    assert world.get("desk", "/plan/trial", on="2026-01-01").status_code == 404


def test_entries_are_paged_by_number_without_gap_or_repeat(world):
    seen, before = [], None
    while True:
        query = {"limit": 7, **({"before": before} if before else {})}
        page = world.get("desk", "/ledger/entries", **query).json()
        seen += [one["n"] for one in page["items"]]
        before = page["next"]
        if before is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    whole = world.get("desk", "/ledger/entries", limit=200).json()["items"]
    assert seen == [one["n"] for one in whole]


def test_entries_are_filtered_by_kind_unit_day_and_life(world):
    def uids(**query):
        return [
            one["uid"] for one in world.get("officer", "/ledger/entries", **query).json()["items"]
        ]

    entry = str(world.submission.entry_uid)
    west = world.cast.primary_west.pk
    assert uids(kind="drill.held") == uids(unit=west, kind="drill.held") == [entry]
    assert uids(kind="drill.held", recorded_to="2026-11-04") == []
    assert uids(kind="drill.held", recorded_from="2026-11-05", live=True) == [entry]
    assert uids(kind="drill.held", live=False) == []


def test_a_proof_from_the_api_holds_without_the_database(world):
    path = f"/ledger/entries/{world.submission.entry_uid}"
    entry = world.get("officer", path).json()
    assert entry["private"]["answers"] == {"lessons": "北门打开较慢"}
    checked = proofs.check_proof(world.get("officer", f"{path}/proof").json())
    assert checked.size == entry["receipt"]["checkpoint_size"]


def test_an_entry_without_a_checkpoint_has_no_proof_yet(world):
    body = world.hand_in()
    world.post("officer", "/submissions", body)
    settle()
    entry = world.get("officer", f"/submissions/{body['client_id']}").json()["entry"]
    assert world.get("officer", f"/ledger/entries/{entry}/proof").status_code == 422


def test_anybody_may_follow_the_checkpoints(world, client):
    last = client.get("/api/v1/ledger/checkpoint").json()
    assert last["protection"]["text"] == "未防管理员"
    proof = client.get("/api/v1/ledger/consistency", {"old": 5}).json()
    path = [bytes.fromhex(one) for one in proof["path"]]
    roots = bytes.fromhex(proof["old_root"]), bytes.fromhex(last["root"])
    assert merkle.verify_consistency(5, last["size"], *roots, path)
    assert client.get("/api/v1/ledger/consistency", {"old": last["size"] + 1}).status_code == 422
    assert client.get("/api/v1/ledger/consistency", {"old": 0}).status_code == 400


def test_there_is_no_checkpoint_before_the_first(db, client):
    assert client.get("/api/v1/ledger/checkpoint").status_code == 404
    assert client.get("/api/v1/ledger/consistency?old=1").status_code == 404


def test_a_packs_content_gives_its_hash(world):
    (row,) = world.get("officer", "/packs").json()["items"]
    assert row["in_force"] == [{"unit_id": str(world.cast.district.pk), "from_day": "2026-10-01"}]
    pack = world.get("officer", f"/packs/{row['issuer']}/{row['version']}").json()
    assert hashlib.sha256(canon.dumps(pack["content"])).hexdigest() == pack["hash"] == row["hash"]
    assert world.get("officer", "/packs/trial/1999.1").status_code == 404


def test_instants_carry_the_chinese_offset(world):
    duty = world.get("desk", f"/duties/{world.duty(world.cast.primary_east).pk}").json()
    deadline = datetime.fromisoformat(duty["deadline"])
    assert deadline.utcoffset() == timedelta(hours=8)
    assert duty["due"] == date(2026, 11, 30).isoformat()
    assert json.dumps(duty)


def test_a_refused_submission_leaves_nothing(world):
    with transaction.atomic(), on(TODAY):
        before = Entry.objects.count()
        world.post("officer", "/submissions", world.hand_in(answers={}))
        assert Entry.objects.count() == before

"""Documents, registers, successions, people and imports over the wire."""

from __future__ import annotations

from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext

from anze.domains.facilities.registers import FIRE
from anze.engines.registers import services as registers
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import services as people
from anze.kernel.units import services as units
from tests.api.world import BLANKET

THINGS = "/registers/fire_equipment"


def test_a_document_leads_to_its_files_and_is_seen_by_its_own(world):
    listed = world.get("officer", "/documents", state="issued").json()
    assert [one["title"] for one in listed["items"]] == ["通报"]
    assert world.get("officer", "/documents", state="void").json()["items"] == []
    assert world.get("officer", "/documents", since="2026-11-06").json()["items"] == []
    assert world.get("junior_head", "/documents").json()["items"] == []
    one = world.get("officer", f"/documents/{world.document.pk}").json()
    assert [file["form"] for file in one["files"]] == ["pdf", "docx"]
    assert one["files"][0]["sha256"] == world.file.sha256
    assert world.client("officer").get(one["files"][0]["url"]).status_code == 200


def test_a_thing_is_registered_once_changed_by_version_and_ended(world):
    body = {"client_id": str(uuid4()), "unit": str(world.cast.primary_east.pk), "values": BLANKET}
    answers = [world.post("officer", THINGS, body) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 200]
    made = answers[0].json()
    assert answers[1].json()["id"] == made["id"]
    path = f"{THINGS}/{made['id']}"
    change = {"version": 1, "values": {**BLANKET, "position": "门厅"}}
    assert world.post("officer", f"{path}/change", change).json()["version"] == 2
    stale = {"version": 1, "values": {**BLANKET, "position": "二楼"}}
    answer = world.post("officer", f"{path}/change", stale)
    assert (answer.status_code, answer.json()["remedy"] != "") == (409, True)
    wrong = world.post("officer", THINGS, {**body, "client_id": str(uuid4()), "values": {}})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "kind")
    for _again in range(2):
        ended = world.post("officer", f"{path}/end", {"reason": "lost"}).json()
        assert (ended["state"], ended["end_reason"]) == ("ended", "lost")
    told = world.get("officer", path).json()
    assert [part["kind"] for part in told["history"]] == [
        "register.added", "register.changed", "register.ended",
    ]  # fmt: skip
    assert told["values"] == {"kind": "fire_blanket", "position": "门厅"}


def test_registers_say_their_fields_and_what_stands_in_them(world):
    found = {one["code"]: one for one in world.get("officer", "/registers").json()}
    fire = found["fire_equipment"]
    assert (fire["in_use"], fire["over"]) == (1, 0)
    assert {one["name"] for one in fire["fields"] if one["computed"]} == {
        "service_due", "scrap_on",
    }  # fmt: skip
    assert world.get("officer", "/registers/nothing").status_code == 404
    listed = world.get("officer", THINGS, state="in_use").json()
    assert (listed["count"], listed["items"][0]["code"]) == (1, world.thing.code)
    assert world.get("officer", THINGS, state="ended").json()["count"] == 0
    assert world.get("officer", THINGS, due_before="2026-12-01").json()["count"] == 0
    assert world.get("junior_head", THINGS).json()["count"] == 0


def test_a_merged_unit_and_its_successor_name_each_other(world):
    cast, ctx = world.cast, Ctx.system()
    units.merge(ctx, [cast.kindergarten.pk], into=cast.primary.pk, on=ctx.today)
    told = world.get("desk", f"/units/{cast.primary.pk}/successions").json()
    assert [(one["predecessor"]["name"], one["how"]) for one in told] == [("小荷幼儿园", "merged")]
    assert world.get("desk", f"/units/{cast.kindergarten.pk}/successions").json() == told
    assert world.get("desk", f"/units/{cast.junior.pk}/successions").json() == []


def test_people_are_listed_in_scope_with_masked_phones(world):
    accounts = world.get("officer", "/people/accounts", limit=200).json()["items"]
    assert {one["name"] for one in accounts} == {"林校", "程全", "许静", "石磊"}
    assert all("****" in one["phone"] for one in accounts)
    desk = world.get("desk", "/people/accounts", limit=200)
    assert "1390000" not in desk.content.decode()
    assert world.get("officer", "/people/accounts", active="false").json()["items"] == []
    posts = world.get("officer", "/people/posts", post="guard").json()["items"]
    assert [one["person"] for one in posts] == ["石磊"]
    roles = world.get("desk", "/people/roles").json()["items"]
    assert {one["role"] for one in roles} >= {"inspector", "sysadmin"}
    assert world.get("teacher", "/people/accounts").status_code == 403


def test_a_post_that_falls_vacant_with_open_work_is_listed(world):
    def vacant():
        found = world.get("desk", "/people/vacancies", limit=200).json()["items"]
        return {(one["unit"]["id"], post["post"]) for one in found for post in one["posts"]}

    before = vacant()
    for holding in world.cast.officer.holdings.all():
        people.end_post(Ctx.system(), holding.pk, until=world.ctx("desk").today)
    assert {post for _, post in vacant() - before} == {"safety_officer"}


def test_an_import_shows_how_far_it_is_and_that_it_was_taken_back(world):
    listed = world.get("officer", "/imports", state="undone").json()["items"]
    assert [(one["file_name"], one["undone"]) for one in listed] == [("台账.xlsx", 3)]
    one = world.get("officer", f"/imports/{world.batch.pk}").json()
    assert (one["counts"], one["undo_begun"] is not None) == ({"new": 3}, True)
    assert world.get("officer", "/imports", state="done").json()["items"] == []
    assert world.get("junior_head", "/imports").json()["items"] == []


def test_none_of_these_lists_asks_once_per_row(world):
    client = world.client("officer")

    def cost(path):
        client.get(f"/api/v1{path}")
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/api/v1{path}").status_code == 200
        return len(seen)

    paths = [THINGS, "/people/accounts", "/people/posts", "/documents", "/imports"]
    few = {path: cost(path) for path in paths}
    ctx = world.ctx("officer")
    for number in range(6):
        registers.add(ctx, FIRE, world.cast.primary_east.pk, BLANKET)
        user = people.create_account(
            Ctx.system(), username=f"more{number}", name=f"增{number}",
            phone=f"1380000000{number}", unit_id=world.cast.primary.pk,
        )  # fmt: skip
        people.give_post(Ctx.system(), user.pk, unit_id=world.cast.primary.pk, post="teacher",
                         since=ctx.today)  # fmt: skip
        world.batch.pk = uuid4()
        world.batch.save(force_insert=True)
        world.document.pk, world.document.code = uuid4(), f"MORE{number}"
        world.document.save(force_insert=True)
    assert {path: cost(path) for path in paths} == few

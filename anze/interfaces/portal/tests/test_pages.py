"""Each page opens for whom it is meant, hides what is out of scope, and counts what it lists."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from anze.engines.duties import services
from anze.engines.duties.models import Occurrence
from anze.interfaces.portal.pages import plan as plan_pages
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger.models import Entry
from anze.kernel.packs import schema

WEEK = "2026-W45"


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def listed(client: Client, address: str) -> int:
    found = re.search(r"共 ([\d,]+) 条", page(client, address))
    return int(found.group(1).replace(",", "")) if found else 0


def addresses(stage) -> dict[str, str]:
    cast = stage.cast
    occ = stage.occ("WALK-WEEK", cast.junior_campus, "2026-W48")
    return {
        "unit": f"/units/{cast.junior.pk}/",
        "codes": f"/units/{cast.junior.pk}/qr/",
        "duty": f"/duties/{occ.pk}/",
    }


def test_what_lies_out_of_scope_is_not_there(stage, client_for):
    for person in (stage.cast.outsider, stage.cast.officer):
        client = client_for(person)
        for address in addresses(stage).values():
            page(client, address, 404)


def test_a_plan_that_binds_another_district_only_has_no_board_here(stage, client_for):
    assert "每周校园巡查" in page(client_for(stage.cast.desk), "/plan/")
    outsider = client_for(stage.cast.outsider)
    assert "每周校园巡查" not in page(outsider, "/plan/")
    page(outsider, "/plan/?pack=stage", 404)
    page(outsider, "/plan/stage/1.1/", 404)


def test_what_is_in_scope_but_not_allowed_is_refused(stage, client_for):
    cast = stage.cast
    occ = stage.occ("WALK-WEEK", cast.primary_west, WEEK)
    teacher = client_for(cast.teacher)
    page(teacher, "/plan/", 403)
    page(teacher, "/late/", 403)
    assert teacher.post(f"/duties/{occ.pk}/waive/").status_code == 403


@pytest.mark.parametrize("person", ["desk", "leader", "town_officer", "principal", "officer"])
def test_every_page_opens_for_those_who_work_with_it(stage, client_for, person):
    cast = stage.cast
    client = client_for(cast.people[person])
    occ = stage.occ("WALK-WEEK", cast.primary_west, WEEK)
    for address in (
        "/", "/units/", f"/units/{cast.primary.pk}/?month=2026-11", "/plan/",
        "/plan/?on=2026-11-10", "/plan/stage/1.1/", "/plan/stage/2.2/", "/duties/",
        f"/duties/{occ.pk}/", "/heat/",
        "/ledger/", "/packs/", "/packs/stage/2026.1/",
    ):  # fmt: skip
        html = page(client, address)
        assert "style=" not in html
        assert " onclick" not in html


def test_wrong_addresses_say_what_is_wrong(stage, client_for):
    client = client_for(stage.cast.desk)
    page(client, "/plan/?on=2026-13-01", 422)
    page(client, "/plan/?pack=nobody", 404)
    page(client, "/plan/stage/9.9/", 404)
    page(client, "/duties/999999/", 404)
    page(client, f"/units/{stage.cast.junior.pk}/?month=x", 422)
    page(client, "/heat/?town=x", 404)
    page(client, "/late/?unit=x", 404)
    page(client, "/packs/stage/1999.1/", 404)


def test_the_board_is_honest_about_every_sort_of_clause(stage, client_for):
    html = page(client_for(stage.cast.desk), "/plan/")
    assert "宣示性条文：说明认识和方向" in html
    assert "这一条还没有配要求" in html
    assert "有 1 条还没有配要求" in html
    assert "科室每月协调" in html
    assert "默认值，可由局调整" in html
    assert "不属于条款的要求" in html
    assert "重构稿" not in html


def test_a_reconstruction_says_so() -> None:
    assert plan_pages.mark("reconstruction").ours
    spec = schema.Requirement.model_validate(
        {
            "ref": "X",
            "title": "x",
            "basis": ["A"],
            "why": "x",
            "reader": "x",
            "level": "unit",
            "who": "x",
            "every": "month",
            "due": {"day": "last"},
            "met_by": {"entry": "a.b"},
            "confidence": "reconstruction",
        }  # fmt: skip
    )
    assert plan_pages.weakest(spec, []).text == "重构稿，非正式文本"


@pytest.mark.parametrize("on", ["", "2026-11-15"])
def test_every_number_of_the_board_is_the_number_of_rows_behind_it(stage, client_for, on):
    client = client_for(stage.cast.desk)
    found = plan_pages.board_page(
        stage.cast.ctx("desk"), "stage", date.fromisoformat(on) if on else None
    )
    lines = [line for head in found.heads for clause in head.clauses for line in clause.lines]
    assert sum(line.asked.now.total for line in lines)
    for line in lines:
        for state in ("met", "met_late", "missed", "owed", "waived"):
            number = getattr(line.asked.now, state)
            assert listed(client, f"{line.now}&state={state}") == number
    assert listed(client, f"{found.rows}&state=done") == found.total.done


def test_the_board_of_a_past_day_does_not_know_what_came_later(stage, client_for):
    before = plan_pages.board_page(stage.cast.ctx("desk"), "stage", date(2026, 11, 10))
    stage.walk(stage.cast.primary_west, date(2026, 11, 9))
    after = plan_pages.board_page(stage.cast.ctx("desk"), "stage", date(2026, 11, 10))
    assert [h.clauses[0].now for h in before.heads] == [h.clauses[0].now for h in after.heads]
    html = page(client_for(stage.cast.desk), "/plan/?on=2026-11-10")
    assert "当时已知" in html


def test_an_occurrence_says_why_and_leads_to_its_entries(stage, client_for):
    cast = stage.cast
    occ = stage.occ("WALK-FAR", cast.primary_east, "2026-11")
    html = page(client_for(cast.principal), f"/duties/{occ.pk}/")
    assert "圈数不少于 5 圈" in html
    assert "于 11月8日 周日 09:00 达到要求" in html
    assert "刚才按存证重新算过，与记录一致" in html
    assert "圈数 <strong>6 圈</strong>" in html
    assert stage.pack.hash in html
    assert "巡查办法" in html
    entry = re.search(r'href="(/ledger/[0-9a-f-]+/)">校园巡查', html)
    assert entry
    page(client_for(cast.principal), entry.group(1))


def test_an_open_occurrence_says_what_is_missing(stage, client_for):
    occ = stage.occ("WALK-WEEK", stage.cast.primary_west, WEEK)
    html = page(client_for(stage.cast.officer), f"/duties/{occ.pk}/")
    assert "还差 1 次" in html
    assert "去填报" in html


def test_two_people_waive_what_is_past_its_deadline(stage, client_for):
    cast = stage.cast
    occ = stage.occ("WALK-WEEK", cast.primary_west, WEEK)
    desk, leader, at = client_for(cast.desk), client_for(cast.leader), f"/duties/{occ.pk}/"
    assert desk.post(f"{at}waive/", {"reason": "other", "words": ""}).status_code == 422
    assert desk.post(f"{at}waive/", {"reason": "other", "words": "校舍停用"}).status_code == 302
    stage.settle()
    assert "请另一位有权限的人员" in page(desk, at)
    assert desk.post(f"{at}confirm/", {"words": "同意"}).status_code == 422
    assert Occurrence.objects.get(pk=occ.pk).state == "missed"
    assert leader.post(f"{at}confirm/", {"words": "同意"}).status_code == 302
    stage.settle()
    assert Occurrence.objects.get(pk=occ.pk).state == "waived"
    assert "豁免单独计数" in page(leader, at)
    assert leader.post(f"{at}lift/").status_code == 302
    stage.settle()
    assert Occurrence.objects.get(pk=occ.pk).state == "missed"


def test_what_cannot_be_waived_offers_no_form(stage, client_for):
    occ = stage.occ("DESK-MONTH", stage.cast.section, "2026-11")
    html = page(client_for(stage.cast.leader), f"/duties/{occ.pk}/")
    assert "这项要求不能豁免" in html
    assert 'name="reason"' not in html


def test_a_unit_page_names_who_answers_and_says_where_nobody_does(stage, client_for):
    cast = stage.cast
    html = page(client_for(cast.desk), f"/units/{cast.primary.pk}/")
    assert "程全" in html
    html = page(client_for(cast.desk), f"/units/{cast.kindergarten.pk}/")
    assert "<strong>无人</strong>" in html


def test_a_unit_page_shows_what_is_missing_due_and_done(stage, client_for):
    html = page(client_for(stage.cast.desk), f"/units/{stage.cast.primary.pk}/")
    missing, due, done = (
        html.split(f"po-part-{part}")[1].split("</section>")[0]
        for part in ("missing", "due", "done")
    )
    assert "未完成" in missing
    assert "待办" in due
    assert "已完成" in done


def test_every_place_has_a_code_to_scan(stage, client_for):
    from anze.kernel.units import services as units

    cast = stage.cast
    place = units.add_place(Ctx.system(), cast.primary_east.pk, name="东门", category="gate")
    html = page(client_for(cast.officer), f"/units/{cast.primary.pk}/qr/")
    assert "<svg" in html
    assert place.token in html


def test_the_heat_map_counts_what_its_cells_lead_to(stage, client_for):
    client = client_for(stage.cast.desk)
    html = page(client, "/heat/")
    cells = re.findall(r'href="(/duties/\?unit=[^"]+)" title="[^"]+到期 (\d+) 项', html)
    assert cells
    for address, count in cells[:6]:
        assert listed(client, address.replace("&amp;", "&")) == int(count)


def test_units_are_found_by_name_pinyin_initials_kind_and_town(stage, client_for):
    client = client_for(stage.cast.desk)
    assert "临湖小学" in page(client, "/units/?q=linhu")
    assert "临湖小学" in page(client, "/units/?q=lhxx")
    assert "临湖小学" not in page(client, "/units/?kind=junior")
    assert "星湖初级中学" not in page(client, f"/units/?town={stage.cast.town.pk}")
    assert "临湖小学" in page(client, f"/units/?town={stage.cast.town.pk}")
    assert client.get("/units/?export=csv").status_code == 200


REMIND = "/-/bulk/late/"


def reminding(client, **chosen):
    """Choose rows to be reminded; return the page that says what would be done."""
    return client.post(REMIND, {"do": "remind", **chosen}, follow=True)


def test_reminding_says_how_many_and_tells_the_holder(stage, client_for):
    cast = stage.cast
    occ = stage.occ("WALK-WEEK", cast.primary_west, WEEK)
    done = stage.occ("WALK-WEEK", cast.primary_east, WEEK)
    desk = client_for(cast.desk)
    asked = reminding(desk, ids=[occ.pk, done.pk])
    assert "催办 1 项" in asked.content.decode()
    assert "已经办过，或不在您的范围内" in asked.content.decode()
    assert "收不回来" in asked.content.decode()
    assert not cast.officer.notices.exists()
    told = desk.post(asked.request["PATH_INFO"] + "do/", follow=True)
    assert "已催办 1 项" in told.content.decode()
    notice = cast.officer.notices.get()
    assert notice.title == "催办：每周校园巡查"
    assert notice.link.rstrip("/") == f"/duties/{occ.pk}"
    stage.settle()
    assert "催过" in page(desk, "/late/")
    again = reminding(desk, ids=[occ.pk]).content.decode()
    assert "今天已经催过" in again
    assert "没有可以办的" in again


def test_all_that_match_a_filter_are_reminded_without_naming_one(stage, client_for):
    cast = stage.cast
    desk = client_for(cast.desk)
    asked = reminding(desk, all="1", query=f"unit={cast.primary.pk}")
    desk.post(asked.request["PATH_INFO"] + "do/")
    reminded = {entry.unit_id for entry in Entry.objects.filter(kind="duties.reminded")}
    assert reminded
    assert reminded <= {cast.primary.pk, cast.primary_west.pk, cast.primary_east.pk}


def test_who_may_not_remind_chooses_nothing(stage, client_for):
    occ = stage.occ("WALK-WEEK", stage.cast.primary_west, WEEK)
    assert reminding(client_for(stage.cast.guard), ids=[occ.pk]).status_code == 403


def test_a_reminder_for_a_vacant_post_goes_to_the_head(stage, client_for):
    from anze.kernel.people import services as people

    cast = stage.cast
    day = date(2026, 11, 20)
    people.end_post(stage.ctx(day), cast.officer.holdings.get().pk, until=day)
    occ = stage.occ("WALK-WEEK", cast.primary_west, WEEK)
    services.remind(cast.ctx("desk"), [occ.pk])
    assert cast.principal.notices.exists()
    assert not cast.officer.notices.exists()
    entry = Entry.objects.get(kind="duties.reminded")
    assert entry.data["recipients"] == 1


def test_a_reminder_says_how_many_people_it_reached(stage, client_for):
    from anze.kernel.people import services as people

    cast = stage.cast
    held = cast.officer.holdings.get()
    people.give_post(
        stage.ctx(date(2026, 11, 20)), cast.teacher.pk, unit_id=held.unit_id, post="safety_officer"
    )
    occ = stage.occ("WALK-WEEK", cast.primary_west, WEEK)
    services.remind(cast.ctx("desk"), [occ.pk])
    people.end_post(stage.ctx(date(2026, 11, 20)), held.pk, until=date(2026, 11, 20))
    services.remind(cast.ctx("desk"), [occ.pk])
    entry = Entry.objects.get(kind="duties.reminded")
    assert entry.data["recipients"] == 2
    assert cast.officer.notices.exists()
    assert cast.teacher.notices.exists()


def test_nobody_is_reminded_outside_the_reach_of_the_reminder(stage, client_for):
    occ = stage.occ("WALK-WEEK", stage.cast.kindergarten_campus, WEEK)
    answer = reminding(client_for(stage.cast.principal), ids=[occ.pk])
    assert answer.status_code == 422 or "没有选中" in answer.content.decode()
    assert not Entry.objects.filter(kind="duties.reminded").exists()


def test_who_lacks_is_also_one_plain_list_that_filters_and_exports(stage, client_for):
    desk = client_for(stage.cast.desk)
    html = page(desk, "/late/?by=list")
    assert "data-pick-matching" in html
    assert "催办" in html
    assert desk.get("/late/?by=list&export=csv").status_code == 200


def test_the_same_duty_of_two_packs_is_reminded_once(stage, client_for):
    html = page(client_for(stage.cast.desk), f"/late/?unit={stage.cast.kindergarten.pk}")
    assert "每周校园巡查" in html
    assert "每周巡查（另一处写法）</a>" not in html

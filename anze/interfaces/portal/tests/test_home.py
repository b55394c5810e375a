"""Home: what I owe today, down to zero."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

from anze.interfaces.portal.mine import mine
from anze.interfaces.portal.tests.stage import TODAY
from anze.kernel.bus import clock
from anze.kernel.ledger import services as ledger
from anze.kernel.people import services as people


def titles(lines) -> list[tuple[str, str]]:
    return [(line.first.requirement.title, line.first.unit.name) for line in lines]


def test_the_officer_of_a_school_sees_what_its_campuses_owe(stage):
    owed = mine(stage.cast.ctx("officer"))
    west = ("每周校园巡查", "临湖小学西校区")
    assert west in titles(owed.overdue)
    assert west in titles(owed.week)
    assert not any(unit == "星湖初级中学" for _, unit in titles(owed.overdue + owed.week))


def test_the_same_duty_of_two_requirements_is_one_line(stage):
    owed = mine(stage.cast.ctx("officer"))
    lines = [line for line in owed.week if line.first.unit_id == stage.cast.primary_west.pk]
    weekly = [line for line in lines if line.first.requirement.every == "week"]
    assert len(weekly) == 1
    assert len(weekly[0].also) == 1


def test_a_post_nobody_holds_falls_to_the_head(stage):
    cast = stage.cast
    assert not mine(cast.ctx("principal")).overdue
    people.end_post(
        stage.ctx(date(2026, 11, 20)),
        cast.officer.holdings.get().pk,
        until=date(2026, 11, 21),
    )
    assert mine(cast.ctx("principal")).overdue
    assert not mine(cast.ctx("officer")).holdings


def test_a_record_taken_back_returns_to_me(stage):
    cast = stage.cast
    entry = stage.walk(cast.primary_west, TODAY)
    assert ("每周校园巡查", "临湖小学西校区") not in titles(mine(cast.ctx("officer")).week)
    ledger.retract(stage.ctx(TODAY, 11), entry, "mistake")
    stage.settle()
    owed = mine(cast.ctx("officer"))
    assert ("每周校园巡查", "临湖小学西校区") in titles(owed.returned)
    assert ("每周校园巡查", "临湖小学西校区") not in titles(owed.week)


def test_the_count_reaches_zero_and_the_page_says_so(stage, client_for):
    cast = stage.cast
    page = client_for(cast.officer).get("/").content.decode()
    count = mine(cast.ctx("officer")).count
    assert count > 0
    assert f"还有 {count} 件要办" in page
    for campus in (cast.primary_east, cast.primary_west):
        for day in (2, 9, 16):
            stage.walk(campus, date(2026, 11, day), rounds=9)
    assert mine(cast.ctx("officer")).count == 0
    assert "今天要办的都办完了" in client_for(cast.officer).get("/").content.decode()


def test_each_line_leads_to_its_form_for_its_unit(stage, client_for):
    page = client_for(stage.cast.officer).get("/").content.decode()
    assert f"/forms/stage/walk/?unit={stage.cast.primary_west.pk}" in page
    assert "同时满足" in page


def test_the_desk_sees_its_own_duties_then_the_district(stage, client_for):
    page = client_for(stage.cast.desk).get("/").content.decode()
    assert page.index("科室每月协调") < page.index("全区情况")
    assert "落后的条款" in page
    assert "谁还没报" in page


def test_a_campus_is_folded_into_its_unit_among_the_silent(stage, client_for):
    from anze.interfaces.portal.pages.home import home

    names = [name for name, _, _ in home(stage.cast.ctx("desk")).picture.silent]
    assert "临湖小学" in names
    assert not any("校区" in name for name in names)


def test_what_was_missed_long_ago_is_a_number_that_leads_to_its_rows(stage, client_for):
    from anze.engines.duties.models import Occurrence

    cast = stage.cast
    client = client_for(cast.officer)
    assert "更早未完成" not in client.get("/").content.decode()
    missed = Occurrence.objects.filter(unit=cast.primary_west, state="missed")
    old = missed.values_list("pk", flat=True)[:2]
    count = Occurrence.objects.filter(pk__in=list(old)).update(due=TODAY - timedelta(days=46))
    page = client.get("/").content.decode()
    found = re.search(r'更早未完成 <a class="az-why num" href="([^"]+)">(\d+)</a>', page)
    assert int(found[2]) == count > 0
    rows = client.get(html.unescape(found[1])).content.decode()
    assert f"共 {count} 条" in rows


def test_an_account_without_posts_is_told_what_to_do(stage, client_for):
    page = client_for(stage.cast.nobody).get("/").content.decode()
    assert "您还没有岗位" in page
    assert "请本单位负责人" in page


def test_the_menu_carries_the_open_count(stage, client_for):
    count = mine(stage.cast.ctx("officer")).count
    page = client_for(stage.cast.officer).get("/units/").content.decode()
    assert f'title="{count} 项待处理"' in page


def test_a_waiver_waits_for_another_signature(stage, client_for):
    from anze.engines.duties import services

    cast = stage.cast
    occ = stage.occ("WALK-WEEK", cast.primary_west, "2026-W45")
    services.propose_waiver(cast.ctx("desk"), occ.pk, "suspended", "校舍停用")
    stage.settle()
    assert "待您批准" in client_for(cast.leader).get("/").content.decode()
    assert "待您批准" not in client_for(cast.desk).get("/").content.decode()


def test_today_is_the_clock_of_the_house(stage):
    assert clock.today() == TODAY

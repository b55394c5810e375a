"""The pages of registers and audits as people and phones ask for them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from anze.domains.facilities.models import FireEquipment
from anze.domains.facilities.registers import FIRE
from anze.domains.facilities.tests.world import POWDER
from anze.engines.registers import services
from anze.engines.registers.models import Audit

LIST = "/registers/fire_equipment/"


@pytest.fixture
def officer(school, client_for):
    return client_for(school.cast.officer)


def typed(school, **more):
    return POWDER | {"unit": str(school.cast.primary_east.pk), "client_id": str(uuid4())} | more


def test_a_form_for_nobody_elses_body_writes_nothing(school, client_for):
    """What names no body of one's own is refused, never written to another one."""
    others = school.cast.junior_campus.pk
    for who in (school.cast.desk, school.cast.officer, school.cast.principal):
        client = client_for(who)
        sent = typed(school, unit=str(others if who != school.cast.desk else uuid4()))
        assert client.post(f"{LIST}add/", sent).status_code in (403, 404, 422), who
        audit = {"unit": sent["unit"], "registers": [FIRE.code]}
        assert client.post("/registers/audits/start/", audit).status_code in (403, 404, 422), who
    assert not FireEquipment.objects.exists()
    assert not Audit.objects.exists()


def test_every_page_answers_and_says_what_is_there(school, officer):
    thing = school.add(school.gate, made_on="2010-01-01")
    pages = {
        "/registers/": "已过期",
        LIST: "XF-0001",
        f"{LIST}?ends=over": "XF-0001",
        f"{LIST}?ends=soon": "没有符合条件",
        f"{LIST}?state=ended": "没有符合条件",
        f"{LIST}?kind=water": "没有符合条件",
        f"{LIST}?q=XF-0001": "XF-0001",
        f"{LIST}?sort=-code&unit={school.cast.primary.pk}": "XF-0001",
        f"{LIST}add/": "登记消防器材",
        f"{LIST}labels/": "az-qr",
        f"{LIST}labels/?thing={thing.pk}": thing.token[:4],
        f"{LIST}{thing.pk}/": "台账登记",
        f"{LIST}{thing.pk}/edit/": "一楼东侧",
        "/registers/security_equipment/": "还没有登记",
        "/registers/special_equipment/add/": "下次检验日期",
        "/registers/audits/": "还没有盘点过",
        "/registers/audits/start/": "消防器材",
    }
    for address, words in pages.items():
        answer = officer.get(address)
        assert answer.status_code == 200, address
        assert words in answer.content.decode(), address


def test_the_export_holds_every_field(school, officer):
    school.add()
    answer = officer.get(f"{LIST}?export=csv")
    text = b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode()
    assert "2029-05-10" in text
    assert "应报废日期" in text


def test_a_form_makes_one_thing_and_keeps_what_was_typed_when_it_is_wrong(school, officer):
    sent = typed(school)
    for _again in range(2):
        assert officer.post(f"{LIST}add/", sent).status_code == 302
    assert FireEquipment.objects.count() == 1
    answer = officer.post(f"{LIST}add/", typed(school, made_on="", position="三楼走廊"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "灭火器要填出厂日期" in page
    assert "三楼走廊" in page
    answer = officer.post(f"{LIST}add/", typed(school, code="XF-0001"))
    assert answer.status_code == 422
    assert "已登记" in answer.content.decode()


def test_a_stale_form_shows_both_values_and_the_second_try_writes(school, officer):
    thing = school.add()
    school.change(thing, position="二楼")
    mine = {**POWDER, "position": "三楼", "version": "1", "place": ""}
    answer = officer.post(f"{LIST}{thing.pk}/edit/", mine)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "二楼" in page
    assert "三楼" in page
    assert 'name="version" value="2"' in page
    answer = officer.post(f"{LIST}{thing.pk}/edit/", mine | {"version": "2"})
    assert answer.status_code == 302
    thing.refresh_from_db()
    assert thing.position == "三楼"


def test_ending_asks_for_a_reason(school, officer):
    thing = school.add()
    assert officer.post(f"{LIST}{thing.pk}/end/", {"on": "昨天"}).status_code == 422
    assert officer.post(f"{LIST}{thing.pk}/end/", {"reason": ""}).status_code == 422
    assert officer.post(f"{LIST}{thing.pk}/end/", {"reason": "scrapped"}).status_code == 302
    assert "已停用" in officer.get(f"{LIST}{thing.pk}/").content.decode()
    assert "XF-0001" not in officer.get(LIST).content.decode()
    assert "XF-0001" in officer.get(f"{LIST}?state=ended").content.decode()


def test_a_label_leads_to_its_thing_within_scope_only(school, officer, client_for):
    thing = school.add()
    for written in (thing.token, thing.token.lower(), f"{thing.token}/"):
        answer = officer.get(f"/t/{written}", follow=True)
        assert "XF-0001" in answer.content.decode()
    unknown = officer.get("/t/F00000000000")
    assert unknown.status_code == 404
    assert "没有这个标签" in unknown.content.decode()
    assert client_for(school.cast.junior_officer).get(f"/t/{thing.token}").status_code == 404
    from django.test import Client

    answer = Client().get(f"/t/{thing.token}")
    assert answer.status_code == 302
    assert "/sign-in/" in answer["Location"]
    assert thing.token in answer["Location"]


def test_who_may_not_edit_sees_no_buttons_and_is_refused(school, client_for):
    thing = school.add()
    guard = client_for(school.cast.guard)
    assert "/edit/" not in guard.get(f"{LIST}{thing.pk}/").content.decode()
    assert guard.get(f"{LIST}{thing.pk}/edit/").status_code == 403
    assert client_for(school.cast.junior_head).get(f"{LIST}{thing.pk}/").status_code == 404
    assert client_for(school.cast.nobody).get(LIST).status_code == 403


def test_an_audit_on_the_phone_from_begin_to_result(school, officer, client_for):
    things = [school.add(school.gate), school.add(school.canteen), school.add(school.canteen)]
    guard = client_for(school.cast.guard)
    begun = {"unit": str(school.cast.primary_east.pk), "registers": ["fire_equipment"]}
    answer = guard.post("/registers/audits/start/", begun)
    assert answer.status_code == 302, answer.content.decode()
    address = answer["Location"]
    line = Audit.objects.get().lines.get(thing_id=things[0].pk)
    tick = {"line": line.pk, "tap": str(uuid4())}
    assert guard.post(f"{address}see/", tick, headers={"X-Anze-Tap": "1"}).status_code == 204
    guard.post(f"{address}see/", {"label": school.gate.token, "tap": str(uuid4())})
    guard.post(
        f"{address}see/", {"label": f"https://x.example/t/{things[1].token}", "tap": str(uuid4())}
    )
    page = guard.get(address).content.decode()
    assert "登记在 食堂，见于 校门" in page
    assert guard.post(f"{address}see/", {"label": "F00000000000"}).status_code == 422
    assert guard.post(f"{address}unknown/", {"words": "", "register": FIRE.code}).status_code == 422
    guard.post(f"{address}unknown/", {"words": "三楼一具", "register": FIRE.code})
    assert "见到了" in guard.get(f"{LIST}{things[2].pk}/").content.decode()
    assert "已见 2，未见 1，未登记 1" in guard.get("/registers/audits/").content.decode()
    guard.post(f"{address}close/")
    result = officer.get(address).content.decode()
    for words in ("应有未见", "XF-0003", "三楼一具", "补登"):
        assert words in result
    assert "盘点未见" in officer.get(f"{LIST}?state=missing").content.decode()
    assert guard.post(f"{address}see/", tick | {"tap": str(uuid4())}).status_code == 409
    officer.post(f"{LIST}{things[2].pk}/found/")
    assert "没有符合条件" in officer.get(f"{LIST}?state=missing").content.decode()


def test_a_list_asks_as_often_for_three_rows_as_for_thirty(school, officer):
    def asked():
        officer.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            officer.get(LIST)
        return len(queries)

    for _ in range(3):
        school.add(school.gate)
    few = asked()
    for _ in range(22):
        services.add(school.cast.ctx("officer"), FIRE, school.cast.primary_east.pk, POWDER)
    assert asked() == few

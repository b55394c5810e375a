"""The pages of people's affairs: who sees them, what they do, and what they refuse."""

from datetime import datetime, timedelta

import pytest

from anze.interfaces.personnel.lists import AccountList
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger.models import Entry
from anze.kernel.people import burdens, services
from anze.kernel.people.models import Deputy, Device, Holding, Proposal, Token, User
from anze.kernel.people.services.proposals import waiting_for

TODAY, DAY = clock.today(), timedelta(days=1)
LISTS = [
    "/people/", "/people/posts/", "/people/vacancies/", "/people/roles/", "/people/changes/",
    "/people/why/", "/contacts/",
]  # fmt: skip


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("who", ["sysadmin", "secadmin", "auditor", "desk", "leader", "principal"])
def test_the_lists_open_for_who_sees_people(cast, client_for, who, address):
    answer = client_for(cast.people[who]).get(address)
    assert answer.status_code == 200


def test_a_head_sees_the_people_of_his_own_school_only(cast, client_for):
    said = client_for(cast.principal).get("/people/").content.decode()
    assert "程全" in said
    assert "何平" not in said
    assert client_for(cast.principal).get(f"/people/{cast.junior_head.pk}/").status_code == 404
    assert client_for(cast.teacher).get("/people/").status_code == 403


def test_a_head_makes_an_account_and_hands_out_a_password_once(cast, client_for):
    client = client_for(cast.principal)
    said = {"unit": cast.primary.pk, "post": "teacher", "name": "新人", "username": "new1",
            "phone": ""}  # fmt: skip
    wrong = client.post("/people/new/", {**said, "username": "principal"})
    assert wrong.status_code == 409
    assert "用户名已被使用" in wrong.content.decode()
    assert 'value="新人"' in wrong.content.decode()
    assert client.post("/people/new/", said).status_code == 302
    user = User.objects.get(username="new1")
    page = client.post(f"/people/{user.pk}/password/").content.decode()
    user.refresh_from_db()
    assert user.must_change_password
    assert "只显示这一次" in page
    assert client.post(f"/people/{user.pk}/lock/", {"do": "close"}).status_code == 302
    user.refresh_from_db()
    assert not user.is_active


def test_ending_an_account_ends_its_posts(cast, client_for):
    client = client_for(cast.principal)
    client.post(f"/people/{cast.teacher.pk}/end/")
    cast.teacher.refresh_from_db()
    assert not cast.teacher.is_active
    assert cast.teacher.holdings.get().valid_to == TODAY
    assert Entry.objects.filter(kind="people.account_ended").count() == 1


def test_a_hand_over_moves_the_person_and_names_the_successor(cast, client_for):
    holding = cast.officer.holdings.get()
    client = client_for(cast.desk)
    address = f"/people/posts/{holding.pk}/hand-over/"
    assert client.get(address).status_code == 200
    said = {"day": TODAY, "successor": "许静", "to_unit": cast.junior.pk, "to_post": "teacher"}
    assert client.post(address, {**said, "successor": "无此人"}).status_code == 422
    assert client.post(address, said).status_code == 302
    holding.refresh_from_db()
    assert holding.valid_to == TODAY
    assert Holding.objects.filter(user=cast.teacher, post="safety_officer").exists()
    assert Holding.objects.filter(user=cast.officer, unit=cast.junior).exists()
    entry = Entry.objects.get(kind="people.handed_over")
    assert entry.data["successor"] == str(cast.teacher.pk)
    assert "open" in entry.data


def test_a_head_cannot_move_somebody_into_another_school(cast, client_for):
    holding = cast.teacher.holdings.get()
    said = {"day": TODAY, "to_unit": cast.junior.pk, "to_post": "teacher"}
    answer = client_for(cast.principal).post(f"/people/posts/{holding.pk}/hand-over/", said)
    assert answer.status_code == 422
    assert not Holding.objects.filter(user=cast.teacher, unit=cast.junior).exists()


def test_a_deputy_is_named_by_the_holder_himself(cast, client_for):
    holding = cast.teacher.holdings.get()
    services.give_post(Ctx.system(), cast.nobody.pk, unit_id=cast.primary.pk, post="teacher")
    said = {"person": "白丁", "first_day": TODAY, "last_day": TODAY + DAY}
    answer = client_for(cast.teacher).post(f"/people/posts/{holding.pk}/deputy/", said)
    assert answer.status_code == 302
    assert Deputy.objects.get().user == cast.nobody
    other = client_for(cast.junior_head).get(f"/people/posts/{holding.pk}/deputy/")
    assert other.status_code == 404


def test_a_role_of_the_bureau_goes_over_the_page_of_two(cast, client_for):
    said = {"person": "白丁", "role": "inspector", "unit": cast.district.pk}
    answer = client_for(cast.secadmin).post("/people/roles/grant/", said)
    proposal = Proposal.objects.get()
    assert answer.url == f"/people/changes/{proposal.pk}/"
    decide = f"{answer.url}decide/"
    client_for(cast.secadmin).post(decide, {"do": "confirm"})
    assert not cast.nobody.grants.exists()
    assert "确认生效" in client_for(cast.leader).get(answer.url).content.decode()
    client_for(cast.leader).post(decide, {"do": "confirm"})
    assert cast.nobody.grants.get().role == "inspector"


def test_the_reason_is_told_to_everybody_for_himself_and_to_few_for_others(cast, client_for):
    asked = f"/people/why/?action=people.manage&unit={cast.primary.pk}&person="
    own = client_for(cast.teacher).get(asked + "teacher").content.decode()
    assert "不能管理人员与岗位" in own
    assert "林校" in own
    other = client_for(cast.teacher).get(asked + "principal").content.decode()
    assert "没有找到" in other
    seen = client_for(cast.desk).get(asked + "principal").content.decode()
    assert "林校 可以管理人员与岗位" in seen


def test_a_refusal_leads_to_its_reason(cast, client_for):
    said = client_for(cast.officer).get(f"/people/bodies/{cast.primary.pk}/give/")
    assert said.status_code == 200  # he sees it, the service refuses
    refused = client_for(cast.officer).post(
        f"/people/bodies/{cast.primary.pk}/give/",
        {"person": "许静", "post": "guard", "since": TODAY},
    )
    assert refused.status_code == 403
    assert (
        f"/people/why/?action=people.manage&amp;unit={cast.primary.pk}" in refused.content.decode()
    )


def test_a_token_is_asked_for_and_shown_once(cast, client_for):
    said = {"name": "警务平台", "unit": cast.primary.pk, "role": "inspector",
            "actions": ["units.view"], "until": TODAY + 90 * DAY, "addresses": ""}  # fmt: skip
    page = client_for(cast.sysadmin).post("/people/tokens/new/", said).content.decode()
    token = Token.objects.get()
    assert "anze_" in page
    assert "待确认" in client_for(cast.sysadmin).get(f"/people/tokens/{token.pk}/").content.decode()
    assert client_for(cast.secadmin).get("/people/tokens/new/").status_code == 403
    assert client_for(cast.desk).get("/people/tokens/").status_code == 403


def asked_token(cast):
    wanted = services.Wanted("警务平台", cast.primary.pk, "inspector", ["units.view"],
                             TODAY + 90 * DAY)  # fmt: skip
    return services.propose_token(cast.ctx("sysadmin"), wanted)[0]


def test_the_menu_counts_what_the_actor_could_confirm(cast):
    services.propose_grant(
        cast.ctx("secadmin"), cast.nobody.pk, role="inspector", unit_id=cast.district.pk
    )
    asked_token(cast)  # confirmed with people.grant, which the leader has not
    counts = {who: waiting_for(cast.ctx(who)) for who in ("leader", "secadmin", "sysadmin")}
    assert counts == {"leader": 1, "secadmin": 1, "sysadmin": 0}


def test_a_button_that_is_none_decides_nothing(cast, client_for):
    proposal = asked_token(cast)
    address = f"/people/changes/{proposal.pk}/decide/"
    for said in ({}, {"do": "dance"}):
        assert client_for(cast.sysadmin).post(address, said).status_code == 422
    proposal.refresh_from_db()
    assert proposal.state == "open"


def test_a_token_nobody_will_confirm_does_not_wait_for_it(cast, client_for):
    services.decline(cast.ctx("secadmin"), asked_token(cast).pk)
    admin = client_for(cast.sysadmin)
    for address in ("/people/tokens/", f"/people/tokens/{Token.objects.get().pk}/"):
        said = admin.get(address).content.decode()
        assert "未启用（" in said
        assert "待确认" not in said


def test_a_day_in_a_list_is_the_chinese_one(cast):
    at = datetime(2026, 11, 20, 1, tzinfo=clock.LOCAL)  # the day before in London
    User.objects.filter(pk=cast.principal.pk).update(last_seen=at)
    (row,) = AccountList().prepare([User.objects.get(pk=cast.principal.pk)], cast.ctx("desk"))
    assert row.seen_said == at.date()


def test_phones_are_masked_until_asked_for_and_that_is_an_entry(cast, client_for):
    clerk = client_for(cast.clerk)
    said = clerk.get("/contacts/?q=lx").content.decode()
    assert "林校" in said
    assert "139****0004" in said
    assert cast.principal.phone not in said
    address = f"/contacts/{cast.principal.holdings.get().pk}/"
    assert cast.principal.phone not in clerk.get(address).content.decode()
    assert cast.principal.phone in clerk.post(address).content.decode()
    entry = Entry.objects.get(kind="people.phone_shown")
    assert (entry.actor_id, entry.data["person"]) == (cast.clerk.pk, str(cast.principal.pk))
    assert cast.principal.phone in client_for(cast.desk).get("/contacts/?q=lx").content.decode()


def test_a_correction_shows_the_number_only_to_who_may_see_it(cast, client_for):
    number = cast.principal.phone
    address = f"/people/{cast.principal.pk}/edit/"
    page = client_for(cast.sysadmin).get(address).content.decode()
    assert "现为 139****0004，空着表示不改" in page
    assert number not in page
    client_for(cast.sysadmin).post(address, {"name": "林校长", "phone": ""})
    cast.principal.refresh_from_db()
    assert (cast.principal.name, cast.principal.phone) == ("林校长", number)
    assert number in client_for(cast.principal).get(address).content.decode()


def test_who_may_not_correct_an_account_does_not_see_the_form(cast, client_for):
    services.give_post(Ctx.system(), cast.teacher.pk, unit_id=cast.junior.pk, post="teacher")
    answer = client_for(cast.principal).get(f"/people/{cast.teacher.pk}/edit/")
    assert answer.status_code in (403, 404)
    assert cast.teacher.phone not in answer.content.decode()


def test_a_masked_number_cannot_be_guessed_by_asking_for_it(cast, client_for):
    number = cast.principal.phone
    asked = f"/people/why/?action=people.manage&unit={cast.primary.pk}&person={number}"
    masked = client_for(cast.sysadmin).get(asked).content.decode()
    assert f"没有找到“{number}”" in masked
    assert "林校" not in masked
    assert "林校 可以管理人员与岗位" in client_for(cast.desk).get(asked).content.decode()


def test_an_export_carries_the_mark_of_who_asked(cast, client_for):
    import io

    from python_calamine import CalamineWorkbook

    answer = client_for(cast.clerk).get("/contacts/export.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)
    cells = [str(cell) for row in rows.to_python() for cell in row]
    assert any("导出人：章文（clerk）" in cell for cell in cells)
    assert cast.principal.phone not in cells
    assert Entry.objects.get(kind="people.contacts_exported").data["phones"] == 0


def test_a_vacancy_is_listed_with_what_hangs_on_it_and_goes_to_the_next_holder(
    cast, client_for, monkeypatch
):
    key = (cast.primary_east.pk, "safety_officer")  # owed by a campus, answered for by the unit
    burden = burdens.Burden("事项", lambda _ctx, units: {key: 3} if key[0] in units else {})
    monkeypatch.setattr(burdens, "_burdens", {"trial": burden})
    holding = cast.officer.holdings.get()
    desk = client_for(cast.desk)
    assert "没有空缺" in desk.get("/people/vacancies/").content.decode()
    page = desk.get(f"/people/posts/{holding.pk}/hand-over/").content.decode()
    assert "事项 3 项" in page
    services.end_post(Ctx.system(), holding.pk, until=TODAY)
    said = desk.get("/people/vacancies/").content.decode()
    assert "安全管理人员（3 项）" in said
    assert cast.primary.name in said
    assert "挂着 3 项" in desk.get(f"/people/bodies/{cast.primary.pk}/").content.decode()
    services.give_post(
        Ctx.system(), cast.teacher.pk, unit_id=cast.primary.pk, post="safety_officer"
    )
    assert burdens.open_for(cast.ctx("desk"), cast.primary.pk, "safety_officer") == 3
    assert "没有空缺" in desk.get("/people/vacancies/").content.decode()


def test_a_head_makes_a_tablet_and_sets_pins(cast, client_for):
    client = client_for(cast.principal)
    page = client.post("/people/devices/new/", {"campus": cast.primary_east.pk, "name": "东门"})
    assert "登记码" in page.content.decode()
    assert "待登记" in client.get("/people/devices/").content.decode()
    address = f"/people/devices/{Device.objects.get().pk}/"
    easy = client.post(address, {"person": cast.guard.pk, "pin": "123456"})
    assert (easy.status_code, "太容易猜到" in easy.content.decode()) == (422, True)
    assert client.post(address, {"person": cast.guard.pk, "pin": "480217"}).status_code == 302
    assert client_for(cast.officer).get("/people/devices/").status_code == 403

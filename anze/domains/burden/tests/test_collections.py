"""Data that no requirement asks for: two people, a reason, an end; asked once, answered once."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
import python_calamine
from django.db import IntegrityError, transaction

from anze.domains.burden import reconcile
from anze.domains.burden.models import CollectionAnswer, CollectionTask
from anze.domains.burden.selectors import tasks as selectors
from anze.domains.burden.services import answers, tasks
from anze.domains.burden.services.tasks import Asked, Draft
from anze.engines.registers import spec
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.ledger.models import Entry
from anze.kernel.people import services as people
from anze.kernel.work import jobs
from anze.kernel.work.models import Notice

SHEET = "xl/worksheets/sheet1.xml"
TODAY = date(2026, 11, 6)
FIELDS = (
    Asked("防汛沙袋", "integer"),
    Asked("仓库位置"),
    Asked("看守方式", "choice", ("专人", "兼职")),
    Asked("最近清点日期", "date", required=False),
    Asked("是否上锁", "bool", required=False),
    Asked("每袋重量", "decimal", required=False),
)
VALUES = {"1": "120", "2": "=1+1 车棚", "3": "专人", "4": "2026-11-02", "5": "yes", "6": "12.50"}


@pytest.fixture(autouse=True)
def _today():
    with clock.travel(clock.start_of(TODAY) + timedelta(hours=9)):
        yield


@pytest.fixture
def draft(cast):
    return Draft(
        uuid4(), cast.district.pk, "防汛物资摸底", "台风季前调配", "区防汛指挥部会议纪要 2026-3 号",
        "安全综治科看，用来调配", TODAY + timedelta(days=7), ("primary", "junior"), FIELDS,
    )  # fmt: skip


@pytest.fixture
def running(cast, draft):
    return let_out(cast, draft)


def let_out(cast, draft, who="leader"):
    tasks.keep(cast.ctx("desk"), draft)
    tasks.submit(cast.ctx("desk"), draft.client_id)
    row = tasks.approve(cast.ctx(who), draft.client_id)
    jobs.run_waiting()
    return row


def entries(kind):
    return Entry.objects.filter(kind=f"burden.{kind}").count()


# Drafting and letting out


def test_a_draft_asks_nobody_and_is_ones_own(cast, draft):
    row = tasks.keep(cast.ctx("desk"), draft)
    assert selectors.see(cast.ctx("desk"), row.pk).state == "draft"
    assert not CollectionAnswer.objects.exists()
    with pytest.raises(NotFound):
        selectors.see(cast.ctx("leader"), row.pk)
    with pytest.raises(Conflict):
        tasks.keep(cast.ctx("clerk"), draft)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": " "},
        {"ends": TODAY - timedelta(days=1)},
        {"ends": TODAY + timedelta(days=93)},
        {"kinds": ("palace",)},
        {"fields": tuple(Asked(f"第{n}样东西") for n in range(21))},
        {"fields": (Asked("颜色", "choice", ("红",)),)},
        {"fields": (Asked("颜色", "text", ("红", "蓝")),)},
        {"fields": (Asked("颜色", "photo"),)},
        {"fields": (Asked("（）"),)},
        {"fields": (Asked("沙袋数量"), Asked("现有沙袋"))},
    ],
)
def test_a_draft_that_cannot_be_asked_is_refused(cast, draft, changes):
    with pytest.raises(Refused):
        tasks.keep(cast.ctx("desk"), replace(draft, **changes))
    assert not CollectionTask.objects.exists()


def test_what_cannot_be_seen_is_neither_asked_nor_approved(cast, draft):
    said = replace(draft, why="第一行\n第二行\u200b\x07", fields=(Asked("沙\u202e袋"),))
    row = tasks.keep(cast.ctx("desk"), said)
    assert (row.why, row.fields.get().label) == ("第一行 第二行", "沙袋")
    tasks.submit(cast.ctx("desk"), row.pk)


@pytest.mark.parametrize("name", ["why", "basis", "readers"])
def test_no_task_goes_out_without_why_basis_and_readers(cast, draft, name):
    tasks.keep(cast.ctx("desk"), replace(draft, **{name: ""}))
    with pytest.raises(Refused):
        tasks.submit(cast.ctx("desk"), draft.client_id)
    assert CollectionTask.objects.get().state == "draft"


def test_its_author_does_not_let_it_out_himself(cast, draft):
    tasks.keep(cast.ctx("desk"), draft)
    tasks.submit(cast.ctx("desk"), draft.client_id)
    with pytest.raises(Denied):
        tasks.approve(cast.ctx("desk"), draft.client_id)
    with pytest.raises(Denied):
        tasks.approve(cast.ctx("clerk"), draft.client_id)  # a section may ask, not approve
    row = CollectionTask.objects.get()
    assert row.state == "waiting"
    with pytest.raises(IntegrityError), transaction.atomic():
        CollectionTask.objects.filter(pk=row.pk).update(approver=row.author)


def test_another_lets_it_out_once_to_the_units_of_its_kinds(cast, draft):
    let_out(cast, draft)
    tasks.approve(cast.ctx("leader"), draft.client_id)
    jobs.run_waiting()
    asked = {row.unit for row in CollectionAnswer.objects.all()}
    assert asked == {cast.primary, cast.junior}
    assert (entries("proposed"), entries("decided")) == (1, 1)
    told = Notice.objects.filter(topic="burden.asked")
    assert {one.user for one in told} == {cast.officer, cast.junior_officer}


def test_what_was_submitted_cannot_be_changed_and_what_was_returned_can(cast, draft):
    tasks.keep(cast.ctx("desk"), draft)
    tasks.submit(cast.ctx("desk"), draft.client_id)
    with pytest.raises(Conflict):
        tasks.keep(cast.ctx("desk"), replace(draft, title="另一个"))
    tasks.give_back(cast.ctx("leader"), draft.client_id, "写清谁看")
    assert CollectionTask.objects.get().returned == "写清谁看"
    tasks.keep(cast.ctx("desk"), replace(draft, readers="分管局长看"))
    tasks.submit(cast.ctx("desk"), draft.client_id)
    assert tasks.approve(cast.ctx("leader"), draft.client_id).readers == "分管局长看"


def test_two_who_decide_at_once_decide_once(cast, draft):
    tasks.keep(cast.ctx("clerk"), draft)
    tasks.submit(cast.ctx("clerk"), draft.client_id)
    tasks.give_back(cast.ctx("leader"), draft.client_id, "不要")
    with pytest.raises((Conflict, NotFound)):
        tasks.approve(cast.ctx("desk"), draft.client_id)
    assert entries("decided") == 1


# What is kept already


@pytest.mark.parametrize(
    ("label", "where"), [("学生人数", "单位情况"), ("现有班级数（个）", "单位情况")]
)
def test_what_is_kept_already_is_said_and_must_be_justified(cast, draft, label, where):
    asked = replace(draft, fields=(Asked(label, "integer"), Asked("防汛沙袋", "integer")))
    row = tasks.keep(cast.ctx("desk"), asked)
    first, second = row.fields.all()
    assert where in first.kept
    assert second.kept == ""
    with pytest.raises(Refused, match="已经有了"):
        tasks.submit(cast.ctx("desk"), row.pk)
    why = replace(asked, fields=(replace(asked.fields[0], again="开学后变动大"), asked.fields[1]))
    tasks.keep(cast.ctx("desk"), why)
    tasks.submit(cast.ctx("desk"), row.pk)
    assert Entry.objects.get(kind="burden.proposed").data["asked_again"] == 1


def test_a_column_of_a_register_and_an_earlier_task_count_as_kept(cast, draft, running):
    column = spec.all_specs()[0].asked[1].label
    asked = (Asked(column), Asked("防汛沙袋数量", "integer"))
    row = tasks.keep(cast.ctx("desk"), replace(draft, client_id=uuid4(), fields=asked))
    first, second = row.fields.all()
    assert "台账" in first.kept
    assert "防汛物资摸底" in second.kept


# Answering


def test_a_unit_keeps_a_half_and_hands_in_the_whole(cast, running):
    ctx, unit = cast.ctx("officer"), cast.primary.pk
    answers.keep(ctx, running.pk, unit, {"1": "120"})
    assert selectors.owed(ctx).get().state == "draft"
    with pytest.raises(Refused, match="还没有填"):
        answers.hand_in(ctx, running.pk, unit, {"1": "120"})
    row = answers.hand_in(ctx, running.pk, unit, VALUES)
    assert selectors.content(row) == {
        "1": 120, "2": "=1+1 车棚", "3": "专人", "4": "2026-11-02", "5": "yes", "6": "12.50"
    }  # fmt: skip
    assert not selectors.owed(ctx).exists()
    assert Entry.objects.get(kind="burden.collected").data["filled"] == 6


def test_the_same_answer_twice_is_one_and_another_corrects_it(cast, running):
    ctx, unit = cast.ctx("officer"), cast.primary.pk
    for _ in range(2):
        first = answers.hand_in(ctx, running.pk, unit, VALUES)
    assert entries("collected") == 1
    second = answers.hand_in(ctx, running.pk, unit, {**VALUES, "1": "90"})
    assert entries("collected") == 2
    assert Entry.objects.get(uid=second.entry_uid).target == first.entry_uid
    assert list(reconcile.drift(Ctx.system())) == []


@pytest.mark.parametrize(
    "wrong", [{"1": "1.5"}, {"1": "很多"}, {"3": "没人"}, {"4": "昨天"}, {"5": "也许"},
              {"6": "1e5"}, {"2": "长" * 501}]
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused(cast, running, wrong):
    with pytest.raises(Refused):
        answers.hand_in(cast.ctx("officer"), running.pk, cast.primary.pk, {**VALUES, **wrong})
    assert CollectionAnswer.objects.filter(state="answered").count() == 0


def test_nobody_answers_for_a_neighbour_and_the_teacher_not_at_all(cast, running):
    with pytest.raises(NotFound):
        answers.hand_in(cast.ctx("officer"), running.pk, cast.junior.pk, VALUES)
    with pytest.raises(Denied):
        answers.hand_in(cast.ctx("teacher"), running.pk, cast.primary.pk, VALUES)
    with pytest.raises(NotFound):
        answers.hand_in(cast.ctx("officer"), running.pk, cast.vocational.pk, VALUES)


def test_of_two_phones_the_second_is_told(cast, running):
    row = selectors.answer_of(cast.ctx("officer"), running.pk, cast.primary.pk)
    answers.keep(cast.ctx("principal"), running.pk, cast.primary.pk, {"1": "5"})
    with pytest.raises(Conflict):
        answers._write(row, content="{}")
    row.refresh_from_db()
    assert selectors.content(row) == {"1": 5}


def test_the_last_answer_to_the_same_field_is_brought_along(cast, running, draft):
    ctx, unit = cast.ctx("officer"), cast.primary.pk
    answers.hand_in(ctx, running.pk, unit, VALUES)
    fields = (
        Asked("现有防汛沙袋", "integer", again="月底变动"),
        Asked("仓库位置", "choice", ("东", "西"), again="改成选"),  # another type: not the same
    )
    again = let_out(cast, replace(draft, client_id=uuid4(), title="再摸底", fields=fields))
    row = selectors.answer_of(ctx, again.pk, unit)
    assert {k: one.value for k, one in selectors.earlier(row).items()} == {1: 120}
    other = selectors.answer_of(cast.ctx("junior_officer"), again.pk, cast.junior.pk)
    assert selectors.earlier(other) == {}
    done = answers.hand_in(ctx, again.pk, unit, {"1": "120", "2": "东"})
    assert done.prefilled == 1


# The end


@pytest.mark.parametrize("how", ["day", "sweep", "withdrawn"])
def test_after_its_end_nobody_is_asked(cast, running, how):
    day = TODAY if how == "withdrawn" else running.ends + timedelta(days=1)
    with clock.travel(clock.start_of(day) + timedelta(hours=10)):
        assert len(selectors.waiting(cast.ctx("officer"))) == (how == "withdrawn")
        if how == "sweep":
            assert tasks.end_due(Ctx.system()) == 1
            assert tasks.end_due(Ctx.system()) == 0
        if how == "withdrawn":
            tasks.withdraw(cast.ctx("desk"), running.pk)
            tasks.withdraw(cast.ctx("desk"), running.pk)
        assert selectors.waiting(cast.ctx("officer")) == []
        assert not selectors.late(cast.ctx("desk")).exists()
        assert list(answers.remind(cast.ctx("desk"), pks())) == []
        with pytest.raises(Conflict):
            answers.hand_in(cast.ctx("officer"), running.pk, cast.primary.pk, VALUES)
    assert entries("closed") == (how != "day")


def test_the_last_day_itself_still_counts(cast, running):
    with clock.travel(clock.start_of(running.ends) + timedelta(hours=23)):
        assert tasks.end_due(Ctx.system()) == 0
        answers.hand_in(cast.ctx("officer"), running.pk, cast.primary.pk, VALUES)


def pks():
    return list(CollectionAnswer.objects.values_list("pk", flat=True))


def test_a_unit_is_reminded_once_a_day_and_only_while_it_owes(cast, running):
    answers.hand_in(cast.ctx("officer"), running.pk, cast.primary.pk, VALUES)
    Notice.objects.all().delete()
    for _ in range(2):
        list(answers.remind(cast.ctx("desk"), pks()))
    assert [one.user for one in Notice.objects.all()] == [cast.junior_officer]
    assert entries("reminded") == 1
    with clock.travel(clock.now() + timedelta(days=1)):
        list(answers.remind(cast.ctx("desk"), pks()))
    assert entries("reminded") == 2


def test_rows_and_entries_agree_and_tampering_is_found(cast, running):
    answers.hand_in(cast.ctx("officer"), running.pk, cast.primary.pk, VALUES)
    assert list(reconcile.drift(Ctx.system())) == []
    running.fields.filter(position=1).update(label="别的东西")
    CollectionAnswer.objects.filter(state="answered").update(content='{"1": 1}')
    assert len(list(reconcile.drift(Ctx.system()))) == 2


def test_the_desk_of_another_district_sees_none_of_it(cast, running):
    unit = cast.other_district.pk
    people.grant_role(Ctx.system(), cast.outsider.pk, role="desk", unit_id=unit)
    with pytest.raises(NotFound):
        selectors.see(cast.ctx("outsider"), running.pk)
    assert not selectors.late(cast.ctx("outsider")).exists()


# Pages


def test_home_shows_it_among_what_is_owed_until_it_is_answered(cast, client_for, running):
    client = client_for(cast.officer)
    address = f"/collections/{running.pk}/units/{cast.primary.pk}/"
    assert address in client.get("/").content.decode()
    sent = {f"f{position}": text for position, text in VALUES.items()}
    assert client.post(address, {**sent, "do": "submit"}).status_code == 302
    assert address not in client.get("/").content.decode()


def test_a_wrong_value_comes_back_with_what_was_typed(cast, client_for, running):
    client = client_for(cast.officer)
    address = f"/collections/{running.pk}/units/{cast.primary.pk}/"
    answered = client.post(address, {"f1": "很多很多", "f2": "车棚", "do": "submit"})
    page = answered.content.decode()
    assert answered.status_code == 422
    assert "很多很多" in page
    assert "应是整数" in page
    assert client.post(address, {"f2": "车棚", "do": "keep"}).status_code == 302
    assert "车棚" in client.get(address).content.decode()


def test_the_desk_drafts_on_the_page_sees_what_is_kept_and_submits(cast, client_for):
    client, pk = client_for(cast.desk), uuid4()
    sent = {
        "client_id": str(pk), "title": "摸底", "why": "调配", "basis": "纪要", "readers": "本科",
        "ends": "2026-11-12", "scope": str(cast.district.pk), "form-TOTAL_FORMS": "2",
        "form-INITIAL_FORMS": "0", "form-0-label": "学生数", "form-0-type": "integer",
        "form-1-label": "沙袋", "form-1-type": "text", "form-1-required": "on",
    }  # fmt: skip
    assert client.post("/collections/new/", {**sent, "do": "keep"}).url.endswith("/edit/")
    page = client.get(f"/collections/{pk}/edit/").content.decode()
    assert "单位情况：学生数" in page
    refused = client.post(f"/collections/{pk}/edit/", {**sent, "do": "submit"})
    assert refused.status_code == 422
    assert "已经有了" in refused.content.decode()
    sent["form-0-again"] = "开学后变动大"
    assert client.post(f"/collections/{pk}/edit/", {**sent, "do": "submit"}).status_code == 302
    assert client_for(cast.leader).post(f"/collections/{pk}/approve/").status_code == 302
    assert CollectionTask.objects.get().state == "open"


def test_the_answers_go_out_as_excel_and_run_nothing(cast, client_for, running):
    answers.hand_in(cast.ctx("officer"), running.pk, cast.primary.pk, VALUES)
    answers.keep(cast.ctx("junior_officer"), running.pk, cast.junior.pk, {"2": "一半"})
    client = client_for(cast.desk)
    answered = client.get(f"/collections/{running.pk}/answers/?export=xlsx")
    book = python_calamine.load_workbook(io.BytesIO(answered.content))
    rows = book.get_sheet_by_index(0).to_python()
    head = next(row for row in rows if "防汛沙袋" in row)
    primary = next(row for row in rows if row[0] == cast.primary.name)
    assert primary[head.index("防汛沙袋")] == 120
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(answered.content)).read(SHEET)
    assert not any("一半" in str(cell) for row in rows for cell in row)
    text = client.get(f"/collections/{running.pk}/answers/?export=csv").content.decode("utf-8-sig")
    assert ",=1+1" not in text


def test_those_who_are_late_are_listed_and_reminded_together(cast, client_for, running):
    page = client_for(cast.clerk).get(f"/collections/late/?task={running.pk}").content.decode()
    assert cast.primary.name in page
    assert cast.junior.name in page
    assert "催办" in page
    assert client_for(cast.officer).get("/collections/late/").status_code == 403


def test_an_id_nobody_has_is_not_found(cast, client_for):
    gone = UUID(int=7)
    for path in (f"/collections/{gone}/", f"/collections/{gone}/answers/"):
        assert client_for(cast.desk).get(path).status_code == 404

"""How much is asked in a month, against a count made by hand, row by row."""

from __future__ import annotations

import io
from collections import defaultdict
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest
import python_calamine
from django.db.models import F

from anze.domains.burden.models import CollectionAnswer
from anze.domains.burden.selectors import months
from anze.domains.burden.services import answers, tasks
from anze.engines.duties.models import Occurrence
from anze.interfaces.portal.tests.stage import TODAY, make_stage
from anze.kernel.bus import clock
from anze.kernel.packs import selectors as packs
from anze.kernel.units.models import Edge
from anze.kernel.work import jobs

NOVEMBER = date(2026, 11, 1)
FIELDS = (
    tasks.Asked("沙袋", "integer", again="每次都变"),
    tasks.Asked("说明", again="现场说明"),
    tasks.Asked("圈数", "integer", again="核对"),
)


@pytest.fixture
def stage(cast, tmp_path):
    stage = make_stage(cast, tmp_path)
    with clock.travel(clock.start_of(TODAY) + timedelta(hours=10)):
        for number in (1, 2):
            draft = tasks.Draft(
                UUID(int=number), cast.district.pk, f"摸底{number}", "调配", "纪要", "本科看",
                TODAY + timedelta(days=9), ("primary",) if number == 1 else (), FIELDS,
            )  # fmt: skip
            tasks.keep(cast.ctx("desk"), draft)
            tasks.submit(cast.ctx("desk"), draft.client_id)
            tasks.approve(cast.ctx("leader"), draft.client_id)
            jobs.run_waiting()
            values = {"1": "5", "2": "无", "3": "6"}
            answers.hand_in(cast.ctx("officer"), draft.client_id, cast.primary.pk, values)
        yield stage


def by_hand(units, first):
    """Return (post, home) → fields and how many formless, walking the rows one at a time."""
    fields, formless, seen = defaultdict(int), 0, {}
    for occ in Occurrence.objects.select_related("requirement__pack").order_by("requirement_id"):
        in_month = (occ.start.year, occ.start.month) == (first.year, first.month)
        if not in_month or occ.unit_id not in units or occ.state in ("withdrawn", "lapsed"):
            continue
        same = (occ.requirement.group, occ.unit_id, occ.subject, occ.period)
        if same not in seen or not seen[same].requirement.form:
            seen[same] = occ
    for occ in seen.values():
        asked = occ.requirement
        if not asked.form:
            formless += 1
            continue
        content = packs.by_hash(asked.pack.hash)
        form = next(one for one in content.forms if one.ref == asked.form.split("/")[-1])
        number = sum(len(one.items) if one.type == "checklist" else 1 for one in form.fields)
        fields[asked.who, home_of(occ.unit_id)] += number
    for row in CollectionAnswer.objects.all():
        day = clock.day_of(row.asked)
        if row.unit_id in units and (day.year, day.month) == (first.year, first.month):
            fields["safety_officer", home_of(row.unit_id)] += row.task.fields.count()
    return dict(fields), formless


def home_of(unit):
    edge = Edge.objects.filter(child=unit, child__level="campus", relation="line").first()
    return edge.parent_id if edge else unit


@pytest.mark.parametrize("person", ["desk", "officer", "town_officer", "junior_head"])
@pytest.mark.parametrize("first", [NOVEMBER, date(2026, 10, 1), date(2026, 12, 1)])
def test_the_count_is_that_of_a_walk_through_the_rows(stage, person, first):
    ctx = stage.cast.ctx(person)
    found = months.month(ctx, first)
    fields, formless = by_hand(ctx.access.visible(months.COUNT), first)
    assert found.by(lambda one: (one.source.post, one.unit_id)) == fields
    assert found.formless == formless
    assert found.fields == sum(fields.values())
    assert bool(fields) == (first == NOVEMBER)


@pytest.mark.parametrize("seed", range(8))
def test_it_stays_so_when_the_rows_change_at_random(stage, seed):
    random, ctx = Random(seed), stage.cast.ctx("desk")
    rows = list(Occurrence.objects.order_by("pk"))
    for occ in random.sample(rows, len(rows) // 2):
        Occurrence.objects.filter(pk=occ.pk).update(
            state=random.choice(("withdrawn", "lapsed", "met", "waived", "missed")),
            start=F("start") if random.random() < 0.6 else date(2026, 10, random.randint(1, 31)),
        )
    for first in (NOVEMBER, date(2026, 10, 1)):
        fields, formless = by_hand(ctx.access.visible(months.COUNT), first)
        found = months.month(ctx, first)
        assert found.by(lambda one: (one.source.post, one.unit_id)) == fields
        assert found.formless == formless
    assert by_hand(ctx.access.visible(months.COUNT), date(2026, 10, 1))[0]


def test_the_same_duty_in_two_packs_is_filled_in_once(stage):
    found = months.month(stage.cast.ctx("desk"), NOVEMBER)
    titles = {one.source.title for one in found.lines}
    assert len(titles & {"每周校园巡查", "每周巡查（另一处写法）"}) == 1


def test_parts_add_up_and_every_part_leads_to_its_sources(stage):
    found = months.month(stage.cast.ctx("desk"), NOVEMBER)
    for key in ("post", "key"):
        assert sum(found.by(lambda one, key=key: getattr(one.source, key)).values()) == found.fields
    times = found.times()
    each = {one.source.key: one.source.each for one in found.lines}
    assert sum(times[key] * each[key] for key in times) == found.fields


def test_what_two_forms_ask_is_named_and_what_one_asks_often_is_not(stage):
    twice = dict(months.month(stage.cast.ctx("desk"), NOVEMBER).twice())
    assert {"圈数", "说明"} <= set(twice)  # the form of the walk and the tasks
    assert {one.title for one in twice["沙袋"]} == {"摸底1", "摸底2"}
    alone = months.month(stage.cast.ctx("desk"), NOVEMBER).only(
        lambda one: one.source.key.startswith("duty:")
    )
    assert alone.twice() == []


def test_forms_of_different_units_do_not_ask_twice(stage):
    found = months.month(stage.cast.ctx("desk"), NOVEMBER)
    walk = next(one.source for one in found.lines if one.source.key.startswith("duty:"))
    task = next(one.source for one in found.lines if one.source.title == "摸底1")
    here, there = UUID(int=1), UUID(int=2)
    apart = [months.Line(walk, here, 1, 0), months.Line(task, there, 1, 0)]
    assert months.Month(NOVEMBER, apart, {}).twice() == []
    together = [*apart, months.Line(task, here, 1, 0)]
    assert {label for label, _ in months.Month(NOVEMBER, together, {}).twice()} == {"圈数", "说明"}


def test_a_check_list_counts_its_items_and_is_not_prefilled(stage):
    form = next(form for active in packs.active_packs(TODAY) for form in active.pack.forms)
    item = {"code": "a", "text": "门锁好", "basis": ("LAW",)}
    field = type(form.fields[0]).model_validate(
        {"name": "list", "label": "逐项", "type": "checklist", "default": {"last": True},
         "items": [item, {**item, "code": "b"}]}
    )  # fmt: skip
    asked = list(months._asked(form.model_copy(update={"fields": (field,)})))
    assert [(one.times, one.prefilled) for one in asked] == [(2, False)]


def test_one_unit_of_the_month_is_its_own_lines_and_formless_duties(stage, client_for):
    found = months.month(stage.cast.ctx("desk"), NOVEMBER)
    school, section = stage.cast.primary.pk, stage.cast.section.pk
    assert (found.of(school).formless, found.of(section).formless) == (0, 1)
    client = client_for(stage.cast.desk)
    shown = client.get(f"/api/v1/burden?month=2026-11&unit={school}").json()
    own = sum(one.fields for one in found.lines if one.unit_id == school)
    assert (shown["fields"], shown["formless"]) == (own, 0)


def test_what_came_from_the_last_answer_counts_as_prefilled(stage):
    ctx = stage.cast.ctx("officer")
    found = months.month(ctx, NOVEMBER).only(lambda one: one.source.title == "摸底2")
    assert [(one.times, one.prefilled) for one in found.lines] == [(1, 3)]


def test_the_page_shows_what_is_counted_and_the_file_adds_up(stage, client_for):
    total = months.month(stage.cast.ctx("desk"), NOVEMBER).fields
    client = client_for(stage.cast.desk)
    assert f">{total}</a>" in client.get("/burden/?month=2026-11").content.decode()
    made_of = client.get("/burden/made-of/?month=2026-11").content.decode()
    assert f"{total} 项" in made_of
    answered = client.get("/burden/made-of/?month=2026-11&export=xlsx")
    rows = python_calamine.load_workbook(io.BytesIO(answered.content)).get_sheet_by_index(0)
    lines = rows.to_python()
    head = next(n for n, row in enumerate(lines) if "项数" in row)
    column = lines[head].index("项数")
    assert sum(row[column] for row in lines[head + 1 :]) == total
    shown = client.get("/api/v1/burden?month=2026-11").json()
    assert (shown["fields"], sum(one["fields"] for one in shown["sources"])) == (total, total)


def test_a_school_sees_its_own_only(stage, client_for):
    page = client_for(stage.cast.officer).get("/burden/?month=2026-11").content.decode()
    assert stage.cast.primary.name in page
    assert stage.cast.junior.name not in page
    assert client_for(stage.cast.teacher).get("/burden/").status_code == 403


@pytest.mark.parametrize("text", ["2026-13", "soon", "0001-01", "2026-11-01"])
def test_a_month_there_is_none_of_is_refused(stage, client_for, text):
    assert client_for(stage.cast.desk).get(f"/burden/?month={text}").status_code == 422

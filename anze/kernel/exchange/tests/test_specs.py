"""One registration: template, faults by cell, cell diff, commit, round trip and export."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from anze.kernel.bus.ctx import Ctx
from anze.kernel.exchange import importers, services, standing, workbooks
from anze.kernel.exchange.models import ImportBatch, ImportRow
from anze.kernel.exchange.tests.districts import district
from anze.kernel.exchange.tests.lists import PLACES
from anze.kernel.ledger.models import Entry
from anze.kernel.units import services as units
from anze.kernel.units.models import Place, Unit
from anze.kernel.work import jobs
from anze.lib import sheets

pytestmark = pytest.mark.django_db
HEAD = ["名称", "类别", "二维码（自动计算）", "平台编号"]


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {**importers._known, PLACES.kind: standing.importer(PLACES)}
    monkeypatch.setattr(importers, "_known", known)


@pytest.fixture
def campus() -> Unit:
    bureau, ctx = district(), Ctx.system()
    school = units.register_unit(
        ctx, level="unit", kind="primary", name="星河小学", parent_id=bureau.pk
    )
    return units.register_unit(
        ctx, level="campus", kind="primary", name="星河小学", parent_id=school.pk
    )


def sheet(*rows: list[str]) -> bytes:
    target = io.BytesIO()
    sheets.write_xlsx(target, HEAD, rows, sheet="场所")
    return target.getvalue()


def take_in(campus: Unit, *rows: list[str]) -> ImportBatch:
    return services.upload(Ctx.system(), PLACES.kind, campus.pk, sheet(*rows), name="场所.xlsx")


def write(batch: ImportBatch) -> ImportBatch:
    services.begin(Ctx.system(), batch.pk)
    jobs.run_waiting()
    batch.refresh_from_db()
    assert batch.state == "done", batch.message
    return batch


def exported(campus: Unit) -> bytes:
    rows = importers.get(PLACES.kind).rows(Ctx.system(), campus.pk)
    return workbooks.export(PLACES.template, rows)


def test_lines_become_rows_with_one_entry_of_the_import(campus):
    batch = write(take_in(campus, ["一号楼", "教室"], ["操场", "操场"]))
    assert set(Place.objects.values_list("name", "category")) == {
        ("一号楼", "classroom"),
        ("操场", "playground"),
    }
    entry = Entry.objects.get(kind="exchange.imported")
    assert (entry.unit_id, entry.data["template"]) == (campus.pk, "testplaces")
    assert batch.done == 2


def test_faults_stand_at_their_cells_in_the_columns_own_words(campus):
    batch = take_in(
        campus,
        ["一" * 21, "教室"],
        ["操场", "游泳馆"],
        ["", "食堂"],
        ["礼堂", "其他"],
        ["礼堂", "食堂"],
    )
    found = {
        (fault["cell"], fault["code"])
        for row in ImportRow.objects.filter(batch=batch)
        for fault in row.loads("faults")
    }
    assert found == {
        ("场所!A2", "unsound"),
        ("场所!B3", "unknown_option"),
        ("场所!A4", "missing"),
        ("场所!A6", "duplicate_row"),
    }


def test_an_export_that_comes_back_untouched_changes_nothing(campus):
    write(take_in(campus, ["一号楼", "教室"], ["操场", "操场"]))
    again = services.upload(
        Ctx.system(), PLACES.kind, campus.pk, exported(campus), name="再来.xlsx"
    )
    assert again.count == {"unchanged": 2, "faults": 0}


def test_an_edited_export_shows_old_and_new_of_each_cell_and_what_is_gone(campus):
    write(take_in(campus, ["一号楼", "教室"], ["操场", "操场"], ["食堂", "食堂"]))
    rows = [list(r.cells) for r in sheets.read_sheets(exported(campus))[0].rows[1:]]
    rows.sort()
    kept = [row for row in rows if row[0] != "食堂"]
    kept[0][0], kept[0][2] = "致远楼", "改过的二维码"
    batch = services.upload(Ctx.system(), PLACES.kind, campus.pk, sheet(*kept), name="改.xlsx")
    assert batch.count == {"unchanged": 1, "changed": 1, "absent": 1, "faults": 0}
    assert batch.absent_list == ["食堂"]
    changed = ImportRow.objects.get(batch=batch, outcome="changed")
    assert changed.loads("changes") == [["名称", "一号楼", "致远楼"]]
    write(batch)
    here = Place.objects.filter(valid_to=None).values_list("name", flat=True)
    assert set(here) == {"致远楼", "操场", "食堂"}


def test_a_number_the_platform_does_not_know_is_a_fault(campus):
    unknown = "018f0000-0000-7000-8000-000000000000"
    batch = take_in(campus, ["一号楼", "教室", "", unknown], ["操场", "操场", "", "A-1"])
    codes = [
        (fault["cell"], fault["code"])
        for row in ImportRow.objects.filter(batch=batch)
        for fault in row.loads("faults")
    ]
    assert codes == [("场所!D2", "unknown_row"), ("场所!D3", "bad_row")]


def test_a_cell_changed_by_somebody_since_the_check_stops_the_batch(campus):
    write(take_in(campus, ["一号楼", "教室"]))
    rows = [list(r.cells) for r in sheets.read_sheets(exported(campus))[0].rows[1:]]
    rows[0][1] = "食堂"
    batch = services.upload(Ctx.system(), PLACES.kind, campus.pk, sheet(*rows), name="改.xlsx")
    Place.objects.update(category="dormitory")
    services.begin(Ctx.system(), batch.pk)
    jobs.run_waiting()
    batch.refresh_from_db()
    assert batch.state == "failed"
    assert "刚被别人改为“宿舍”" in batch.message


def test_the_one_bad_line_of_a_slice_is_named_and_the_good_before_it_stay(campus):
    write(take_in(campus, ["一号楼", "教室"]))
    lines = [[f"{number} 号教室", "教室", "", ""] for number in range(30)]
    lines.insert(25, ["一号楼", "食堂", "", ""])
    batch = take_in(campus, *lines)
    Place.objects.filter(name="一号楼").update(category="dormitory")
    services.begin(Ctx.system(), batch.pk)
    jobs.run_waiting()
    batch.refresh_from_db()
    assert batch.state == "failed"
    assert "场所!27" in batch.message
    assert Place.objects.filter(name__endswith="号教室").count() == 25
    assert batch.rows.filter(written="written").count() == 25


@pytest.mark.parametrize(
    "wrong", [{"key": ()}, {"key": ("token",)}, {"key": ("nobody",)}, {"needed": ()}]
)
def test_a_spec_that_could_not_work_is_refused_at_start(wrong):
    with pytest.raises(ValueError, match="testplaces"):
        replace(PLACES, **wrong)

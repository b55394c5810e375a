"""A register as a workbook: in, faulty, out, edited, in again, undone."""

from __future__ import annotations

import io

import pytest

from anze.domains.facilities.models import FireEquipment
from anze.domains.facilities.registers import FIRE
from anze.domains.facilities.tests.test_things import drifts
from anze.engines.registers import services as things
from anze.engines.registers import transfer
from anze.kernel.bus.errors import Conflict
from anze.kernel.exchange import importers, services, undo, workbooks
from anze.kernel.exchange.models import ImportRow
from anze.kernel.ledger.models import Entry
from anze.kernel.work import jobs
from anze.lib import sheets

HEAD = ["编号", "类别", "规格型号", "具体位置", "出厂日期", "地点"]
ROWS = [
    ["XF-0001", "干粉灭火器", "MFZ/ABC4", "一楼东侧", "2024-05-10", "校门"],
    ["", "室内消火栓", "SN65", "一楼西侧", "", ""],
]


def book(*rows):
    target = io.BytesIO()
    sheets.write_xlsx(target, HEAD, rows, sheet="台账")
    return target.getvalue()


def take_in(school, data):
    ctx, east = school.cast.ctx("officer"), school.cast.primary_east.pk
    return services.upload(ctx, FIRE.code, east, data, name="台账.xlsx")


def write(school, batch):
    services.begin(school.cast.ctx("officer"), batch.pk)
    jobs.run_waiting()
    batch.refresh_from_db()
    assert batch.state == "done", batch.message
    return batch


def exported(school):
    template = importers.get(FIRE.code).template
    rows = importers.get(FIRE.code).rows(school.cast.ctx("officer"), school.cast.primary_east.pk)
    return workbooks.export(template, rows)


def test_lines_become_things_with_their_computed_days(school):
    write(school, take_in(school, book(*ROWS)))
    first, second = FireEquipment.objects.order_by("code")
    assert (first.place, str(first.service_due)) == (school.gate, "2029-05-10")
    assert second.kind == "hydrant"
    assert drifts() == []


def test_faults_stand_at_their_cells(school):
    batch = take_in(
        school,
        book(
            ["A-1", "泡沫", "", "", "", ""],
            ["A-2", "干粉灭火器", "", "", "", ""],
            ["A-3", "干粉灭火器", "", "", "2030-01-01", ""],
            ["编号", "室内消火栓", "", "", "", ""],
        ),
    )
    cells = {
        fault["cell"] for row in ImportRow.objects.filter(batch=batch)
        for fault in row.loads("faults")
    }  # fmt: skip
    assert cells == {"台账!B2", "台账!E3", "台账!E4", "台账!A5"}
    assert not FireEquipment.objects.exists()


def test_what_the_services_would_refuse_is_said_before_anything_is_written(school):
    write(school, take_in(school, book(*ROWS)))
    gone = FireEquipment.objects.get(code="XF-0002")
    things.end(school.cast.ctx("officer"), FIRE, gone.pk, "scrapped")
    row = FireEquipment.objects.get(code="XF-0001")
    target = io.BytesIO()
    sheets.write_xlsx(
        target,
        [*HEAD, "平台编号"],
        [
            ["B-1", "室内消火栓", "", "", "", "月球", ""],
            ["XF-0002", "室内消火栓", "", "", "", "", ""],
            ["XF-9999", "干粉灭火器", "", "", "2024-05-10", "", str(row.pk)],
        ],
        sheet="台账",
    )
    batch = take_in(school, target.getvalue())
    faults = {
        fault["cell"]: fault["text"] for row in ImportRow.objects.filter(batch=batch)
        for fault in row.loads("faults")
    }  # fmt: skip
    assert set(faults) == {"台账!F2", "台账!A3", "台账!A4"}
    assert "月球" in faults["台账!F2"]
    assert "已停用" in faults["台账!A3"]
    assert "XF-0001" in faults["台账!A4"]


def test_an_untouched_export_changes_nothing_and_an_edited_one_its_cells(school):
    write(school, take_in(school, book(*ROWS)))
    out = exported(school)
    assert take_in(school, out).count == {"unchanged": 2, "faults": 0}
    head, *rows = [list(row.cells) for row in sheets.read_sheets(out)[0].rows]
    place = head.index("具体位置")
    for row in rows:
        if row[0] == "XF-0001":
            row[place] = "二楼东侧"
    target = io.BytesIO()
    sheets.write_xlsx(target, head, rows, sheet="台账")
    batch = take_in(school, target.getvalue())
    assert batch.count == {"changed": 1, "unchanged": 1, "faults": 0}
    write(school, batch)
    assert FireEquipment.objects.get(code="XF-0001").position == "二楼东侧"
    assert drifts() == []


def test_things_taken_back_leave_no_row_and_their_numbers_are_free(school):
    """What undoing a batch calls: retractions in the ledger, no rows, and nothing touched goes."""
    ctx, east = school.cast.ctx("officer"), school.cast.primary_east.pk
    spec = transfer.of(FIRE)
    write(school, take_in(school, book(*ROWS)))
    ids = [str(one.pk) for one in FireEquipment.objects.all()]
    assert spec.used(ctx, east, ids) == {}
    spec.remove(ctx, east, ids)
    assert not FireEquipment.objects.exists()
    assert Entry.objects.filter(kind="register.added", op="retract").count() == 2
    assert drifts() == []
    write(school, take_in(school, book(*ROWS)))
    assert drifts() == []
    school.change(FireEquipment.objects.get(code="XF-0001"), position="三楼")
    touched = FireEquipment.objects.get(code="XF-0001")
    assert set(spec.used(ctx, east, [str(touched.pk)])) == {str(touched.pk)}
    with pytest.raises(Conflict):
        spec.remove(ctx, east, [str(touched.pk)])


def test_an_undone_import_takes_all_its_things_back(school):
    batch = write(school, take_in(school, book(*ROWS)))
    undo.begin(school.cast.ctx("officer"), batch.pk)
    jobs.run_waiting()
    batch.refresh_from_db()
    assert batch.state == "undone", batch.message
    assert not FireEquipment.objects.exists()
    assert drifts() == []

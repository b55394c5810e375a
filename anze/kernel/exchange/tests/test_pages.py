"""The pages: what a desk officer sees and may do with a file."""

from __future__ import annotations

import io
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from anze.kernel.bus.ctx import Ctx
from anze.kernel.exchange import importers, reading, selectors, services, standing
from anze.kernel.exchange.columns import ACCOUNTS, ROSTER
from anze.kernel.exchange.models import ImportBatch
from anze.kernel.exchange.tests import books
from anze.kernel.exchange.tests.districts import district
from anze.kernel.exchange.tests.lists import PLACES
from anze.kernel.people import services as people
from anze.kernel.people.models import User
from anze.kernel.units.models import Unit
from anze.kernel.work import jobs
from anze.kernel.work.models import Notice
from anze.lib import sheets
from tests.cast import OPENED

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau() -> Unit:
    return district()


def officer(bureau: Unit, name: str, role: str = "desk") -> User:
    ctx = Ctx.system()
    user = people.create_account(ctx, username=name, name=name, unit_id=bureau.pk)
    people.grant_role(ctx, user.pk, role=role, unit_id=bureau.pk)
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="anze.kernel.people.backends.PasswordBackend")
    return client


@pytest.fixture
def desk(bureau: Unit) -> Client:
    return signed_in(officer(bureau, "desk1"))


def send(desk: Client, bureau: Unit, data: bytes, kind: str = "roster"):
    file = SimpleUploadedFile("青禾区汇总表.xlsx", data)
    form = {"kind": kind, "scope": str(bureau.pk), "file": file}
    return desk.post(reverse("exchange:upload"), form)


def faulty() -> bytes:
    rows = books.lines(70)
    rows[60]["pupils"] = -5
    return books.workbook(rows, hidden=frozenset({3}))


def test_an_upload_leads_to_the_preview_with_the_faulty_line_first(desk, bureau):
    answer = send(desk, bureau, faulty())
    batch = ImportBatch.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/exchange/{batch.pk}/")
    page = desk.get(answer.url).content.decode()
    first = page.index(f"名册!{books.FIRST + 60}")
    assert first < page.index(f"名册!{books.FIRST + 1}<")
    assert "学生数不能是负数（-5）" in page
    assert f"<code>名册!{books.FIRST + 3}</code>" in page, "the hidden line is named"
    assert "合计行，没有读取" in page


def test_the_preview_costs_the_same_whatever_the_size(desk, bureau, django_assert_max_num_queries):
    send(desk, bureau, books.workbook(books.lines(120)))
    batch = ImportBatch.objects.get()
    with django_assert_max_num_queries(16):
        desk.get(f"/exchange/{batch.pk}/?page=2")


def test_confirming_with_faults_is_refused_and_nothing_is_lost(desk, bureau):
    send(desk, bureau, faulty())
    batch = ImportBatch.objects.get()
    answer = desk.post(f"/exchange/{batch.pk}/commit/")
    assert answer.status_code == 422
    assert "还有 1 行有错，没有写入任何内容" in answer.content.decode()
    assert Unit.objects.filter(level="unit").count() == 0


def test_the_whole_way_ends_with_a_notice(desk, bureau):
    send(desk, bureau, faulty())
    batch = ImportBatch.objects.get()
    desk.post(f"/exchange/{batch.pk}/commit/", {"leave_out": "1"})
    running = desk.get(f"/exchange/{batch.pk}/").content.decode()
    assert f'hx-get="/exchange/{batch.pk}/progress/"' in running
    assert '<noscript><meta http-equiv="refresh"' in running
    assert "az-long" in desk.get(f"/exchange/{batch.pk}/progress/").content.decode()
    jobs.run_waiting()
    over = desk.get(f"/exchange/{batch.pk}/progress/")
    assert over["HX-Redirect"] == f"/exchange/{batch.pk}/"
    assert "已写入 68 行" in desk.get(f"/exchange/{batch.pk}/").content.decode()
    notice = Notice.objects.get()
    assert notice.link == f"/exchange/{batch.pk}/"
    assert desk.get(f"/notices/{notice.pk}/").url == notice.link


def test_a_column_under_an_unknown_name_is_assigned_by_hand(desk, bureau):
    rows = books.lines(3)
    data = books.workbook(rows, merge_towns=False)
    sheet = sheets.read_sheets(data)[0]
    target = io.BytesIO()
    head = ["甲", "学校名称", "镇街", "层次划分", "标识码"]
    lines = [[i, r["name"], r["town"], r["kind"], r["code"]] for i, r in enumerate(rows)]
    sheets.write_xlsx(target, head, lines, sheet="表一")
    assert sheet.name == "名册"
    send(desk, bureau, target.getvalue())
    batch = ImportBatch.objects.get()
    assert "没有“单位类别”这一列" in desk.get(f"/exchange/{batch.pk}/").content.decode()
    assert desk.post(f"/exchange/{batch.pk}/commit/").status_code == 422
    form = {"columns": "1", "0:name": "2", "0:town": "3", "0:kind": "4", "0:code": "5"}
    desk.post(f"/exchange/{batch.pk}/recheck/", form)
    batch.refresh_from_db()
    assert (batch.problem_list, batch.count) == ([], {"new": 3, "faults": 0})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "文件是空的"),
        (b"%PDF-1.7 \x00\x01", "不是可以读取的表格"),
        ("甲,乙\n1,2\n".encode(), "没有找到表头"),
    ],
)
def test_what_is_no_table_is_refused_with_words_on_the_same_page(desk, bureau, data, said):
    answer = send(desk, bureau, data)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_a_bomb_is_refused_before_it_is_unpacked(desk, bureau):
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 300_000_000)
    answer = send(desk, bureau, target.getvalue())
    assert answer.status_code == 422
    assert "展开后太大" in answer.content.decode()


def test_the_officer_of_another_district_finds_nothing(desk, bureau):
    send(desk, bureau, faulty())
    batch = ImportBatch.objects.get()
    other = signed_in(officer(district("云溪区教育局"), "desk2"))
    for name in ("batch", "progress", "faults"):
        assert other.get(reverse(f"exchange:{name}", args=[batch.pk])).status_code == 404
    for name in ("recheck", "commit", "cancel"):
        assert other.post(reverse(f"exchange:{name}", args=[batch.pk])).status_code == 404
    assert str(batch.pk) not in other.get("/exchange/").content.decode()
    assert send(other, bureau, faulty()).status_code == 404


def test_a_teacher_may_not_import(bureau):
    school = signed_in(officer(bureau, "leader1", "leader"))
    assert school.get("/exchange/").status_code == 403
    assert school.get("/exchange/export/roster.xlsx").status_code == 200


def test_the_report_holds_the_faulty_lines_as_they_came(desk, bureau):
    send(desk, bureau, faulty())
    answer = desk.get(f"/exchange/{ImportBatch.objects.get().pk}/faults.xlsx")
    sheet = sheets.read_sheets(answer.content)[0]
    assert len(sheet.rows) == 2
    head, line = (row.cells for row in sheet.rows)
    assert head[:2] == ("位置", "问题与办法")
    assert line[0] == f"名册!{books.FIRST + 60}"
    assert f"名册!J{books.FIRST + 60}：学生数不能是负数" in line[1]
    assert books.lines(70)[60]["name"] in line


@pytest.mark.parametrize("template", [ROSTER, ACCOUNTS])
def test_a_template_is_understood_when_it_comes_back(desk, template):
    data = desk.get(reverse("exchange:template", args=[template.kind])).content
    sheet = sheets.read_sheets(data)[0]
    titles = {column.key: template.titles(column) for column in template.columns}
    header = sheets.find_header(sheet.rows, titles)
    assert list(header.columns.values()) == list(range(1, len(template.columns) + 1))
    assert list(header.columns) == [column.key for column in template.columns]


def test_the_roster_that_goes_out_comes_in_without_change(desk, bureau):
    data = books.workbook(books.lines(25))
    batch = services.upload(Ctx.system(), "roster", bureau.pk, data, name="a.xlsx")
    services.begin(Ctx.system(), batch.pk)
    jobs.run_waiting()
    out = desk.get("/exchange/export/roster.xlsx").content
    book = reading.read(out, ROSTER)
    assert sum(len(table.lines) for table in book.tables) == 25
    again = services.upload(Ctx.system(), "roster", bureau.pk, out, name="b.xlsx")
    assert again.count == {"unchanged": 25, "faults": 0}


def test_an_unknown_batch_is_404(desk):
    assert desk.get(f"/exchange/{uuid4()}/").status_code == 404


def test_formulas_in_a_file_leave_as_text(desk, bureau):
    rows = books.lines(2)
    rows[0]["short_name"] = "=cmd|' /C calc'!A0"
    send(desk, bureau, books.workbook(rows))
    data = desk.get(f"/exchange/{ImportBatch.objects.get().pk}/faults.xlsx").content
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_a_wrong_cell_is_corrected_on_the_page_without_sending_the_file_again(desk, bureau):
    send(desk, bureau, faulty())
    batch = ImportBatch.objects.get()
    page = desk.get(reverse("exchange:batch", args=[batch.pk])).content.decode()
    assert 'name="cell:pupils" value="-5"' in page
    where = f"名册!{books.FIRST + 60}"
    answer = desk.post(
        reverse("exchange:fix", args=[batch.pk]), {"where": where, "cell:pupils": "450"}
    )
    assert answer.status_code == 302
    batch.refresh_from_db()
    assert (batch.count.get("faulty"), batch.total) == (None, 69)
    again = desk.post(reverse("exchange:recheck", args=[batch.pk]), {"take_hidden": "1"})
    assert again.status_code == 302
    batch.refresh_from_db()
    assert (batch.count.get("faulty"), batch.total) == (None, 70)


def test_a_correction_of_a_line_that_is_not_there_is_404(desk, bureau):
    send(desk, bureau, faulty())
    batch = ImportBatch.objects.get()
    url = reverse("exchange:fix", args=[batch.pk])
    assert desk.post(url, {"where": "名册!9999", "cell:pupils": "1"}).status_code == 404


def test_columns_chosen_once_are_taken_again_for_the_same_header(desk, bureau):
    rows = [[f"学校{n}", "小学", "青禾镇", str(100 + n)] for n in range(3)]
    target = io.BytesIO()
    sheets.write_xlsx(target, ["单位名称", "单位类别", "镇（街道）", "娃娃数"], rows, sheet="表")
    send(desk, bureau, target.getvalue())
    first = ImportBatch.objects.get()
    assert "pupils" not in first.table_list[0]["columns"]
    chosen = {"columns": "1", "0:name": "1", "0:kind": "2", "0:town": "3", "0:pupils": "4"}
    desk.post(reverse("exchange:recheck", args=[first.pk]), chosen)
    send(desk, bureau, target.getvalue())
    second = ImportBatch.objects.exclude(pk=first.pk).get()
    assert second.table_list[0]["columns"]["pupils"] == 4


def test_a_batch_is_taken_back_from_its_page_in_two_steps(desk, bureau):
    send(desk, bureau, books.workbook(books.lines(3)))
    batch = ImportBatch.objects.get()
    desk.post(reverse("exchange:commit", args=[batch.pk]))
    jobs.run_waiting()
    assert "撤销这次导入" in desk.get(reverse("exchange:batch", args=[batch.pk])).content.decode()
    url = reverse("exchange:undo", args=[batch.pk])
    page = desk.get(url).content.decode()
    assert "释放其代码" in page
    assert Unit.objects.filter(level="unit", closed_on=None).count() == 3
    assert desk.post(url).status_code == 302
    jobs.run_waiting()
    assert not Unit.objects.filter(level="unit", closed_on=None).exists()
    shown = desk.get(reverse("exchange:batch", args=[batch.pk])).content.decode()
    assert "已撤销 3 行" in shown
    assert desk.get(url).status_code == 409


def test_a_file_is_offered_the_units_of_its_kind(cast, client_for, monkeypatch):
    """More units than the list holds, all before the district by their pinyin."""
    many = [
        Unit(
            level="unit",
            name=f"啊学校{n}",
            pinyin=f"a{n:04}",
            opened_on=OPENED,
            entry_uid=uuid4(),
            named_uid=uuid4(),
        )
        for n in range(510)
    ]
    Unit.objects.bulk_create(many)
    ctx = Ctx.system()
    assert [one.level for one in selectors.scopes(ctx, "roster")] == ["district", "district"]
    known = {**importers._known, PLACES.kind: standing.importer(PLACES)}
    monkeypatch.setattr(importers, "_known", known)
    assert {one.level for one in selectors.scopes(ctx, PLACES.kind)} == set(PLACES.levels)
    assert [one.pk for one in selectors.scopes(cast.ctx("desk"), "roster")] == [cast.district.pk]
    assert selectors.scopes(cast.ctx("officer"), "roster") == []
    page = client_for(cast.desk).get("/exchange/upload/?kind=roster").content.decode()
    assert f'name="scope" value="{cast.district.pk}"' in page

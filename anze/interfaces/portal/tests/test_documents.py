"""The pages of documents, what they are put together from, and the public page to verify."""

from __future__ import annotations

import hashlib
import io

import docx
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from anze.engines.duties.models import Requirement
from anze.interfaces.portal import papers
from anze.interfaces.portal.views import verify
from anze.kernel.bus import limits
from anze.kernel.documents import making, selectors
from anze.kernel.documents.models import Document, State
from anze.kernel.documents.shape import Figure, Heading, Para, Table
from anze.kernel.documents.tests.pdftext import text_of
from anze.kernel.files import selectors as files
from anze.kernel.ledger import sequencer
from anze.kernel.work import jobs


@pytest.fixture(autouse=True)
def _place(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.ANZE_SITE = "https://anze.example"
    cache.clear()


def begin(client, kind, **fields) -> Document:
    answer = client.post(f"/documents/new/{kind}/", fields)
    assert answer.status_code == 302, answer.content.decode()
    jobs.run_waiting()
    return Document.objects.get(pk=answer.url.split("/")[2])


def issue(client, row, word="星教安") -> Document:
    answer = client.post(f"/documents/{row.pk}/issue/", {"word": word})
    assert answer.status_code == 302, answer.content.decode()
    jobs.run_waiting()
    sequencer.advance()
    row.refresh_from_db()
    assert row.state == State.ISSUED
    return row


def book(client, stage, unit, issuer, on="2026-11-24") -> Document:
    fields = {"issuer": issuer.pk, "unit": unit.pk, "year": 2026, "on": on}
    return begin(client, "book", **fields)


def notice(client, stage, about="c:stage:1.1", since="2026-11-01", on="2026-11-24", **more):
    fields = {"issuer": stage.cast.district.pk, "about": about, "since": since, "on": on}
    return begin(client, "notice", **fields, **more)


def words(row: Document) -> str:
    said = []
    for block in making.paper_of(row).blocks:
        if isinstance(block, Heading | Para):
            said.append(block.text)
        elif isinstance(block, Table):
            said += [" | ".join(line) for line in (block.heads, *block.rows)]
    return "\n".join(said)


def test_the_book_tells_clause_by_clause_what_was_done_and_what_lacks(stage, client_for):
    cast = stage.cast
    row = book(client_for(cast.principal), stage, cast.primary, cast.primary)
    assert row.state == State.DRAFT, row.message
    said = words(row)
    assert "林校" in said
    assert "程全" in said
    assert "第1.1条" in said
    assert "巡查要走到（第1.2条）" in said
    walk = "2026-11-08 校园巡查"
    assert walk in said
    assert said.count("2026年第45周（11月2日起）") >= 2
    assert "到期未完成" in said
    assert "下列条款本年度没有对本单位产生应办事项：2.1、2.2、2.3" in said
    assert "星湖初级中学" not in said


def test_the_book_as_of_a_day_knows_no_more_than_was_known_then(stage, client_for):
    cast = stage.cast
    client = client_for(cast.principal)
    early = words(book(client, stage, cast.primary, cast.primary, on="2026-11-07"))
    assert "2026-11-08 校园巡查" not in early
    assert "资料截至" in str(making.paper_of(Document.objects.latest("drafted_at")).cover)


def test_the_desk_writes_the_book_of_a_school_and_the_school_may_read_it(stage, client_for):
    cast = stage.cast
    desk = client_for(cast.desk)
    row = book(desk, stage, cast.primary, cast.district)
    assert client_for(cast.principal).get(f"/documents/{row.pk}/").status_code == 404
    issue(desk, row)
    assert client_for(cast.principal).get(f"/documents/{row.pk}/").status_code == 200
    assert client_for(cast.junior_head).get(f"/documents/{row.pk}/").status_code == 404


def test_a_notice_that_would_be_cut_is_refused_and_says_how_to_ask_for_less(
    stage, client_for, monkeypatch
):
    monkeypatch.setattr(papers.notice, "MOST", 0)
    row = notice(client_for(stage.cast.desk), stage)
    assert row.state == State.FAILED
    assert "超过0项" in row.message
    assert "把时间改短" in row.message


def test_a_year_without_duties_is_refused_with_words(stage, client_for):
    cast = stage.cast
    fields = {"issuer": cast.primary.pk, "unit": cast.primary.pk, "year": 2024, "on": "2024-12-31"}
    row = begin(client_for(cast.principal), "book", **fields)
    assert row.state == State.FAILED
    page = client_for(cast.principal).get(f"/documents/{row.pk}/").content.decode()
    assert "没有应办事项" in page


def test_a_notice_names_those_and_only_those_who_lack(stage, client_for):
    row = notice(client_for(stage.cast.desk), stage, to="各校", copy_to="区政府")
    said = words(row)
    assert "小荷幼儿园" in said
    paper = making.paper_of(row)
    table = next(one for one in paper.blocks if isinstance(one, Table))
    weekly = [line for line in table.rows if line[2] == "每周校园巡查"]
    junior = {line[3] for line in weekly if line[1].startswith("星湖初级中学")}
    assert junior == {
        "2026年第45周（11月2日起）",
        "2026年第46周（11月9日起）",
        "2026年第47周（11月16日起）",
    }
    assert paper.to == "各校"
    late = {one.unit.name for one in row.recipients.select_related("unit")}
    assert {"小荷幼儿园", "星湖初级中学", "临湖小学"} <= late
    assert "平安校车服务公司" not in late


def test_a_notice_of_one_requirement_and_of_an_empty_span(stage, client_for):
    one = Requirement.objects.get(ref="DESK-MONTH")
    client = client_for(stage.cast.desk)
    row = notice(client, stage, about=f"r:{one.pk}")
    assert "安全综治科" in words(row)
    empty = notice(client, stage, about=f"r:{one.pk}", since="2026-11-01", on="2026-11-02")
    assert empty.state == State.FAILED
    answer = client.post(
        "/documents/new/notice/",
        {"issuer": stage.cast.district.pk, "about": "c:stage:1.1", "since": "2026-11-09",
         "on": "2026-11-01", "to": "保留我"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert "结束日期早于开始日期" in answer.content.decode()
    assert "保留我" in answer.content.decode()


def test_the_report_counts_the_same_as_the_board(stage, client_for):
    fields = {"issuer": stage.cast.district.pk, "term": "2026-autumn"}
    row = begin(client_for(stage.cast.leader), "report", **fields)
    paper = making.paper_of(row)
    assert [type(one).__name__ for one in paper.blocks].count("Figure") >= 2
    tables = [one for one in paper.blocks if isinstance(one, Table)]
    by_unit = next(one for one in tables if one.title == "各单位履职情况")
    primary = next(line for line in by_unit.rows if line[0] == "临湖小学")
    html = client_for(stage.cast.desk).get(
        f"/duties/?unit={stage.cast.primary.pk}&state=asked"
        "&due_after=2026-09-01&due_before=2026-11-24"
    ).content.decode()  # fmt: skip
    assert f"共 {primary[1]} 条" in html
    assert any(isinstance(one, Figure) for one in paper.blocks)


def test_a_document_goes_its_way_through_the_pages(stage, client_for):
    client = client_for(stage.cast.desk)
    row = notice(client, stage)
    page = client.get(f"/documents/{row.pk}/").content.decode()
    assert "签发" in page
    assert "style=" not in page
    draft = client.get(f"/documents/{row.pk}/preview.pdf")
    assert "草稿" in text_of(draft.content)
    assert client.get(f"/documents/{row.pk}/draft.docx").status_code == 200
    assert client.post(f"/documents/{row.pk}/issue/", {"word": "一"}).status_code == 422
    issue(client, row)
    data = client.get(f"/documents/{row.pk}/pdf/").content
    assert row.reference in text_of(data)
    word = docx.Document(io.BytesIO(client.get(f"/documents/{row.pk}/docx/").content))
    assert row.reference in [one.text for one in word.paragraphs]
    assert client.get(f"/documents/{row.pk}/scan/").status_code == 404
    scan = SimpleUploadedFile("a.pdf", data)
    assert client.post(f"/documents/{row.pk}/attach/", {"file": scan}).status_code == 302
    assert client.get(f"/documents/{row.pk}/scan/").content == data
    assert client.post(f"/documents/{row.pk}/void/", {"reason": "x"}).status_code == 422
    assert client.post(f"/documents/{row.pk}/void/", {"reason": "wrong"}).status_code == 302
    row.refresh_from_db()
    assert row.state == State.VOID
    assert row.reference in client.get("/documents/?state=void").content.decode()
    assert client.get(f"/documents/{row.pk}/preview.pdf").status_code == 409


def test_who_may_not_issue_sees_no_forms_and_is_refused(stage, client_for):
    row = notice(client_for(stage.cast.desk), stage)
    for person in ("auditor", "clerk", "inspector"):
        client = client_for(stage.cast.people[person])
        assert client.get("/documents/").status_code == 200
        assert "/documents/new/" not in client.get("/documents/").content.decode()
        assert client.get("/documents/new/book/").status_code == 403
        assert client.post(f"/documents/{row.pk}/issue/", {"word": "星教安"}).status_code == 403
    officer = client_for(stage.cast.officer)
    assert officer.post(f"/documents/{row.pk}/issue/", {"word": "星教安"}).status_code == 404
    assert officer.get("/documents/new/nothing/").status_code == 404
    issuer = stage.cast.district.pk
    fields = {"issuer": issuer, "unit": stage.cast.primary.pk, "year": 2026, "on": "2026-11-24"}
    assert officer.post("/documents/new/book/", fields).status_code == 422


def test_a_stranger_verifies_and_learns_nothing_more(stage, client_for):
    desk = client_for(stage.cast.desk)
    row = issue(desk, notice(desk, stage, title_field="内部标题不外传"))
    stranger = Client(enforce_csrf_checks=False)
    page = stranger.get(f"/v/{row.code}/").content.decode()
    assert row.reference in page
    assert "有效" in page
    assert row.pdf.sha256 in page
    assert "内部标题" not in page
    assert "小荷幼儿园" not in page
    assert str(row.pk) not in page
    assert "未防管理员" in page
    assert stranger.get(f"/v/?code={row.code.lower()}", follow=True).status_code == 200
    data = files.content(row.pdf)
    same = stranger.post(f"/v/{row.code}/", {"file": SimpleUploadedFile("x.pdf", data)})
    assert "一致：就是签发的PDF 文件" in same.content.decode()
    other = stranger.post(f"/v/{row.code}/", {"file": SimpleUploadedFile("x.pdf", data + b" ")})
    assert "不一致" in other.content.decode()
    assert hashlib.sha256(data + b" ").hexdigest() in other.content.decode()
    sent = {"file": SimpleUploadedFile("x.pdf", data)}
    big = stranger.post(f"/v/{row.code}/", sent, CONTENT_LENGTH=str(30 * 1024 * 1024))
    assert big.status_code == 422
    assert "一次上传超过" in big.content.decode()
    desk.post(f"/documents/{row.pk}/void/", {"reason": "wrong", "why": "悄悄话"})
    page = stranger.get(f"/v/{row.code}/").content.decode()
    assert "已作废" in page
    assert "悄悄话" not in page


def test_unknown_codes_are_not_found_and_drafts_have_none(stage, client_for):
    stranger = Client()
    assert stranger.get("/v/").status_code == 200
    for code in ("AAAAAAAAAAAAAAAAAAAA", "x", "%3Cscript%3E", "安"):
        answer = stranger.get(f"/v/{code}/")
        assert answer.status_code == 404
        assert "<script>" not in answer.content.decode().replace("<script src", "")


def test_looks_of_one_address_are_limited(stage, monkeypatch):
    monkeypatch.setattr(limits, "instant", lambda: 7.0)
    monkeypatch.setattr(verify, "PACE", limits.Limit(per_second=1, burst=60))
    stranger = Client()
    answers = [stranger.get("/v/NOBODY/").status_code for _ in range(61)]
    assert answers[:60] == [404] * 60
    assert answers[60] == 429
    assert Client(REMOTE_ADDR="10.9.9.9").get("/v/NOBODY/").status_code == 404


def test_the_list_shows_each_what_is_his(stage, client_for):
    desk = client_for(stage.cast.desk)
    row = notice(desk, stage)
    assert row.title in desk.get("/documents/").content.decode()
    assert row.title not in client_for(stage.cast.principal).get("/documents/").content.decode()
    issue(desk, row)
    assert row.title in client_for(stage.cast.principal).get("/documents/").content.decode()
    assert selectors.visible(stage.cast.ctx("outsider")).count() == 0
    assert client_for(stage.cast.guard).get("/documents/").status_code == 403

"""From draft to issue, void, replaced, sealed: numbers, bytes, entries, and who may do what."""

from __future__ import annotations

import hashlib
import io
import threading

import pytest
from django.db import connection
from PIL import Image

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Denied, NotFound, Refused
from anze.kernel.documents import making, numbering, selectors, services
from anze.kernel.documents.models import Document, Series, State
from anze.kernel.documents.tests.pdftext import text_of
from anze.kernel.files import selectors as files
from anze.kernel.ledger import kinds as ledger_kinds
from anze.kernel.ledger import selectors as ledger
from anze.kernel.ledger import sequencer
from anze.kernel.ledger import services as entries
from anze.kernel.ledger.models import Entry
from anze.kernel.work import jobs
from anze.kernel.work.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


def drafted(ctx, unit, kind="trial", **params):
    row = services.draft(ctx, kind, unit.pk, params, title="通报")
    jobs.run_waiting()
    row.refresh_from_db()
    return row


def issued(ctx, unit, kind="trial", word="星教安通", **params):
    row = services.issue(ctx, drafted(ctx, unit, kind, **params).pk, word=word)
    jobs.run_waiting()
    sequencer.advance()
    row.refresh_from_db()
    return row


@pytest.fixture
def world(transactional_db):
    from tests.cast import build

    return build()


def test_a_draft_has_no_number_and_an_issued_document_has_all(world):
    ctx = world.ctx("desk")
    row = drafted(ctx, world.district, title="关于<演练>&情况的通报")
    assert (row.state, row.number, row.code) == (State.DRAFT, None, None)
    assert Series.objects.count() == 0
    row = services.issue(ctx, row.pk, word="星教安通")
    assert row.state == State.ISSUING
    jobs.run_waiting()
    row.refresh_from_db()
    assert row.state == State.ISSUED
    assert row.reference == f"星教安通〔{ctx.today.year}〕1号"
    data = files.content(row.pdf)
    assert hashlib.sha256(data).hexdigest() == row.pdf.sha256
    said = text_of(data)
    assert row.reference in said
    assert "关于<演练>&情况的通报" in said
    assert numbering.spaced(row.code) in said.replace("\u200b", "")
    entry = ledger.by_uid(row.entry_uid)
    assert entry.data["number"] == 1
    assert entry.data["status"] == "valid"
    assert entry.proof_list == [row.pdf.sha256, row.docx.sha256]
    assert entry.actor_id == world.desk.pk
    assert row.title not in entry.facts


def test_numbers_go_on_by_issuer_kind_and_year(world):
    desk, principal = world.ctx("desk"), world.ctx("principal")
    assert issued(desk, world.district).number == 1
    assert issued(desk, world.district, word="").number == 2
    assert issued(desk, world.district, "quiet", word="星教安内").number == 1
    assert issued(principal, world.primary, word="临小安").number == 1
    dropped = drafted(desk, world.district)
    services.drop(desk, dropped.pk)
    assert issued(desk, world.district, word="").number == 3


def test_a_word_is_kept_for_the_year_and_belongs_to_one_series(world):
    desk = world.ctx("desk")
    issued(desk, world.district)
    row = drafted(desk, world.district)
    with pytest.raises(Refused, match="星教安通"):
        services.issue(desk, row.pk, word="另一个")
    with pytest.raises(Conflict, match="已有别的系列"):
        services.issue(desk, drafted(desk, world.district, "quiet").pk, word="星教安通")
    for wrong in ("", "一", "安〔2026〕", "安 1"):
        with pytest.raises(Refused, match="发文代字"):
            services.issue(desk, drafted(desk, world.district, "quiet").pk, word=wrong)
    row.refresh_from_db()
    assert row.state == State.DRAFT
    assert Series.objects.get(kind="trial").last == 1


def test_many_who_issue_at_once_get_consecutive_numbers(world):
    rows = [drafted(world.ctx("desk"), world.district) for _ in range(8)]
    faults: list[BaseException] = []

    def issue(row):
        try:
            services.issue(world.ctx("desk"), row.pk, word="星教安通")
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    # Each document is issued twice at once: one of the two must come too late.
    threads = [threading.Thread(target=issue, args=(row,)) for row in rows for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [type(one) for one in faults] == [Conflict] * 8
    numbers = Document.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 9))
    assert Series.objects.get().last == 8


def test_what_cannot_be_recorded_leaves_neither_number_nor_entry(world, monkeypatch):
    ctx, row = world.ctx("desk"), drafted(world.ctx("desk"), world.district)

    def broken(*_args, **_more):
        raise RuntimeError("the queue is gone")

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "enqueue", broken)
        with pytest.raises(RuntimeError):
            services.issue(ctx, row.pk, word="星教安通")
    row.refresh_from_db()
    assert (row.state, row.number) == (State.DRAFT, None)
    assert not Series.objects.filter(last__gt=0).exists()


def test_a_killed_job_is_taken_up_and_leaves_one_entry(world, monkeypatch):
    ctx = world.ctx("desk")
    row = services.issue(ctx, drafted(ctx, world.district).pk, word="星教安通")
    with monkeypatch.context() as patch:
        patch.setattr(making, "_replace_old", lambda *_: 1 / 0)
        jobs.run_waiting()
    row.refresh_from_db()
    assert row.state == State.ISSUING
    assert not Entry.objects.filter(kind="documents.issued").exists()
    Job.objects.all().delete()
    assert making.take_up(Ctx.system()) == 1
    jobs.run_waiting()
    row.refresh_from_db()
    assert (row.state, row.number) == (State.ISSUED, 1)
    assert Entry.objects.filter(kind="documents.issued").count() == 1


def test_a_draft_that_could_not_be_made_says_so_and_is_made_again_on_request(world, monkeypatch):
    ctx = world.ctx("desk")
    with monkeypatch.context() as patch:
        patch.setattr(making.shape, "tidy", lambda *_: 1 / 0)
        row = drafted(ctx, world.district)
        assert row.state == State.MAKING  # the job tries again
        Job.objects.update(state="failed")
        assert making.take_up(Ctx.system()) == 0
    row.refresh_from_db()
    assert row.state == State.FAILED
    assert "重新汇编" in row.message
    services.remake(ctx, row.pk)
    jobs.run_waiting()
    row.refresh_from_db()
    assert row.state == State.DRAFT


def test_what_holds_its_number_is_tried_again_without_end(world, monkeypatch):
    ctx = world.ctx("desk")
    row = services.issue(ctx, drafted(ctx, world.district).pk, word="星教安通")
    with monkeypatch.context() as patch:
        patch.setattr(making, "_replace_old", lambda *_: 1 / 0)
        jobs.run_waiting()
    Job.objects.filter(state="queued").update(state="failed")
    assert making.take_up(Ctx.system()) == 1
    row.refresh_from_db()
    assert "自动再试" in row.message
    jobs.run_waiting()
    row.refresh_from_db()
    assert (row.state, row.message) == (State.ISSUED, "")


def test_what_was_issued_never_changes(world):
    ctx = world.ctx("desk")
    row = issued(ctx, world.district)
    for change in (services.remake, services.drop):
        with pytest.raises(Conflict):
            change(ctx, row.pk)
    with pytest.raises(Conflict):
        services.issue(ctx, row.pk)


def test_void_keeps_number_and_bytes_and_supersedes_the_entry(world):
    ctx = world.ctx("desk")
    row = issued(ctx, world.district)
    first, data = row.entry_uid, files.content(row.pdf)
    services.void(ctx, row.pk, "wrong", why="数字有误")
    sequencer.advance()
    row.refresh_from_db()
    assert (row.state, row.number) == (State.VOID, 1)
    assert files.content(row.pdf) == data
    entry = ledger.by_uid(row.entry_uid)
    assert (entry.target, entry.data["status"], entry.data["reason"]) == (first, "void", "wrong")
    assert entries.private_part(entry)["why"] == "数字有误"
    with pytest.raises(Conflict):
        services.void(ctx, row.pk, "wrong")
    with pytest.raises(Refused, match="原因"):
        services.void(ctx, row.pk, "because")
    assert issued(ctx, world.district, word="").number == 2


def test_a_correction_replaces_the_old_one_only_when_it_is_issued(world):
    ctx = world.ctx("desk")
    old = issued(ctx, world.district)
    new = services.redraft(ctx, old.pk)
    other = services.redraft(ctx, old.pk)
    jobs.run_waiting()
    old.refresh_from_db()
    assert old.state == State.ISSUED
    services.issue(ctx, new.pk)
    with pytest.raises(Conflict, match="原公文"):
        services.issue(ctx, other.pk)
    jobs.run_waiting()
    sequencer.advance()
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, new.state, new.number) == (State.REPLACED, State.ISSUED, 2)
    assert ledger.by_uid(old.entry_uid).data["by"] == str(new.pk)
    assert selectors.verify(old.code).replaced_by == new.reference


def test_void_and_replacement_at_once_leave_one_end(world):
    ctx = world.ctx("desk")
    old = issued(ctx, world.district)
    new = services.redraft(ctx, old.pk)
    jobs.run_waiting()
    services.issue(ctx, new.pk)
    services.void(ctx, old.pk, "mistaken")
    jobs.run_waiting()
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, new.state) == (State.VOID, State.ISSUED)


def test_a_maker_that_refuses_leaves_its_words_on_the_draft(world):
    ctx = world.ctx("desk")
    row = drafted(ctx, world.district, fail="1")
    assert (row.state, row.message) == (State.FAILED, "没有数据。请换一个时间段。")
    with pytest.raises(Conflict):
        services.issue(ctx, row.pk, word="星教安通")


def photo() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (80, 100), "white").save(out, "JPEG")
    out.seek(0)
    return out


def test_the_sealed_original_is_kept_beside_and_recorded(world):
    ctx = world.ctx("desk")
    row = issued(ctx, world.district)
    sha256 = hashlib.sha256(photo().getvalue()).hexdigest()
    row = services.attach_scan(ctx, row.pk, photo(), name="盖章.jpg")
    sequencer.advance()
    assert row.scan.sha256 == sha256
    assert ledger.by_uid(row.scan_uid).proof_list == [sha256]
    assert selectors.verify(row.code).scan == sha256
    assert services.attach_scan(ctx, row.pk, photo()).scan_uid == row.scan_uid
    with pytest.raises(Refused, match="扫描件"):
        services.attach_scan(ctx, row.pk, io.BytesIO(files.content(row.docx)))
    services.void(ctx, row.pk, "wrong")
    with pytest.raises(Conflict):
        services.attach_scan(ctx, row.pk, photo())


def test_who_may_see_issue_and_void(world):
    desk = world.ctx("desk")
    draft = drafted(desk, world.district)
    out = issued(desk, world.district)
    own = issued(world.ctx("principal"), world.primary, word="临小安")
    for person in ("officer", "outsider", "junior_head", "guard"):
        with pytest.raises((NotFound, Denied)):
            services.draft(world.ctx(person), "trial", world.district.pk, {}, title="x")
        assert not selectors.visible(world.ctx(person)).filter(pk=draft.pk).exists()
    with pytest.raises(NotFound):
        selectors.get(world.ctx("junior_head"), own.pk)
    with pytest.raises(NotFound):
        selectors.get(world.ctx("outsider"), out.pk)
    with pytest.raises(Denied):
        services.void(world.ctx("officer"), own.pk, "wrong")
    with pytest.raises(Denied):
        services.void(desk, own.pk, "wrong")  # a school's paper is the school's to end
    assert selectors.get(desk, own.pk) == own
    assert selectors.get(world.ctx("auditor"), out.pk) == out


def test_a_document_addressed_to_a_unit_is_read_there_once_it_is_issued(world):
    ctx, to = world.ctx("desk"), str(world.junior.pk)
    draft = drafted(ctx, world.district, to=to)
    with pytest.raises(NotFound):
        selectors.get(world.ctx("junior_head"), draft.pk)
    out = issued(ctx, world.district, to=to)
    assert selectors.get(world.ctx("junior_head"), out.pk) == out
    with pytest.raises(NotFound):
        selectors.get(world.ctx("principal"), out.pk)
    row, file = selectors.file_of(world.ctx("junior_head"), out.pk, "pdf")
    assert (row, file) == (out, out.pdf)


def test_strangers_learn_by_the_code_what_is_meant_for_them(world):
    ctx = world.ctx("desk")
    out, quiet = issued(ctx, world.district), issued(ctx, world.district, "quiet", word="星教安内")
    found = selectors.verify(out.code)
    assert (found.reference, found.title, found.state) == (out.reference, out.title, "issued")
    assert found.n == ledger.receipt(ledger.by_uid(out.entry_uid)).n
    assert selectors.same(found, out.pdf.sha256) == "pdf"
    assert selectors.same(found, out.docx.sha256) == "docx"
    assert selectors.same(found, "0" * 64) == ""
    assert selectors.same(found, "") == ""
    assert selectors.verify(quiet.code).title == ""
    assert selectors.verify(numbering.spaced(out.code).lower()) == found
    assert selectors.verify(drafted(ctx, world.district).pk.hex) is None
    assert selectors.verify("") is None


def test_codes_are_long_and_never_the_same():
    codes = {numbering.new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert {len(code) for code in codes} == {20}


def test_the_facts_hold_no_words():
    for name in ("documents.issued", "documents.sealed"):
        ledger_kinds.check(ledger_kinds.get(name))


def test_without_an_address_nothing_is_issued(world, settings):
    settings.ANZE_SITE = ""
    row = drafted(world.ctx("desk"), world.district)
    with pytest.raises(Refused, match="网址"):
        services.issue(world.ctx("desk"), row.pk, word="星教安通")
    assert (
        services.issue(
            world.ctx("desk"), row.pk, word="星教安通", site="https://here.example/"
        ).site
        == "https://here.example"
    )

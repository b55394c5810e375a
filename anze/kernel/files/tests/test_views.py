"""What the wire shows: receipts, refusals in words, and nothing that a browser could run."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from anze.kernel.bus.errors import NotFound
from anze.kernel.files import views
from anze.kernel.files.limits import MAX_BODY
from anze.kernel.files.tests import corpus
from anze.kernel.files.tests.scopes import person
from anze.lib.ids import uuid7

pytestmark = pytest.mark.django_db


class Anyone:
    is_authenticated = True


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def call(view, request, ctx, *args):
    request.ctx, request.user = ctx, Anyone()
    request._dont_enforce_csrf_checks = True
    return view(request, *args)


def upload(ctx, unit, data=None, name="photo.jpg", **more):
    data = corpus.photo_with_gps() if data is None else data
    sent = {"unit": str(unit), "file": SimpleUploadedFile(name, data, "image/jpeg"), **more}
    return call(views.upload, RequestFactory().post("/files/", sent), ctx)


def fetch(ctx, file_id, view=views.download, **headers):
    return call(view, RequestFactory().get("/", headers=headers), ctx, file_id)


def test_an_upload_answers_with_a_receipt_and_a_retry_with_the_same_one():
    unit = uuid7()
    ctx = person(unit)
    first, second = upload(ctx, unit), upload(ctx, unit)
    assert (first.status_code, second.status_code) == (201, 200)
    assert json.loads(first.content) == json.loads(second.content)
    assert len(json.loads(first.content)["sha256"]) == 64


def test_the_declared_type_and_the_name_are_not_believed():
    unit = uuid7()
    answer = upload(person(unit), unit, corpus.REFUSED["zip of photos"](), "photo.jpg")
    assert answer.status_code == 422
    assert "压缩包" in json.loads(answer.content)["message"]
    assert json.loads(answer.content)["remedy"]


def test_an_upload_for_a_unit_out_of_scope_is_404():
    assert upload(person(uuid7()), uuid7()).status_code == 404


@pytest.mark.parametrize("unit", ["", "x", "00000000-0000-0000-0000-00000000000g"])
def test_a_unit_that_is_no_id_is_refused(unit):
    assert upload(person(), unit).status_code == 422


def test_an_upload_without_a_file_is_refused():
    request = RequestFactory().post("/files/", {"unit": str(uuid7())})
    assert call(views.upload, request, person()).status_code == 422


def test_a_huge_body_is_refused_before_it_is_read():
    request = RequestFactory().post("/files/", {})
    request.META["CONTENT_LENGTH"] = str(MAX_BODY + 1)
    request._read_started = True  # reading it now would raise
    answer = call(views.upload, request, person())
    assert answer.status_code == 422
    assert "分几次" in json.loads(answer.content)["remedy"]


@pytest.mark.parametrize("name", corpus.NEUTRALISED)
def test_a_polyglot_is_served_as_a_harmless_attachment(name):
    unit = uuid7()
    ctx = person(unit)
    file_id = json.loads(upload(ctx, unit, corpus.NEUTRALISED[name](), "x.html").content)["id"]
    answer = fetch(ctx, file_id)
    assert answer["Content-Type"] in ("image/jpeg", "image/webp")
    assert answer["Content-Disposition"].startswith('attachment; filename="x.')
    assert "html" not in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"<script" not in answer.content


def test_a_known_etag_saves_the_bytes():
    unit = uuid7()
    ctx = person(unit)
    file_id = json.loads(upload(ctx, unit).content)["id"]
    first = fetch(ctx, file_id)
    again = fetch(ctx, file_id, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "no-cache" in again["Cache-Control"]


def test_a_thumbnail_is_small_and_documents_have_none():
    unit = uuid7()
    ctx = person(unit)
    photo = json.loads(upload(ctx, unit).content)
    paper = json.loads(upload(ctx, unit, corpus.PDF, "方案.pdf").content)
    assert len(fetch(ctx, photo["id"], views.thumbnail).content) < 40_000
    assert paper["thumb"] == ""
    with pytest.raises(NotFound):
        fetch(ctx, paper["id"], views.thumbnail)


def test_a_document_comes_back_as_it_was_sent_under_its_own_name():
    unit = uuid7()
    ctx = person(unit)
    file_id = json.loads(upload(ctx, unit, corpus.PDF, "方案.pdf").content)["id"]
    answer = fetch(ctx, file_id)
    assert answer.content == corpus.PDF
    assert "%E6%96%B9%E6%A1%88.pdf" in answer["Content-Disposition"]


def test_a_file_of_another_unit_is_not_there():
    unit = uuid7()
    file_id = json.loads(upload(person(unit), unit).content)["id"]
    with pytest.raises(NotFound):
        fetch(person(uuid7()), file_id)

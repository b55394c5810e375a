"""Work comes in once, whole, with its receipt; other bytes under its id are kept for a person."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from anze.kernel.bus import clock
from anze.kernel.files.tests import corpus
from anze.kernel.forms.models import Submission
from anze.kernel.ledger import sequencer
from anze.kernel.ledger.models import Entry
from anze.kernel.outbox import selectors, settling
from anze.kernel.outbox.models import Delivery, Packet, Upload
from anze.kernel.people.access import ctx_for
from tests.outbox.conftest import body


def drills():
    return Entry.objects.filter(kind="drill.held")


def test_work_with_two_photos_becomes_one_entry_with_their_hashes_as_received(phone):
    photos = [corpus.photo_with_gps(), corpus.picture(size=(320, 200))]
    files = [phone.upload(data) for data in photos]
    answer = phone.hand(body(files=files))
    assert answer.status_code == 201, answer.content
    entry = drills().get()
    assert answer.json()["entry"] == str(entry.uid)
    assert sorted(entry.proof_list) == sorted(Upload.objects.values_list("sha256", flat=True))
    assert entry.via == "packet"
    assert Submission.objects.get().attachments.count() == 2


def test_the_receipt_says_the_number_once_there_is_one(phone):
    item, sent = uuid4(), body()
    phone.hand(sent, item)
    sequencer.advance()
    again = phone.hand(sent, item).json()
    assert again["n"] == drills().get().leaf.n


def test_the_same_bytes_again_give_the_same_receipt(phone):
    item, sent = uuid4(), body()
    first, again = phone.hand(sent, item), phone.hand(sent, item)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["entry"] == again.json()["entry"]
    assert drills().count() == Delivery.objects.count() == 1
    assert Packet.objects.get().taken == 1


def test_other_bytes_under_the_same_id_are_both_kept_and_told_what_to_do(phone):
    item = uuid4()
    phone.hand(body(), item)
    answer = phone.hand(body(**{"a-participants": "500"}), item)
    assert answer.status_code == 409
    assert "核对" in answer.json()["remedy"]
    other = Delivery.objects.get(state="other")
    assert answer.json()["conflict"] == str(other.pk)
    assert drills().count() == 1
    again = phone.hand(body(**{"a-participants": "500"}), item)
    assert again.json()["conflict"] == str(other.pk)


def test_what_waits_for_a_decision_lies_sealed(phone):
    item = uuid4()
    phone.hand(body(), item)
    phone.hand(body(**{"a-lessons": "王小明摔倒了"}), item)
    other = Delivery.objects.get(state="other")
    assert "王小明".encode() not in bytes(other.ciphertext)
    assert ("发现的问题", "王小明摔倒了") in lines_of(other)


def lines_of(row):
    from anze.kernel.outbox import works

    return works.get("form").lines(row.packet, settling.other(row))


def test_the_sender_lets_the_first_stand(phone, cast):
    row = conflict(phone)
    settling.keep_first(ctx_for(cast.officer), row)
    assert (row.state, row.ciphertext) == ("kept_first", None)
    assert drills().get().data["participants"] == 935
    assert Entry.objects.filter(kind="outbox.settled").count() == 1


def test_or_the_other_takes_its_place_as_a_correction(phone, cast):
    row = conflict(phone)
    settling.take_other(ctx_for(cast.officer), row)
    live = drills().get(op="supersede")
    assert live.data["participants"] == 500
    assert row.entry_uid == live.uid


def test_a_decision_is_made_once(phone, cast):
    from anze.kernel.bus.errors import Conflict

    row = conflict(phone)
    settling.keep_first(ctx_for(cast.officer), row)
    with pytest.raises(Conflict):
        settling.take_other(ctx_for(cast.officer), row)
    assert drills().count() == 1


def test_nobody_else_decides(phone, cast):
    from anze.kernel.bus.errors import Denied, NotFound

    row = conflict(phone)
    for who in ("guard", "junior_officer", "leader"):
        with pytest.raises((Denied, NotFound)):
            settling.keep_first(cast.ctx(who), row)
    assert not selectors.unsettled(cast.ctx("junior_officer")).exists()
    assert selectors.unsettled(cast.ctx("principal")).count() == 1


def conflict(phone):
    item = uuid4()
    phone.hand(body(), item)
    phone.hand(body(**{"a-participants": "500"}), item)
    return Delivery.objects.get(state="other")


def test_faults_are_told_by_field_and_nothing_is_kept(phone):
    answer = phone.hand(body(**{"a-participants": "很多"}))
    assert answer.status_code == 422
    assert "participants" in answer.json()["fields"]
    assert not Delivery.objects.exists()
    assert Packet.objects.get().taken == 0


def test_a_corrected_second_try_under_the_same_id_is_taken(phone):
    item = uuid4()
    phone.hand(body(**{"a-participants": "很多"}), item)
    assert phone.hand(body(), item).status_code == 201


def test_work_that_names_a_file_that_is_not_there_says_which(phone):
    missing = uuid4()
    answer = phone.hand(body(files=[missing]))
    assert answer.status_code == 409
    assert answer.json()["missing"] == [str(missing)]


def test_a_packet_takes_no_more_than_it_was_issued_for(phone):
    for _ in range(3):
        assert phone.hand(body()).status_code == 201
    answer = phone.hand(body())
    assert answer.status_code == 422
    assert "用完" in answer.json()["message"]


@pytest.mark.parametrize(
    "junk", [b"", b"[]", b"null", b"{}", b'{"content": 1}', b"\xff", b'{"content":{},"files":[1]}',
             b'{"content":{"fields":[["a"]]}}', b'{"content":{"fields":7}}', b"[" * 5000,
             '{"content":{}}'.encode("utf-16"), b'{"content":{"fields":[["a-lessons","\\ud800"]]}}',
             b'{"content":{"fields":[["subject","\\u0000"]]}}', b'{"content":{},"content":{}}'],
)  # fmt: skip
def test_what_no_phone_makes_is_refused_in_words(phone, junk):
    answer = phone.hand(junk)
    assert answer.status_code == 422
    assert answer.json()["message"]


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"]
)
def test_an_instant_that_no_calendar_holds_is_no_instant(phone, cast, client_for, moment):
    item = uuid4()
    told = json.loads(body()) | {"captured": moment}
    headers = {"Anze-Sent": moment}
    first = phone.ask("PUT", f"items/{item}/", json.dumps(told).encode(), **headers)
    assert (first.status_code, "没有说明" in first.json()["doubt"]) == (201, True)
    other = json.dumps(told | {"v": 2}).encode()
    assert phone.ask("PUT", f"items/{item}/", other, **headers).status_code == 409
    assert client_for(cast.officer).get("/outbox/").status_code == 200


def test_content_above_the_limit_is_refused(phone):
    answer = phone.hand(body(**{"a-lessons": "长" * 300_000}))
    assert (answer.status_code, "太长" in answer.json()["message"]) == (422, True)


def test_it_is_judged_by_the_pack_version_it_was_taken_along_with(phone, cast, tmp_path):
    from datetime import date

    from anze.kernel.bus.ctx import Ctx
    from anze.kernel.forms.tests import testpack
    from anze.kernel.packs import services as packs

    stricter = testpack.FORMS.replace("max: 5000", "max: 10")
    newer = testpack.load(tmp_path / "newer", {"forms/all.yaml": stricter}, version="2026.2")
    packs.activate(Ctx.system(), newer, cast.district.pk, date(2026, 11, 1))
    assert phone.hand(body()).status_code == 201
    assert Submission.objects.get().pack_id == phone.packet.pack_id


@pytest.mark.django_db(transaction=True)
def test_two_windows_at_once_make_one_entry(phone):
    item, sent = uuid4(), body()

    def hand(_n):
        try:
            with clock.travel(phone.packet.issued_at + timedelta(minutes=1)):
                return phone.hand(sent, item).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(hand, range(6)))
    assert answers == [200] * 5 + [201]
    assert drills().count() == Delivery.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_different_contents_at_once_are_one_entry_and_one_conflict(phone):
    item = uuid4()
    contents = [body(**{"a-participants": str(900 + n % 2)}) for n in range(6)]

    def hand(sent):
        try:
            with clock.travel(phone.packet.issued_at + timedelta(minutes=1)):
                return phone.hand(sent, item).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(hand, contents))
    assert answers.count(201) == 1
    assert answers.count(409) == 3
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["other", "taken"]
    assert Packet.objects.get().taken == 1

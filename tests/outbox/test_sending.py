"""Files come in pieces with a receipt each; the token does no more than that, and not for ever."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Denied, NotFound, Refused
from anze.kernel.bus.limits import Limit
from anze.kernel.files import services as files
from anze.kernel.files.models import StoredFile
from anze.kernel.files.tests import corpus
from anze.kernel.ledger.models import Entry
from anze.kernel.outbox import sending, services, sweeping, uploads
from anze.kernel.outbox.models import Packet, Upload
from anze.kernel.people.access import ctx_for
from tests.outbox.conftest import NINE, body

NOISE = corpus.picture(size=(900, 700), quality=95)
SMALL = 10_000


class TestPieces:
    def test_a_file_in_pieces_is_kept_whole_with_a_receipt(self, phone):
        file = phone.upload(NOISE, SMALL)
        row = Upload.objects.get(client_id=file)
        assert (row.state, row.file.sha256) == ("kept", hashlib.sha256(NOISE).hexdigest())
        assert not uploads.path_of(row).exists()

    def test_it_goes_on_where_the_last_piece_ended(self, phone):
        file, _ = phone.declare(NOISE)
        phone.piece(file, 0, NOISE[:SMALL])
        head = phone.ask("HEAD", f"files/{file}/")
        assert head["Upload-Offset"] == str(SMALL)
        _, again = phone.declare(NOISE, file)
        assert again.json()["offset"] == SMALL

    def test_a_piece_at_another_place_is_told_the_right_one(self, phone):
        file, _ = phone.declare(NOISE)
        phone.piece(file, 0, NOISE[:SMALL])
        answer = phone.piece(file, 0, NOISE[:SMALL])
        assert (answer.status_code, answer.json()["where"]) == (409, str(SMALL))

    def test_what_a_killed_process_wrote_beyond_its_word_does_no_harm(self, phone):
        file, _ = phone.declare(NOISE)
        phone.piece(file, 0, NOISE[:SMALL])
        with uploads.path_of(Upload.objects.get()).open("ab") as part:
            part.write(b"torn" * 500)
        answer = phone.piece(file, SMALL, NOISE[SMALL:])
        assert answer.json()["state"] == "kept"

    def test_bytes_that_are_not_the_announced_ones_start_anew(self, phone):
        file, _ = phone.declare(NOISE)
        answer = phone.piece(file, 0, b"x" * len(NOISE))
        assert (answer.json()["state"], answer.json()["offset"]) == ("receiving", 0)
        assert phone.piece(file, 0, NOISE).json()["state"] == "kept"

    def test_pieces_lost_with_the_disk_start_anew(self, phone):
        file, _ = phone.declare(NOISE)
        phone.piece(file, 0, NOISE[:SMALL])
        uploads.path_of(Upload.objects.get()).unlink()
        assert phone.piece(file, SMALL, NOISE[SMALL:]).json()["offset"] == 0

    def test_a_whole_file_that_was_not_finished_is_finished_when_asked_again(self, phone):
        file, _ = phone.declare(NOISE)
        row = Upload.objects.get()
        uploads._write(row, 0, NOISE)
        Upload.objects.update(received=len(NOISE))
        assert phone.declare(NOISE, file)[1].json()["state"] == "kept"

    def test_pieces_of_a_kept_file_that_a_kill_left_behind_go_when_it_is_asked_for(self, phone):
        file = phone.upload(NOISE)
        row = Upload.objects.get()
        uploads.path_of(row).write_bytes(NOISE)
        assert phone.declare(NOISE, file)[1].json()["state"] == "kept"
        assert not uploads.path_of(row).exists()

    def test_other_bytes_under_a_known_file_id_are_refused(self, phone):
        file, _ = phone.declare(NOISE)
        assert phone.declare(NOISE + b"x", file)[1].status_code == 409

    def test_what_the_files_room_refuses_is_returned_with_the_reason(self, phone):
        page = b"<html><script>alert(1)</script></html>"
        file, _ = phone.declare(page)
        answer = phone.piece(file, 0, page)
        assert (answer.status_code, answer.json()["state"]) == (422, "refused")
        assert answer.json()["message"]

    def test_too_long_a_piece_and_too_large_a_file_are_refused(self, phone):
        file, _ = phone.declare(b"x" * (uploads.CHUNK + 5))
        assert phone.piece(file, 0, b"x" * (uploads.CHUNK + 1)).status_code == 422
        told = f'{{"size": {files.MAX_SIZE + 1}, "sha256": "{"a" * 64}", "name": "x"}}'
        assert phone.ask("PUT", f"files/{uuid4()}/", told.encode()).status_code == 422

    def test_a_name_is_cleaned_before_it_is_kept(self, phone):
        phone.declare(NOISE, name="..\\etc/照\x07片.jpg")
        assert Upload.objects.get().name == "照片.jpg"

    @pytest.mark.parametrize("name", ["\\ud800.jpg", "\\u0000.jpg"])
    def test_a_name_no_database_takes_is_refused_in_words(self, phone, name):
        told = f'{{"size": 5, "sha256": "{"a" * 64}", "name": "{name}"}}'
        answer = phone.ask("PUT", f"files/{uuid4()}/", told.encode())
        assert (answer.status_code, bool(answer.json()["message"])) == (422, True)

    def test_a_kept_file_that_was_forgotten_meanwhile_is_sent_again(self, phone):
        file = phone.upload(NOISE)
        files.sweep(Ctx.system(now=NINE + timedelta(days=8)))
        assert not StoredFile.objects.exists()
        answer = phone.hand(body(files=[file]))
        assert answer.json()["missing"] == [str(file)]
        assert phone.declare(NOISE, file)[1].json()["offset"] == 0

    def test_unfinished_files_are_forgotten_long_after_the_packet_closed(self, phone):
        phone.declare(NOISE)
        phone.piece(Upload.objects.get().client_id, 0, NOISE[:SMALL])
        closed = phone.packet.closes_at
        assert sweeping.forget(Ctx.system(now=closed + timedelta(days=29))) == 0
        assert sweeping.forget(Ctx.system(now=closed + timedelta(days=31))) == 1
        assert list(uploads.folder().iterdir()) == []


class TestToken:
    def test_it_is_kept_only_as_a_hash(self, phone):
        row = Packet.objects.values().get()
        assert phone.token not in str(row)

    def test_a_wrong_one_and_a_wrong_packet_look_the_same(self, phone):
        good = phone.token
        phone.token = good[:-1] + ("A" if good[-1] != "A" else "B")
        wrong = phone.ask("GET", "")
        phone.token = good
        phone.packet.pk = uuid4()
        missing = phone.ask("GET", "")
        assert (wrong.status_code, wrong.content) == (missing.status_code, missing.content)
        assert wrong.status_code == 404

    def test_it_opens_nothing_but_its_own_packet(self, phone, cast):
        other, _ = services.issue(
            ctx_for(cast.officer), "form", "trial/drill", cast.primary_east.pk
        )
        phone.packet = other
        assert phone.ask("GET", "").status_code == 404
        auth = {"Authorization": f"Packet {phone.token}"}
        for path in ("/", "/forms/", "/outbox/", f"/outbox/packets/{other.pk}/", "/api/v1/units"):
            assert Client().get(path, headers=auth).status_code in (302, 401, 404)

    def test_signing_out_ends_nothing_and_no_cookie_is_needed(self, phone, cast, client_for):
        client_for(cast.officer).post("/sign-out/")
        assert phone.hand(body()).status_code == 201

    def test_another_password_locks_it_and_signing_in_again_opens_it(self, phone, cast):
        cast.officer.set_password("Ein-anderes-1")
        cast.officer.save()
        answer = phone.hand(body())
        assert answer.status_code == 401
        assert "重新登录" in answer.json()["remedy"]
        phone.token = services.renew(ctx_for(cast.officer), phone.packet)
        assert phone.hand(body(captured=NINE)).json()["captured"]

    def test_renewing_ends_the_old_token_and_is_for_the_owner_only(self, phone, cast):
        services.renew(ctx_for(cast.officer), phone.packet)
        assert phone.ask("GET", "").status_code == 404
        with pytest.raises(Denied):
            services.renew(ctx_for(cast.principal), phone.packet)

    def test_a_closed_account_sends_nothing(self, phone, cast):
        cast.officer.is_active = False
        cast.officer.save()
        assert phone.hand(body()).status_code == 401

    def test_after_its_time_it_is_locked_and_may_be_renewed(self, phone, cast):
        late = phone.packet.closes_at + timedelta(seconds=1)
        with clock.travel(late):
            assert phone.hand(body()).status_code == 401
            phone.token = services.renew(ctx_for(cast.officer), phone.packet)
            assert phone.hand(body()).status_code == 201

    def test_a_revoked_packet_takes_nothing_more_but_repeats_its_receipts(self, phone, cast):
        item, sent = uuid4(), body()
        phone.hand(sent, item)
        services.revoke(ctx_for(cast.principal), phone.packet, "phone_lost")
        assert phone.hand(body()).status_code == 403
        assert phone.hand(sent, item).status_code == 200
        assert Entry.objects.filter(kind="outbox.revoked").count() == 1

    def test_a_neighbour_cannot_revoke_it(self, phone, cast):
        with pytest.raises((Denied, NotFound)):
            services.revoke(ctx_for(cast.junior_head), phone.packet, "phone_lost")

    def test_faster_than_a_phone_is_too_fast(self, phone, monkeypatch):
        monkeypatch.setattr(sending, "PACE", Limit(per_second=20, burst=3))
        answers = [phone.ask("GET", "").status_code for _ in range(5)]
        assert answers[:3] == [200, 200, 200]
        assert 429 in answers

    def test_it_is_never_kept_by_a_cache(self, phone):
        assert phone.ask("GET", "")["Cache-Control"] == "no-store"


class TestTakingAlong:
    def take(self, client, cast, **more):
        asked = {"work": "form", "ref": "trial/drill", "unit": str(cast.primary_east.pk), **more}
        return client.post("/outbox/take/", asked)

    def test_it_gives_a_token_once_and_leaves_an_entry(self, cast, trial, client_for):
        answer = self.take(client_for(cast.officer), cast, times="2")
        assert answer.status_code == 201
        assert len(answer.json()["token"]) >= 43
        assert Entry.objects.get(kind="outbox.issued").data["times"] == 2

    def test_other_schools_and_those_who_do_not_record_get_none(self, cast, trial, client_for):
        assert self.take(client_for(cast.junior_officer), cast).status_code == 404
        assert self.take(client_for(cast.leader), cast).status_code == 403
        assert self.take(Client(), cast).status_code == 302
        assert not Packet.objects.exists()

    @pytest.mark.parametrize(
        "wrong", [{"times": "0"}, {"times": "99"}, {"times": "x"}, {"unit": "x"}, {"work": "x"},
                  {"ref": "trial/nothing"}, {"ref": "trial/\0"}, {"work": "\0"}],
    )  # fmt: skip
    def test_what_cannot_be_taken_is_refused_in_words(self, cast, trial, client_for, wrong):
        answer = self.take(client_for(cast.officer), cast, **wrong)
        assert answer.status_code in (404, 422)
        assert answer.json()["message"]

    def test_the_page_holds_nothing_of_person_or_session(self, phone, cast, client_for):
        client = client_for(cast.officer)
        answer = client.get(f"/outbox/packets/{phone.packet.pk}/")
        html = answer.content.decode()
        assert "应参加" in html
        assert cast.officer.name not in html
        assert "csrf" not in html.lower()
        assert str(cast.officer.pk) not in html
        assert answer["Cache-Control"] == "private, no-store"

    def test_and_no_words_of_last_time(self, phone, cast, client_for):
        phone.hand(body(**{"a-lessons": "李雷在楼梯上推人"}))
        html = client_for(cast.officer).get(f"/outbox/packets/{phone.packet.pk}/").content.decode()
        assert "李雷" not in html
        assert 'value="1000"' in html

    def test_it_is_shown_to_its_owner_only(self, phone, cast, client_for):
        for who in (cast.principal, cast.desk, cast.guard):
            assert client_for(who).get(f"/outbox/packets/{phone.packet.pk}/").status_code == 404

    def test_too_many_open_packets_are_refused(self, cast, trial, monkeypatch):
        monkeypatch.setattr(services, "MOST_OPEN", 2)
        ctx = ctx_for(cast.officer)
        for _ in range(2):
            services.issue(ctx, "form", "trial/drill", cast.primary_east.pk)
        with pytest.raises(Refused):
            services.issue(ctx, "form", "trial/drill", cast.primary_east.pk)

    def test_a_packet_with_none_left_does_not_count_among_the_open_ones(
        self, phone, cast, monkeypatch
    ):
        monkeypatch.setattr(services, "MOST_OPEN", 1)
        Packet.objects.update(taken=3)
        services.issue(ctx_for(cast.officer), "form", "trial/drill", cast.primary_east.pk)

    def test_a_subject_is_kept_without_control_characters(self, cast, trial, client_for):
        answer = self.take(client_for(cast.officer), cast, subject=" 一\0号\x07楼 ")
        assert answer.json()["subject"] == "一号楼"


class TestTakingBack:
    WORDS = "手机丢了，收回"

    def test_it_is_offered_as_long_as_the_token_may_send(self, phone, cast, client_for):
        client = client_for(cast.officer)
        Packet.objects.update(taken=3)
        with clock.travel(phone.packet.closes_at - timedelta(minutes=1)):
            client.force_login(cast.officer)
            assert self.WORDS in client.get("/outbox/").content.decode()
        with clock.travel(phone.packet.closes_at + timedelta(minutes=1)):
            client.force_login(cast.officer)
            assert self.WORDS not in client.get("/outbox/").content.decode()

    def test_whoever_settles_for_the_unit_sees_it_with_its_owner(self, phone, cast, client_for):
        page = client_for(cast.principal).get("/outbox/").content.decode()
        assert self.WORDS in page
        assert cast.officer.name in page
        for who in (cast.junior_officer, cast.junior_head, cast.guard):
            assert self.WORDS not in client_for(who).get("/outbox/").content.decode()


class TestTimes:
    def test_a_believed_capture_is_in_the_entry_and_today_is_its_day(self, phone):
        at = NINE + timedelta(hours=3)
        with clock.travel(NINE + timedelta(days=2)):
            answer = phone.hand(body(captured=at))
        entry = Entry.objects.get(kind="drill.held")
        assert (entry.captured, entry.happened) == (at, at)
        assert answer.json()["doubt"] == ""

    @pytest.mark.parametrize(
        ("captured", "ahead", "word"),
        [
            (NINE - timedelta(seconds=1), timedelta(0), "早于随身包"),
            (NINE + timedelta(days=3), timedelta(0), "晚于收到"),
            (NINE + timedelta(hours=1), timedelta(hours=8), "时钟"),
            (None, timedelta(0), "没有说明"),
        ],
    )
    def test_one_that_is_not_is_told_so_and_left_out(self, phone, captured, ahead, word):
        now = NINE + timedelta(days=2)
        with clock.travel(now):
            answer = phone.hand(body(captured=captured), sent=now + ahead)
        assert word in answer.json()["doubt"]
        entry = Entry.objects.get(kind="drill.held")
        assert entry.captured is None
        assert clock.day_of(entry.happened).isoformat() == "2026-11-20"

    def test_a_replay_days_later_changes_no_time(self, phone):
        item, sent = uuid4(), body(captured=NINE)
        first = phone.hand(sent, item).json()
        with clock.travel(NINE + timedelta(days=5)):
            again = phone.hand(sent, item).json()
        assert (first["received"], first["captured"]) == (again["received"], again["captured"])


class TestPages:
    def test_the_offline_page_and_the_worker_are_the_same_for_everybody(self, cast, client_for):
        for path in ("/outbox/offline/", "/sw.js"):
            mine, nobodys = client_for(cast.officer).get(path), Client().get(path)
            assert mine.content == nobodys.content
            assert mine.status_code == 200
        assert b"const SHELL" in Client().get("/sw.js").content

    def test_every_address_of_the_shell_is_there(self, db):
        import json

        from django.contrib.staticfiles import finders

        line = Client().get("/sw.js").content.decode().splitlines()[0]
        for url in json.loads(line.removeprefix("const SHELL = ").rstrip(";"))["urls"][1:]:
            assert finders.find(url.removeprefix("/static/")), url

    def test_the_conflict_page_shows_both_and_decides(self, phone, cast, client_for):
        item = uuid4()
        phone.hand(body(), item)
        phone.hand(body(**{"a-participants": "500"}), item)
        client = client_for(cast.officer)
        assert "内容不一致" in client.get("/outbox/").content.decode()
        from anze.kernel.outbox.models import Delivery

        address = f"/outbox/conflicts/{Delivery.objects.get(state='other').pk}/"
        assert "500 人" in client.get(address).content.decode()
        assert client.post(address, {"keep": "both"}).status_code == 422
        assert client.post(address, {"keep": "other"}).status_code == 302
        assert "已按这一份更正" in client.get(address).content.decode()
        assert client_for(cast.guard).get(address).status_code == 404

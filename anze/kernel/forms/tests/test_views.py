"""The pages a tired teacher meets: little to fill in, nothing typed is ever lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anze.kernel.files.models import StoredFile
from anze.kernel.files.tests import corpus
from anze.kernel.forms import selectors, services
from anze.kernel.forms.models import State, Submission
from anze.kernel.forms.views import MAX_BODY
from anze.kernel.ledger import sequencer
from anze.kernel.ledger.models import Entry
from anze.kernel.people.access import ctx_for
from anze.kernel.people.signin import BACKEND
from anze.kernel.units import services as units
from anze.lib.ids import uuid7

DRILL = {
    "a-drill_type": "fire",
    "a-expected": "1000",
    "a-participants": "935",
    "a-duration_seconds": "90",
    "a-evaluated": "true",
    "a-lessons": "三楼拐角拥挤",
}


@pytest.fixture
def page(cast, trial, client_for):
    return client_for(cast.officer)


def fill_url(ref="drill"):
    return reverse("forms:fill", args=["trial", ref])


def today(cast):
    return ctx_for(cast.officer).today


def sent(cast, unit=None, **changes):
    return {
        "unit": str(unit or cast.primary_east.pk),
        "client_id": str(uuid7()),
        "a-happened": today(cast).isoformat(),
        **DRILL,
        **changes,
    }


def get(page, cast, ref="drill", unit=None, **query):
    return page.get(fill_url(ref), {"unit": str(unit or cast.primary_east.pk), **query})


def test_the_list_shows_what_i_may_fill_for_each_place(page, cast):
    html = page.get(reverse("forms:index"), {"unit": cast.primary_east.pk}).content.decode()
    assert "临湖小学东校区" in html
    assert f"{fill_url()}?unit={cast.primary_east.pk}" in html
    assert "星湖初级中学" not in html


def test_recording_takes_one_page_and_one_tap(page, cast):
    assert get(page, cast).status_code == 200
    receipt = page.post(fill_url(), sent(cast)).url
    assert "正在编号" in page.get(receipt).content.decode()
    sequencer.advance()
    html = page.get(receipt).content.decode()
    assert "已登记" in html
    assert re.search(r"存证第 <b class=\"num\">\d+</b> 号", html)
    assert Entry.objects.filter(kind="drill.held").count() == 1


def test_the_page_starts_today_with_last_times_answers(page, cast):
    page.post(fill_url(), sent(cast))
    html = get(page, cast).content.decode()
    assert f'value="{today(cast).isoformat()}"' in html
    assert re.search(r'name="a-expected"[^>]*value="1000"|value="1000"[^>]*name="a-expected"', html)
    assert re.search(r'value="fire"[^>]*checked', html)
    assert 'value="935"' not in html


def test_sending_the_page_twice_makes_one_entry(page, cast):
    data = sent(cast)
    first, second = page.post(fill_url(), data), page.post(fill_url(), data)
    assert first.url == second.url
    assert Entry.objects.filter(kind="drill.held").count() == 1


def test_nothing_typed_is_lost_when_something_is_wrong(page, cast):
    photo = SimpleUploadedFile("IMG_1.jpg", corpus.photo_with_gps(), "image/jpeg")
    data = sent(cast, **{"a-participants": "很多", "a-photos-new": photo})
    answer = page.post(fill_url(), data)
    html = answer.content.decode()
    assert answer.status_code == 422
    for kept in ("很多", "三楼拐角拥挤", 'value="1000"', data["client_id"]):
        assert kept in html
    file = StoredFile.objects.get()
    assert f'name="a-photos" value="{file.id}"' in html
    assert "请填整数" in html
    assert not Submission.objects.exists()
    again = {**data, "a-participants": "935", "a-photos": str(file.id)}
    del again["a-photos-new"]
    done = page.post(fill_url(), again, follow=True)
    assert reverse("files:thumbnail", args=[file.id]) in done.content.decode()


def test_a_refused_file_says_why_and_keeps_the_rest(page, cast):
    bad = SimpleUploadedFile("现场.jpg", corpus.REFUSED["zip of photos"](), "image/jpeg")
    answer = page.post(fill_url(), sent(cast, **{"a-photos-new": bad}))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "现场.jpg：压缩包不收" in html
    assert "三楼拐角拥挤" in html


def test_a_day_to_come_is_refused_beside_its_field(page, cast):
    tomorrow = (today(cast) + timedelta(days=1)).isoformat()
    answer = page.post(fill_url(), sent(cast, **{"a-happened": tomorrow}))
    assert answer.status_code == 422
    assert "不能晚于今天" in answer.content.decode()


@pytest.mark.parametrize("unit", ["junior_campus", "kindergarten_campus", "other_school"])
def test_a_unit_out_of_scope_is_404(page, cast, unit):
    wrong = getattr(cast, unit).pk
    assert get(page, cast, unit=wrong).status_code == 404
    assert page.post(fill_url(), sent(cast, unit=wrong)).status_code == 404


def test_somebody_elses_receipt_is_404(page, cast, client_for):
    page.post(fill_url(), sent(cast))
    receipt = reverse("forms:receipt", args=[Submission.objects.get().pk])
    assert client_for(cast.junior_head).get(receipt).status_code == 404
    assert client_for(cast.desk).get(receipt).status_code == 200


@pytest.mark.parametrize("ref", ["none", "DRILL", "weekly-x"])
def test_a_form_that_is_not_there_is_404(page, cast, ref):
    assert get(page, cast, ref=ref).status_code == 404


def test_a_check_list_offers_last_time_and_opens_a_no(page, cast):
    url = fill_url("weekly")
    unit = str(cast.primary_east.pk)
    first = get(page, cast, "weekly").content.decode()
    assert "与上次相同" not in first
    assert "一：通道保持畅通" in first
    assert (today(cast) + timedelta(days=3)).isoformat() in first
    answers = {
        "a-items-exits": "no",
        "a-items-exits-note": "后门锁着",
        "a-items-exits-by": today(cast).isoformat(),
        "a-items-fire_kit": "yes",
        "a-items-food": "na",
    }
    data = {"unit": unit, "client_id": str(uuid7()), "a-happened": today(cast).isoformat()}
    done = page.post(url, {**data, **answers}, follow=True).content.decode()
    assert "是 1 项，否 1 项，不适用 1 项" in done
    assert "后门锁着" in done
    assert "与上次相同" in get(page, cast, "weekly").content.decode()
    same = get(page, cast, "weekly", same="1").content.decode()
    assert re.search(r'name="a-items-exits" value="no" checked', same)
    assert "后门锁着" in same
    assert "仍然属实，提交" in same


def test_a_half_answered_check_list_keeps_what_was_answered(page, cast):
    data = {
        "unit": str(cast.primary_east.pk),
        "client_id": str(uuid7()),
        "a-happened": today(cast).isoformat(),
        "a-items-exits": "no",
        "a-items-exits-note": "后门锁着",
    }
    answer = page.post(fill_url("weekly"), data)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "还有 2 项没有作答：第 2、3 项" in html
    assert "后门锁着" in html
    assert re.search(r'name="a-items-exits" value="no" checked', html)


def test_a_correction_starts_from_what_counts_now(page, cast):
    page.post(fill_url(), sent(cast))
    done = Submission.objects.get()
    url = reverse("forms:correct", args=[done.pk])
    html = page.get(url).content.decode()
    assert 'value="935"' in html
    assert "三楼拐角拥挤" in html
    data = sent(cast, entry=str(done.entry_uid), **{"a-participants": "950"})
    answer = page.post(url, data, follow=True).content.decode()
    assert "已更正" in answer
    assert "950 人" in answer
    late = page.post(url, {**data, "client_id": str(uuid7())})
    assert late.status_code == 422
    assert "刚被别人更正" in late.content.decode()


def test_a_withdrawal_asks_for_a_reason_and_shows_it_is_gone(page, cast):
    page.post(fill_url(), sent(cast))
    done = Submission.objects.get()
    url = reverse("forms:withdraw", args=[done.pk])
    assert page.get(url).status_code == 200
    assert "已撤回" in page.post(url, {"reason": "mistake"}, follow=True).content.decode()
    done.refresh_from_db()
    assert done.state == State.WITHDRAWN
    assert page.get(url).status_code == 409


def test_my_list_shows_only_mine(page, cast, client_for):
    page.post(fill_url(), sent(cast))
    url = reverse("forms:mine")
    assert "应急演练" in page.get(url).content.decode()
    assert "应急演练" not in client_for(cast.principal).get(url).content.decode()


def test_a_form_about_a_thing_asks_which(page, cast):
    unit = cast.primary.pk
    html = get(page, cast, "bus", unit=unit).content.decode()
    assert 'name="subject"' in html
    assert "哪天做的" not in html
    data = {"unit": str(unit), "client_id": str(uuid7()), "a-passed": "true"}
    bad = page.post(fill_url("bus"), {**data, "subject": "苏D 123"})
    assert bad.status_code == 422
    page.post(fill_url("bus"), {**data, "subject": "vehicle:D123"})
    assert selectors.entry_of(Submission.objects.get()).subject == "vehicle:D123"


junk = st.text(max_size=20) | st.sampled_from(
    ["", "null", "-1", "9" * 40, "\x00", "2026-13-45", "true", "fire", "[]", "ＮａＮ", "'; --"]
)
NAMES = [*DRILL, "a-happened", "a-photos", "unit", "client_id", "subject", "a-unknown"]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.dictionaries(st.sampled_from(NAMES), junk, max_size=5))
def test_no_input_whatever_breaks_the_page(page, cast, changes):
    answer = page.post(fill_url(), sent(cast, **changes))
    assert answer.status_code in (302, 404, 422)


def test_pages_ask_the_database_as_often_with_much_recorded_as_with_little(page, cast):
    page.post(fill_url(), sent(cast))
    receipt = reverse("forms:receipt", args=[Submission.objects.get().pk])
    addresses = [
        (fill_url(), {"unit": str(cast.primary_east.pk)}),
        (reverse("forms:index"), {"unit": str(cast.primary_east.pk)}),
        (reverse("forms:mine"), {}),
        (receipt, {}),
    ]

    def counts():
        found = []
        for address, query in addresses:
            with CaptureQueriesContext(connection) as asked:
                assert page.get(address, query).status_code == 200
            found.append(len(asked))
        return found

    counts()
    before = counts()
    for _ in range(6):
        page.post(fill_url(), sent(cast))
    assert counts() == before
    assert max(before) <= 40


def test_services_and_pages_say_the_same_of_the_same_words(cast, trial):
    ctx = ctx_for(cast.officer)
    with pytest.raises(services.Unanswered) as refusal:
        services.submit(ctx, "trial/drill", cast.primary_east.pk, uuid7(), {"participants": "很多"})
    assert refusal.value.faults["participants"] == "请填整数，例如 120"


@pytest.mark.parametrize("name", ["fill", "upload"])
def test_a_post_from_elsewhere_without_our_token_is_refused(cast, trial, name):
    """These views check the token themselves, after the size; it must not be lost on the way."""
    page = Client(enforce_csrf_checks=True)
    page.force_login(cast.officer, backend=BACKEND)
    url = fill_url() if name == "fill" else reverse("files:upload")
    assert page.post(url, sent(cast)).status_code == 403
    page.get(fill_url(), {"unit": str(cast.primary_east.pk)})
    token = {"X-CSRFToken": page.cookies["csrftoken"].value}
    assert page.post(url, sent(cast), headers=token).status_code in (302, 422)


def test_a_body_far_too_big_is_refused_in_words(page, cast):
    answer = page.post(fill_url(), sent(cast), CONTENT_LENGTH=str(MAX_BODY + 1))
    assert answer.status_code == 422
    assert "分几次上传" in answer.content.decode()


def test_a_scanned_place_chooses_its_campus(page, cast):
    place = units.add_place(cast.ctx("desk"), cast.primary_west.pk, name="西校门", category="gate")
    answer = page.get(reverse("forms:index"), {"place": place.token})
    assert answer.context["chosen"].pk == cast.primary_west.pk
    assert page.get(reverse("forms:index"), {"place": "NOSUCHPLACE0"}).status_code == 404


def test_a_form_opened_for_a_period_that_is_over_asks_for_the_day(page, cast):
    asked = {"unit": cast.primary_east.pk, "from": "2026-01-05", "to": "2026-01-11"}
    html = page.get(fill_url(), asked).content.decode()
    assert "补记 1月5日" in html
    assert f'value="{today(cast).isoformat()}"' not in html
    later = (today(cast) + timedelta(days=3)).isoformat()
    html = page.get(fill_url(), {**asked, "to": later}).content.decode()
    assert "补记" not in html
    assert f'value="{today(cast).isoformat()}"' in html

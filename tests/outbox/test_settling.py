"""Other bytes that wait for a decision keep their files, and can always be decided about."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from anze.kernel.bus.ctx import Ctx
from anze.kernel.files import services as files
from anze.kernel.files.models import StoredFile
from anze.kernel.files.tests import corpus
from anze.kernel.outbox import intake, settling
from anze.kernel.outbox.models import Delivery
from anze.kernel.people.access import ctx_for
from tests.outbox.conftest import NINE, body

LATER = NINE + timedelta(days=8)


def conflict(phone, other: bytes) -> Delivery:
    item = uuid4()
    assert phone.hand(body(), item).status_code == 201
    assert phone.hand(other, item).status_code == 409
    return Delivery.objects.get(state="other")


def page_of(client_for, cast, row):
    return client_for(cast.officer).get(f"/outbox/conflicts/{row.pk}/")


def test_its_photos_wait_as_long_as_it_waits(phone, cast):
    photo = phone.upload(corpus.photo_with_gps())
    row = conflict(phone, body(files=[photo]))
    assert files.sweep(Ctx.system(now=LATER)) == 0
    settling.take_other(ctx_for(cast.officer), row)
    assert row.state == "replaced"
    assert files.sweep(Ctx.system(now=LATER)) == 0


def test_and_are_forgotten_once_the_first_content_stands(phone, cast):
    photo = phone.upload(corpus.photo_with_gps())
    row = conflict(phone, body(files=[photo]))
    settling.keep_first(ctx_for(cast.officer), row)
    assert files.sweep(Ctx.system(now=LATER)) == 1
    assert not StoredFile.objects.exists()


def test_a_photo_that_never_came_is_told_so_and_the_first_can_stand(phone, cast, client_for):
    row = conflict(phone, body(files=[uuid4()], **{"a-participants": "500"}))
    page = page_of(client_for, cast, row)
    assert page.status_code == 200
    assert "1 个，没有全部收到" in page.content.decode()
    assert "500 人" in page.content.decode()
    client = client_for(cast.officer)
    refused = client.post(f"/outbox/conflicts/{row.pk}/", {"keep": "other"})
    assert refused.status_code == 422
    assert "以先收到的为准" in refused.content.decode()
    assert client.post(f"/outbox/conflicts/{row.pk}/", {"keep": "first"}).status_code == 302


@pytest.mark.parametrize("content", [{"fields": 7}, {"fields": [["a"]]}, {"没有": "栏目"}])
def test_what_cannot_be_read_is_told_as_it_came_and_the_first_can_stand(
    phone, cast, client_for, content
):
    row = conflict(phone, json.dumps({"content": content}, ensure_ascii=False).encode())
    page = page_of(client_for, cast, row)
    assert page.status_code == 200
    assert next(iter(content)) in page.content.decode()
    assert "以先收到的为准" in page.content.decode()


def test_one_packet_holds_only_so_many_contents_that_wait(phone, monkeypatch):
    monkeypatch.setattr(intake, "MOST_OTHERS", 2)
    item = uuid4()
    answers = [phone.hand(body(**{"a-participants": str(900 + n)}), item) for n in range(4)]
    assert [answer.status_code for answer in answers] == [201, 409, 409, 422]
    again = phone.hand(body(**{"a-participants": "902"}), item)
    assert again.status_code == 409  # what is kept already is still told

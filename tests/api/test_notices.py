"""One's inbox and what became of messages, over the interface."""

from __future__ import annotations

from anze.kernel.bus.ctx import Ctx
from anze.kernel.work import services
from anze.kernel.work.models import Delivery, Notice


def told(person, title: str = "催办：演练") -> Notice:
    services.notify(Ctx.system(), [person.pk], "duties.reminded", title=title)
    return Notice.objects.get(user=person, title=title)


def test_one_reads_ones_own_notices_and_nobody_elses(cast, client_for):
    mine, other = told(cast.officer), told(cast.teacher)
    client = client_for(cast.officer)
    listed = client.get("/api/v1/notices?unread=true").json()
    assert [one["id"] for one in listed["items"]] == [str(mine.pk)]
    assert client.post(f"/api/v1/notices/{mine.pk}/read").json()["read_at"]
    assert client.get("/api/v1/notices?unread=true").json()["count"] == 0
    assert client.get("/api/v1/notices?topic=exchange.batch").json()["count"] == 0
    assert client.post(f"/api/v1/notices/{other.pk}/read").status_code == 404


def test_the_desk_lists_what_did_not_arrive_without_addresses(cast, client_for):
    Delivery.objects.create(
        notice=told(cast.officer), channel="sms", state="failed_permanent", code="phone",
        error="手机号不对", created=Ctx.system().now,
    )  # fmt: skip
    address = "/api/v1/notices/deliveries?state=failed_permanent"
    answer = client_for(cast.desk).get(address)
    assert [one["to"] for one in answer.json()["items"]] == [cast.officer.name]
    assert str(cast.officer.phone) not in answer.content.decode()
    assert client_for(cast.officer).get(address).status_code == 403
    assert client_for(cast.desk).get("/api/v1/notices/deliveries?state=sent").json()["count"] == 0

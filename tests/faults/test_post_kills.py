"""Kill -9 while messages go out: each arrives, none is lost, few come twice."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from random import Random

import pytest

from anze.kernel.work.tests import fakes
from anze.kernel.work.tests.house import House

KILLS, PEOPLE, SEED = 4, 40, 2311

OPENING = """
from uuid import uuid4
from datetime import timedelta
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people.models import User
from anze.kernel.work import delivery, posting, services, topics
from anze.kernel.work.models import Contact, Delivery, Notice
delivery.HOLD = timedelta(seconds=1)
topics.register(topics.Topic("test.alarm", "报警", "alarm", ("wecom",)))
"""

FOUND = f"""
users = [User.objects.create(username=f"u{{n}}", name=f"人{{n}}", created_at=clock.now(),
         entry_uid=uuid4(), is_active=True) for n in range({PEOPLE})]
Contact.objects.bulk_create(
    Contact(user=user, channel="wecom", address=user.username) for user in users)
services.notify(Ctx.system(), [user.pk for user in users], "test.alarm", title="一键报警", key="a")
"""

WORK = """
import time
print("working", flush=True)
while True:
    posting.turn()
    time.sleep(0.05)
"""

REST = """
import time
until = time.monotonic() + 60
while time.monotonic() < until:
    posting.turn()
    if not Delivery.objects.exclude(state="sent").exists() and Delivery.objects.exists():
        break
    time.sleep(0.2)
print(Notice.objects.filter(planned=False).count(), Delivery.objects.count(),
      Delivery.objects.filter(state="sent").count())
"""


class Slow(fakes.WeComFake):
    """Knows everybody, and takes its time, so that kills hit messages under way."""

    MEMBERS = tuple(f"u{n}" for n in range(PEOPLE))

    def _to(self, body):
        time.sleep(0.02)
        return super()._to(body)


@pytest.fixture
def settled(tmp_path: Path, monkeypatch):
    """Return what stood in the rows at the end, and whom the service was asked to tell."""
    with fakes.serving(Slow()) as wecom:
        outward = {
            "ANZE_WECOM_URL": wecom.url,
            "ANZE_WECOM_CORP": "ww1",
            "ANZE_WECOM_AGENT": "1000002",
            "ANZE_WECOM_SECRET": "s3cret",
            "ANZE_INTRANET_HOSTS": wecom.host,
        }
        house = House(tmp_path / "home", outward)
        house.run(OPENING + FOUND)
        dice = Random(SEED)
        for _ in range(KILLS):
            victim = house.child(OPENING + WORK)
            assert victim.stdout is not None
            assert victim.stdout.readline() == "working\n"
            before = len(wecom.sent("/cgi-bin/message/send"))
            until = time.monotonic() + 20
            while len(wecom.sent("/cgi-bin/message/send")) < before + 3:
                assert time.monotonic() < until, victim.stderr.read() if victim.poll() else ""
                time.sleep(0.005)
            time.sleep(dice.random() * 0.05)
            os.kill(victim.pid, signal.SIGKILL)
            victim.communicate()
        rows = house.run(OPENING + REST).split()
        told = [body["touser"] for body in wecom.sent("/cgi-bin/message/send")]
    return [int(one) for one in rows], told


def test_every_message_arrives_and_only_those_under_way_come_twice(settled):
    (unplanned, deliveries, sent), told = settled
    assert (unplanned, deliveries, sent) == (0, PEOPLE, PEOPLE)
    assert set(told) == set(Slow.MEMBERS)
    assert len(told) - PEOPLE <= KILLS, "at most the one in hand at each kill"

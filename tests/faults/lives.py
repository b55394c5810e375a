"""What the child processes of the kill test do: found a school that owes, hand in forms, look back.

Everything a child hands in follows from the client id, so that it can be sent again like a browser
does that never saw the answer.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from anze.kernel.bus import clock

TODAY = date(2026, 11, 6)
FORM = "trial/drill"


def morning() -> datetime:
    """Return nine o'clock of the day on which the children live."""
    return clock.start_of(TODAY) + timedelta(hours=9)


def answers(client: UUID) -> dict[str, Any]:
    """Return what is handed in under a client id."""
    return {
        "drill_type": "fire",
        "expected": 600,
        "participants": 550 + client.int % 50,  # always enough
        "duration_seconds": 60 + client.int % 200,
        "evaluated": True,
        "lessons": f"第{client.int % 1000}次讲评",
    }


def found() -> None:
    """Build the cast, let a small pack bind its district, live some days."""
    from django.conf import settings

    from anze.engines.duties import services as duties
    from anze.kernel.bus.ctx import Ctx
    from anze.kernel.forms.tests.testpack import load
    from anze.kernel.packs import services as packs
    from tests.cast import build

    with clock.travel(morning() - timedelta(days=8)):
        cast = build()
        row = load(Path(settings.ANZE_HOME) / "packs")
        packs.activate(Ctx.system(), row, cast.district.pk, date(2026, 10, 1))
        duties.sweep(Ctx.system())
    with clock.travel(morning()):
        duties.sweep(Ctx.system())


def serve() -> None:
    """Start a worker for each seed read from stdin; say which, and when it is dead.

    One process imports everything once and forks: twenty kills do not cost twenty starts.
    """
    from django.db import connections

    import anze.kernel.forms.services  # noqa: F401  so that a fork need not import it

    for line in sys.stdin:
        connections.close_all()
        worker = os.fork()
        if worker == 0:
            _work(Random(int(line)))
        _say("worker", worker)
        os.waitpid(worker, 0)
        _say("dead", worker)


def _say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def _work(dice: Random) -> None:
    """Hand in without end, say each before and after; now and then correct one's own."""
    from anze.kernel.forms import services as forms
    from anze.kernel.people.access import ctx_for

    officer, campus = _who()
    with clock.travel(morning()):
        while True:
            client = UUID(int=dice.getrandbits(128), version=4)
            _say("trying", client)
            made = forms.submit(ctx_for(officer), FORM, campus, client, answers(client))
            _say("handed-in", client)
            if dice.random() < 0.3:
                better = {**answers(client), "participants": 600}
                made = forms.correct(ctx_for(officer), made, better)
                _say("corrected", client, made.entry_uid)


def _who() -> tuple[Any, UUID]:
    from anze.kernel.people.models import User
    from anze.kernel.units.models import Unit

    officer = User.objects.get(username="officer")
    return officer, Unit.objects.get(level="campus", name="临湖小学东校区").pk


def look_back() -> None:
    """Read what the test knows from stdin; print what is true of the home, as one JSON object."""
    from anze.engines.duties import replay
    from anze.engines.duties.advance import advance, reached
    from anze.engines.duties.models import Occurrence, Trouble
    from anze.kernel.forms.models import Submission
    from anze.kernel.ledger import selectors, sequencer, verify
    from anze.kernel.ledger.models import Entry, Leaf, Waiting

    known = json.load(sys.stdin)
    sequencer.advance()
    n = advance()
    handed = {str(pk): str(uid) for pk, uid in Submission.objects.values_list("pk", "entry_uid")}
    drills = Entry.objects.filter(kind="drill.held")
    firsts = set(drills.exclude(op="supersede").values_list("client_id", flat=True))
    uids = {str(uid) for uid in drills.values_list("uid", flat=True)}
    drill = Occurrence.objects.get(unit__name="临湖小学东校区", period="2026-11")
    report = {
        "lost": sorted(set(known["handed_in"]) - set(handed)),
        "lost corrections": [
            uid for client, uid in known["corrected"] if handed.get(client) != uid
        ],
        "rows without entry": sorted(set(handed.values()) - uids),
        "entries without row": sorted(firsts - set(handed)),
        "waiting": Waiting.objects.count(),
        "gaps": Leaf.objects.count() - selectors.size() + Entry.objects.count() - n,
        "behind": n - reached(),
        "troubles": Trouble.objects.count(),
        "findings": verify.verify().findings,
        "drift": [str(one) for one in replay.drift(replay.replay(n), n)],
        "drill": drill.state,
        "entries": Entry.objects.count(),
        **_again(known["unanswered"], Submission.objects.count),
    }
    print(json.dumps(report, ensure_ascii=False))


def _again(clients: list[str], count: Callable[[], int]) -> dict[str, Any]:
    """Send what got no answer a second time, and a third: no more than one of each comes of it."""
    from anze.kernel.forms import services as forms
    from anze.kernel.forms.models import Submission
    from anze.kernel.people.access import ctx_for

    officer, campus = _who()
    arrived = Submission.objects.filter(pk__in=clients).count()
    was = count()
    with clock.travel(morning()):
        for client in map(UUID, clients * 2):
            forms.submit(ctx_for(officer), FORM, campus, client, answers(client))
    return {"arrived unanswered": arrived, "doubled": count() - was - (len(clients) - arrived)}

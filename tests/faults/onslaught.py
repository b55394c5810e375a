"""kill -9 of a real server process while people hand in, upload and import; then a judge.

The clients speak HTTP and note what was acknowledged. The judge reads the tables with SQL of its
own and never asks the product whether it did well, but for the two proofs that are the product:
``ledger verify`` and the replay of duties.
"""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pysqlite3
import requests
import xlsxwriter
from PIL import Image

from anze.kernel.work.tests.house import House

CSRF = "k" * 32
FORM = "trial/drill"
LINES = 6
PATIENCE = 1800  # seconds for the proofs of a home that thousands of schools were brought into
PORT = 18_800
AWAITED = ("anything", "import", "commit", "commit")  # what a server lives to answer, at least
CAMPUS, DISTRICT = "临湖小学东校区", "星湖区教育局"


# --- in child processes, with Django set up -----------------------------------------------------


def found() -> None:
    """Build the cast, let a small pack bind it, sign two people in; print what clients need."""
    from django.conf import settings
    from django.contrib.sessions.backends.db import SessionStore

    from anze.engines.duties import services as duties
    from anze.kernel.bus import clock
    from anze.kernel.bus.ctx import Ctx
    from anze.kernel.forms.tests.testpack import load
    from anze.kernel.packs import services as packs
    from anze.kernel.people.signin import BACKEND
    from anze.kernel.units.models import Unit
    from tests.cast import build

    cast = build()
    row = load(Path(settings.ANZE_HOME) / "packs")
    packs.activate(Ctx.system(), row, cast.district.pk, clock.today().replace(day=1))
    duties.sweep(Ctx.system())
    cookies = {}
    for name in ("officer", "desk"):
        user = cast.people[name]
        store = SessionStore()
        store["_auth_user_id"], store["_auth_user_backend"] = str(user.pk), BACKEND
        store["_auth_user_hash"] = user.get_session_auth_hash()
        store.create()
        cookies[name] = store.session_key
    campus = Unit.objects.get(level="campus", name=CAMPUS).pk
    print(json.dumps({"cookies": cookies, "campus": str(campus), "scope": str(cast.district.pk)}))


def host() -> None:
    """Fork a server for each port read from stdin; say its pid, and when it is dead.

    The server is the product's own (``serving.pages``); only the lease of a job is shortened, so
    that the next server takes up a killed job at once instead of after a minute.
    """
    from datetime import timedelta

    from django.db import connections
    from django.test import Client

    import anze.config.asgi  # noqa: F401  so that a fork need not import it
    from anze.interfaces.console import serving
    from anze.kernel.work import jobs

    jobs.LEASE = timedelta(seconds=0.3)
    log = os.open(
        Path(os.environ["ANZE_HOME"]) / "server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
    )
    os.dup2(log, 2)  # nobody reads the pipe, and a full one would hold the server
    Client(headers={"host": "localhost"}).get("/-/ready")  # builds everything once
    for line in sys.stdin:
        connections.close_all()
        child = os.fork()
        if child == 0:
            serving.pages("127.0.0.1", int(line), work=True)
            os._exit(0)
        _say("server", child)
        os.waitpid(child, 0)
        _say("dead", child)


def _say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def proofs() -> None:
    """Print what verification and replay find."""
    from anze.engines.duties import replay
    from anze.engines.duties.advance import advance
    from anze.kernel.ledger import reconcile, sequencer, verify

    sequencer.advance()
    n = advance()
    drift = [str(one) for one in replay.drift(replay.replay(n), n)]
    from anze.kernel.bus.ctx import Ctx

    tables = [f"{name} {one.where} {one.what}" for name, one in reconcile.run(Ctx.system())]
    print(json.dumps({"findings": verify.verify().findings, "drift": drift, "tables": tables}))


# --- in the driver ------------------------------------------------------------------------------


@dataclass
class Heard:
    """What the servers acknowledged before they died, and what they had not yet answered."""

    handed_in: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    files: dict[str, str] = field(default_factory=dict)
    batches: set[str] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    def count(self, what: str) -> int:
        """How much of one kind was acknowledged so far; of "anything" if so asked."""
        counts = {
            "submission": len(self.handed_in), "file": len(self.files),
            "import": len(self.batches), "commit": len(self.begun),
        }  # fmt: skip
        return sum(counts.values()) if what == "anything" else counts[what]


class Onslaught:
    """A home, a server that is killed again and again, and clients that do not give up."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.house = House(folder)
        self.known = json.loads(
            self.house.run("from tests.faults import onslaught; onslaught.found()").splitlines()[-1]
        )
        self.dice, self.heard = Random(seed), Heard()
        self.pictures = self.rosters = self.kills = 0
        self.parent = self.house.child(
            "from tests.faults import onslaught; onslaught.host()", stdin=True
        )

    def close(self) -> None:
        """End the host of servers."""
        self.parent.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self.parent.wait(15)
        self.parent.kill()

    def round(self) -> None:
        """Let one server live for a moment under load, and kill it."""
        pid, port = self._start()
        importing = self.rosters * 3 <= self.kills  # one in three, so that the district stays small
        deeds = [self._hand_in, self._upload, *([self._import] if importing else [])]
        people = [threading.Thread(target=self._until_dead, args=(deed, port)) for deed in deeds]
        for one in people:
            one.start()
        self._wait_for_an_answer(self.dice.choice(AWAITED) if importing else "anything")
        time.sleep(self.dice.uniform(0, 0.8))
        os.kill(pid, signal.SIGKILL)
        for one in people:
            one.join()
        self._until("dead")
        self.kills += 1

    def _wait_for_an_answer(self, what: str) -> None:
        """Let the server acknowledge something of a kind, however busy the machine is."""
        before, until = self.heard.count(what), time.monotonic() + 20
        while self.heard.count(what) == before and time.monotonic() < until:
            time.sleep(0.01)

    def settle(self, patience: float = 60) -> None:
        """Let a last server finish what was begun; ask again for imports that were given up."""
        pid, port = self._start()
        until = time.monotonic() + patience
        while time.monotonic() < until and (left := self._unfinished()):
            for batch in left:
                with suppress(requests.RequestException):
                    self._post(port, "desk", f"/exchange/{batch}/commit/", {})
            time.sleep(0.5)
        os.kill(pid, signal.SIGTERM)
        self._until("dead")

    def _unfinished(self) -> list[str]:
        rows = self.rows("SELECT id, state FROM exchange_importbatch")
        begun = {UUID(one).hex for one in self.heard.begun}
        return [str(UUID(one)) for one, state in rows if one in begun and state != "done"]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read the tables with the judge's own connection."""
        base = pysqlite3.connect(self.house.folder / "anze.sqlite3", timeout=20)
        try:
            return base.execute(sql).fetchall()
        finally:
            base.close()

    def _start(self) -> tuple[int, int]:
        port = PORT + os.getpid() % 900 + self.kills % 40
        self.parent.stdin.write(f"{port}\n")
        self.parent.stdin.flush()
        pid = int(self._until("server"))
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return pid, port
            time.sleep(0.02)
        raise AssertionError("the server does not listen")

    def _until(self, word: str) -> str:
        while line := self.parent.stdout.readline():
            if line.startswith(word):
                return line.split()[1]
        raise AssertionError(self.parent.stderr.read()[-2000:])

    def _until_dead(self, deed: Any, port: int) -> None:
        with suppress(requests.RequestException):
            while deed(port):
                pass

    def _post(self, port: int, who: str, path: str, data: dict[str, Any], **more: Any) -> Any:
        return requests.post(
            f"http://127.0.0.1:{port}{path}", data=data, timeout=20, allow_redirects=False,
            cookies={"sessionid": self.known["cookies"][who], "csrftoken": CSRF},
            headers={"X-CSRFToken": CSRF}, **more,
        )  # fmt: skip

    def _hand_in(self, port: int) -> bool:
        heard = self.heard
        client = next(iter(heard.unanswered), None) or str(
            UUID(int=self.dice.getrandbits(128), version=4)
        )
        heard.unanswered.add(client)
        number = UUID(client).int
        answers = {
            "drill_type": "fire", "expected": 600, "participants": 550 + number % 50,
            "duration_seconds": 60 + number % 200, "evaluated": True,
            "lessons": f"第{number % 999}次讲评",
        }  # fmt: skip
        body = {"client_id": client, "form": FORM, "unit": self.known["campus"], "answers": answers}
        answer = self._post(port, "officer", "/api/v1/submissions", {}, json=body)
        if answer.status_code in (200, 201):
            heard.handed_in.add(client)
            heard.unanswered.discard(client)
        else:
            heard.refused.append(f"submission {answer.status_code} {answer.text[:200]}")
        return answer.ok

    def _upload(self, port: int) -> bool:
        self.pictures += 1
        out = io.BytesIO()
        Image.new("RGB", (40 + self.pictures % 50, 60), self.pictures * 7919 % (1 << 24)).save(
            out, "JPEG", comment=str(self.pictures)
        )
        data = out.getvalue()
        answer = self._post(
            port, "officer", "/files/", {"unit": self.known["campus"]},
            files={"file": ("a.jpg", data)},
        )  # fmt: skip
        if answer.status_code in (200, 201):
            self.heard.files[answer.json()["id"]] = sha256(data).hexdigest()
        else:
            self.heard.refused.append(f"file {answer.status_code} {answer.text[:200]}")
        return answer.ok

    def _import(self, port: int) -> bool:
        self.rosters += 1
        sent = {"kind": "roster", "scope": self.known["scope"]}
        answer = self._post(
            port, "desk", "/exchange/upload/", sent,
            files={"file": (f"{self.rosters}.xlsx", roster(self.rosters))},
        )  # fmt: skip
        if answer.status_code != 302:
            self.heard.refused.append(f"import {answer.status_code}")
            return False
        batch = answer.headers["Location"].strip("/").split("/")[-1]
        self.heard.batches.add(batch)
        answer = self._post(port, "desk", f"/exchange/{batch}/commit/", {})
        if answer.status_code == 302:
            self.heard.begun.add(batch)
        else:
            self.heard.refused.append(f"commit {answer.status_code}")
        return False


def roster(number: int) -> bytes:
    """Return a workbook of ``LINES`` schools nobody else brings."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名册")
        sheet.write_row(0, 0, ["学校名称", "学校类别", "镇（街道）", "办别"])
        for line in range(LINES):
            sheet.write_row(line + 1, 0, [f"第{number}批第{line}小学", "小学", "临湖镇", "公办"])
    return out.getvalue()


def judge(war: Onslaught) -> dict[str, list[Any]]:
    """Return what is wrong with a home after all the kills, by kind; nothing may be."""
    heard, rows = war.heard, war.rows
    handed = dict(rows("SELECT id, entry_uid FROM forms_submission"))
    drills = rows("SELECT uid, client_id, op FROM ledger_entry WHERE kind = 'drill.held'")
    files = {
        one: (was, kept, thumb)
        for one, was, kept, thumb in rows(
            "SELECT id, sha256, stored_sha256, thumb_sha256 FROM files_storedfile"
        )
    }
    batches = {one: rest for one, *rest in rows("SELECT id, state, done, total FROM "
                                                "exchange_importbatch")}  # fmt: skip
    code = "from tests.faults import onslaught; onslaught.proofs()"
    said = json.loads(war.house.run(code, timeout=PATIENCE).splitlines()[-1])
    (leaves, last), (entries,) = (
        rows("SELECT count(*), max(n) FROM ledger_leaf")[0],
        rows("SELECT count(*) FROM ledger_entry")[0],
    )
    first = {client for _, client, op in drills if not op}
    return {
        "refused": heard.refused,
        "submissions lost": [one for one in heard.handed_in if UUID(one).hex not in handed],
        "submissions without entry": [
            one for one, uid in handed.items() if uid not in {uid for uid, _, _ in drills}
        ],
        "entries without submission": [one for one in first if UUID(one).hex not in handed],
        "files lost": [
            one for one, was in heard.files.items()
            if files.get(UUID(one).hex, ("",))[0] != was
        ],
        "files without their bytes": [
            one for one, (_, kept, thumb) in files.items()
            if not all(_sound(war, name) for name in (kept, thumb) if name)
        ],
        "imports lost": [one for one in heard.batches if UUID(one).hex not in batches],
        "imports not complete": [
            one for one in heard.begun
            if batches[UUID(one).hex][0] != "done"
            or batches[UUID(one).hex][1] != batches[UUID(one).hex][2]
        ],
        "schools doubled": rows(
            "SELECT name, count(*) FROM units_unit WHERE name LIKE '第%批第%小学' AND "
            "level = 'unit' GROUP BY name HAVING count(*) > 1"
        ),
        "schools missing": [] if _schools(war) >= len(heard.begun) * LINES else [_schools(war)],
        "units without entry": rows(
            "SELECT id FROM units_unit WHERE id NOT IN (SELECT unit_id FROM ledger_entry "
            "WHERE kind = 'units.registered')"
        ),
        "numbers": [] if leaves == last == entries else [(leaves, last, entries)],
        "jobs open": rows("SELECT name FROM work_job WHERE state IN ('queued', 'running')"),
        "structure": [one for (one,) in rows("PRAGMA integrity_check") if one != "ok"],
        **said,
    }  # fmt: skip


def _schools(war: Onslaught) -> int:
    sql = "SELECT count(*) FROM units_unit WHERE name LIKE '第%批第%小学' AND level = 'unit'"
    return int(war.rows(sql)[0][0])


def _sound(war: Onslaught, name: str) -> bool:
    path = war.house.folder / "files" / name[:2] / name[2:4] / name
    return path.is_file() and sha256(path.read_bytes()).hexdigest() == name

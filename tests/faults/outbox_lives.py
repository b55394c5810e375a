"""A phone sends photos and forms to a server that is killed again and again; then what is true?

The server is a fork that answers HTTP with the whole stack; the phone keeps what it was told, as
the outbox in a browser does, and goes on where the next server says it stands.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import signal
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

PIECE = 96 * 1024
TIMES = 20


class Gone(Exception):
    """The server did not answer."""


@dataclass
class Told:
    """What the servers acknowledged: offsets, receipts of files, receipts of items."""

    offsets: dict[str, int] = field(default_factory=dict)
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    fell_back: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    cut: dict[str, int] = field(default_factory=dict)


@dataclass
class Item:
    """One form with its photos, as the phone keeps it until it is told a number."""

    packet: str
    token: str
    client: str
    photos: dict[str, bytes]
    body: bytes


class Phone:
    """Sends one item after the other; remembers what it was told."""

    def __init__(self, port: int, told: Told) -> None:
        self.port, self.told = port, told

    def ask(self, item: Item, method: str, path: str, body: bytes, **more: str) -> dict[str, Any]:
        """Return the answer; Gone when there is none."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        head = {"Authorization": f"Packet {item.token}", **more}
        try:
            line.request(method, f"/outbox/send/{item.packet}/{path}", body, head)
            answer = line.getresponse()
            told = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            step = path.split("/")[0] + " " + method
            self.told.cut[step] = self.told.cut.get(step, 0) + 1
            raise Gone from error
        finally:
            line.close()
        if answer.status >= 300 and "missing" not in told:
            raise AssertionError(f"{method} {path}: {answer.status} {told}")
        return told

    def send(self, item: Item) -> None:
        """Bring the item in, from wherever it stands."""
        for file, data in item.photos.items():
            self._send_file(item, file, data)
        stamp = {"Anze-Sent": "2026-11-06T09:00:00+08:00"}
        said = self.ask(item, "PUT", f"items/{item.client}/", item.body, **stamp)
        before = self.told.items.setdefault(item.client, said)
        if before["entry"] != said["entry"]:
            self.told.changed.append(item.client)

    def _send_file(self, item: Item, file: str, data: bytes) -> None:
        known = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "name": "a.jpg"}
        said = self.ask(item, "PUT", f"files/{file}/", json.dumps(known).encode())
        if said["offset"] < self.told.offsets.get(file, 0):
            self.told.fell_back.append(file)
        while said["state"] == "receiving":
            at = said["offset"]
            piece = data[at : at + PIECE]
            said = self.ask(item, "PATCH", f"files/{file}/", piece, **{"Upload-Offset": str(at)})
            self.told.offsets[file] = said["offset"]
        self.told.files[file] = (said["receipt"], known["sha256"])


def run(kills: int, seed: int) -> dict[str, Any]:
    """Found a district, let the server be killed so often, return what is true afterwards."""
    import django.core.handlers.wsgi  # noqa: F401  so that forks need not import it
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.test import Client

    from anze.kernel.bus import clock
    from anze.kernel.outbox import sending
    from tests.faults import lives

    lives.found()
    sending.PACE.burst, application = 10**9, get_wsgi_application()
    Client(HTTP_HOST="127.0.0.1").put(
        f"/outbox/send/{UUID(int=1)}/items/{UUID(int=1)}/"
    )  # so that forks are warm
    dice, told, done = Random(seed), Told(), []
    port = _free_port()
    with clock.travel(lives.morning()):
        work = _work(dice)
        item = next(work)
        for _ in range(kills):
            item = _until_killed(application, port, dice, told, item, work, done)
        server = _serve(application, port)
        phone = Phone(port, told)
        phone.send(item)
        done.append(item)
        sent = list(done)
        for one in sent:  # everything once more: a phone that never saw the answers
            phone.send(one)
        os.kill(server, signal.SIGKILL)
        os.waitpid(server, 0)
        return _look_back(told, sent, Path(settings.ANZE_HOME))


def _work(dice: Random) -> Any:
    """Yield items without end, a packet for every twenty."""
    from anze.kernel.outbox import services
    from anze.kernel.people.access import ctx_for
    from tests.faults import lives

    officer, campus = lives._who()
    while True:
        packet, token = services.issue(ctx_for(officer), "form", lives.FORM, campus, times=TIMES)
        for _ in range(TIMES):
            client = UUID(int=dice.getrandbits(128), version=4)
            photos = {
                str(UUID(int=dice.getrandbits(128), version=4)): _photo(dice)
                for _ in range(dice.choice([0, 1, 1, 2]))
            }
            answers = {**lives.answers(client), "happened": lives.TODAY.isoformat()}
            pairs = [[f"a-{name}", _typed(value)] for name, value in answers.items()]
            pairs += [["a-photos", file] for file in photos]
            told = {
                "v": 1, "captured": lives.morning().isoformat(),
                "content": {"fields": pairs}, "files": list(photos),
            }  # fmt: skip
            body = json.dumps(told, ensure_ascii=False).encode()
            yield Item(str(packet.pk), token, str(client), photos, body)


def _typed(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _photo(dice: Random) -> bytes:
    """Return a JPEG of 100 to 300 KB that no other photo equals."""
    from PIL import Image

    wide, high = dice.choice([(320, 240), (480, 320)])
    image = Image.frombytes("RGB", (wide, high), dice.randbytes(wide * high * 3))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def _until_killed(
    application: Any, port: int, dice: Random, told: Told, item: Item, work: Any, done: list[Item]
) -> Item:
    """Send until the server is dead; return the item that is still on its way."""
    server = _serve(application, port)
    wait = dice.uniform(0.05, 1.8)
    killer = threading.Thread(target=lambda: (time.sleep(wait), os.kill(server, signal.SIGKILL)))
    killer.start()
    phone = Phone(port, told)
    try:
        while True:
            phone.send(item)
            done.append(item)
            item = next(work)
    except Gone:
        return item
    finally:
        killer.join()
        os.waitpid(server, 0)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serve(application: Any, port: int) -> int:
    """Fork a server; return its process once it listens."""
    from django.db import connections

    connections.close_all()
    heard, say = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(heard)
            _answer(application, port, say)
        finally:
            os._exit(1)
    os.close(say)
    if os.read(heard, 1) != b"!":
        raise AssertionError("the server did not start")
    os.close(heard)
    return child


def _answer(application: Any, port: int, say: int) -> None:
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_words: Any) -> None:
            return None

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    def standing(environ: Any, start: Any) -> Any:
        """Each thread has a clock of its own."""
        from anze.kernel.bus import clock
        from tests.faults import lives

        with clock.travel(lives.morning()):
            return list(application(environ, start))

    with Server(("127.0.0.1", port), Quiet) as server:
        server.set_app(standing)
        os.write(say, b"!")
        server.serve_forever()


def _look_back(told: Told, sent: list[Item], home: Path) -> dict[str, Any]:
    """Compare what the phone was told with what is there."""
    from django.db.models import F

    from anze.engines.duties import replay
    from anze.engines.duties.advance import advance
    from anze.kernel.files import store
    from anze.kernel.files.models import StoredFile
    from anze.kernel.forms.models import Submission
    from anze.kernel.ledger import sequencer, verify
    from anze.kernel.ledger.models import Entry, Leaf
    from anze.kernel.outbox.models import Delivery, Packet, Upload

    sequencer.advance()
    n = advance()
    drills = {
        str(uid) for uid in Entry.objects.filter(kind="drill.held").values_list("uid", flat=True)
    }
    taken = {
        str(client): str(uid)
        for client, uid in Delivery.objects.filter(state="taken").values_list(
            "client_id", "entry_uid"
        )
    }
    handed = {str(pk): str(uid) for pk, uid in Submission.objects.values_list("pk", "entry_uid")}
    stored = {str(row.pk): row for row in StoredFile.objects.all()}
    wrong_files = [
        receipt
        for receipt, sha256 in told.files.values()
        if receipt not in stored
        or stored[receipt].sha256 != sha256
        or not store.path_of(stored[receipt].stored_sha256).exists()
    ]
    over = Packet.objects.annotate(left=F("times") - F("taken")).filter(left__lt=0).count()
    counts = {
        str(packet.pk): packet.taken != packet.deliveries.filter(state="taken").count()
        for packet in Packet.objects.all()
    }
    photos = {item.client: len(item.photos) for item in sent}
    proofs = {
        str(entry.client_id): len(entry.proof_list)
        for entry in Entry.objects.filter(kind="drill.held")
    }
    drift = list(replay.drift(replay.replay(n), n))
    parts = home / "uploads"
    return {
        "items": len(sent),
        "photos": len(told.files),
        "cut": told.cut,
        "items lost": [c for c, said in told.items.items() if taken.get(c) != said["entry"]],
        "files lost": wrong_files,
        "offsets fell back": told.fell_back,
        "receipts changed": told.changed,
        "half done": sorted(set(taken.items()) ^ set(handed.items())),
        "entries without work": sorted(drills ^ set(taken.values())),
        "photos missing": [c for c, many in photos.items() if proofs.get(c) != many],
        "other bytes": Delivery.objects.exclude(state="taken").count(),
        "packets overdrawn": over + sum(counts.values()),
        "unnumbered": Entry.objects.count() - Leaf.objects.count(),
        "unfinished": Upload.objects.exclude(state="kept").count(),
        "pieces left": len(list(parts.iterdir())) if parts.exists() else 0,
        "findings": len(verify.verify().findings),
        "drift": len(drift),
    }


def main() -> None:
    """``python -m tests.faults.outbox_lives KILLS SEED`` inside a prepared home."""
    import sys

    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2])), ensure_ascii=False))


if __name__ == "__main__":
    main()

"""Fixtures of the outbox room: a packet of the drill form, and a phone that sends by its token."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from anze.kernel.bus import clock
from anze.kernel.forms.tests.testpack import trial  # noqa: F401
from anze.kernel.outbox import services
from anze.kernel.outbox.models import Packet
from anze.kernel.people.access import ctx_for

NINE = clock.start_of(datetime(2026, 11, 20).date()) + timedelta(hours=9)
DRILL = {
    "a-happened": "2026-11-20",
    "a-drill_type": "fire",
    "a-expected": "1000",
    "a-participants": "935",
    "a-duration_seconds": "90",
    "a-evaluated": "true",
    "a-lessons": "三楼拐角拥挤",
}


@pytest.fixture(autouse=True)
def _home(settings, tmp_path):
    settings.ANZE_HOME = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"


@dataclass
class Phone:
    """What a phone does with a packet and its token. It has no session."""

    packet: Packet
    token: str
    client: Client = field(default_factory=Client)

    @property
    def at(self) -> str:
        return f"/outbox/send/{self.packet.pk}/"

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
        return self.client.generic(
            method, self.at + path, body, content_type="application/octet-stream",
            headers={"Authorization": f"Packet {self.token}", **headers},
        )  # fmt: skip

    def declare(self, data: bytes, file: UUID | None = None, name: str = "照片.jpg") -> Any:
        file = file or uuid4()
        told = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "name": name}
        return file, self.ask("PUT", f"files/{file}/", json.dumps(told).encode())

    def piece(self, file: UUID, offset: int, data: bytes) -> Any:
        return self.ask("PATCH", f"files/{file}/", data, **{"Upload-Offset": str(offset)})

    def upload(self, data: bytes, size: int = 512 * 1024) -> UUID:
        file, answer = self.declare(data)
        while answer.json()["state"] == "receiving":
            offset = answer.json()["offset"]
            answer = self.piece(file, offset, data[offset : offset + size])
            assert answer.status_code == 200, answer.content
        return file

    def hand(self, body: bytes, item: UUID | None = None, sent: datetime | None = None) -> Any:
        stamp = (sent or clock.now()).isoformat()
        return self.ask("PUT", f"items/{item or uuid4()}/", body, **{"Anze-Sent": stamp})


def body(captured: datetime | None = None, files: list[UUID] | None = None, **fields: str) -> bytes:
    """Return the bytes a phone hands in: the drill, with changes."""
    pairs = [[name, value] for name, value in {**DRILL, **fields}.items()]
    pairs += [["a-photos", str(one)] for one in files or []]
    told = {"v": 1, "content": {"fields": pairs}, "files": [str(one) for one in files or []]}
    if captured:
        told["captured"] = captured.isoformat()
    return json.dumps(told, ensure_ascii=False).encode()


@pytest.fixture
def morning():
    """Nine o'clock of the day the packet is taken along; the clock stands there."""
    with clock.travel(NINE):
        yield NINE


@pytest.fixture
def phone(cast, trial, morning) -> Phone:  # noqa: F811
    """A phone that took the drill form along for the east campus, three times."""
    ctx = ctx_for(cast.officer)
    packet, token = services.issue(ctx, "form", "trial/drill", cast.primary_east.pk, times=3)
    return Phone(packet, token)

"""A context, a home and kinds of their own for the ledger's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from anze.kernel.bus import events
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import keys, kinds, sequencer, services
from anze.kernel.ledger.models import Entry
from anze.kernel.ledger.tests.support import DRILL, NOTICE, UNIT, VAULT


@pytest.fixture(autouse=True)
def _own_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    monkeypatch.setattr(kinds, "_resolvers", [])
    for kind in (DRILL, NOTICE, VAULT):
        kinds.register(kind)


@pytest.fixture(autouse=True)
def _nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the rooms above out: their work on news of an entry is theirs to test."""
    monkeypatch.setitem(events._listeners, sequencer.Sequenced, [])


@pytest.fixture(autouse=True)
def _own_home(settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.ANZE_HOME = tmp_path
    settings.ANZE_WITNESSES = []
    yield
    keys._ring.cache_clear()


@pytest.fixture
def ctx() -> Ctx:
    return Ctx.system(via="web")


@pytest.fixture
def drill(ctx: Ctx) -> Callable[..., Entry]:
    """Record a drill of UNIT and number it unless ``numbered=False``."""

    def make(participants: int = 100, *, numbered: bool = True, **more: Any) -> Entry:
        more = {"unit_id": UNIT, "kind": DRILL.name, **more}
        facts = {"participants": participants, **more.pop("facts", {})}
        entry = services.record(more.pop("ctx", ctx), more.pop("kind"), facts=facts, **more)
        if numbered:
            sequencer.advance()
        return entry

    return make

"""What the emergency room records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from anze.kernel.forms import computed
from anze.kernel.forms.parts import Told
from anze.kernel.ledger import kinds

People = Annotated[int, Field(ge=0, le=1_000_000)]


class DrillHeld(kinds.Facts):
    """A drill. ``participants_permille`` of those ``expected`` took part."""

    drill_type: Literal["evacuation", "fire", "bus", "earthquake", "anti_terror", "other"]
    participants: People
    expected: People
    participants_permille: Annotated[int, Field(ge=0)]
    duration_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    evaluated: bool


def drill_facts(facts: Mapping[str, Any]) -> dict[str, int]:
    """Return the share that took part; needs ``participants`` and ``expected``."""
    return {"participants_permille": computed.permille(facts["participants"], facts["expected"])}


def register() -> None:
    """Register the kinds; called once at start."""
    kinds.register(
        kinds.Kind(
            name="drill.held",
            version=1,
            facts=DrillHeld,
            private=Told,
            visibility="unit",
            label="应急演练",
        )
    )
    computed.add("drill.held", drill_facts)

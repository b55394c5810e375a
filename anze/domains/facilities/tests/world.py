"""A few things at the east campus of the cast, and short ways to change them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from anze.domains.facilities.models import FireEquipment
from anze.domains.facilities.registers import FIRE
from anze.engines.registers import services
from anze.kernel.bus import clock
from anze.kernel.units import services as units
from anze.kernel.units.models import Place
from tests.cast import Cast

TODAY = date(2026, 11, 23)
POWDER = {"kind": "dry_powder", "size": "MFZ/ABC4", "position": "一楼东侧", "made_on": "2024-05-10"}


def morning(day: date = TODAY) -> datetime:
    """Return nine o'clock of a day."""
    return clock.start_of(day).replace(hour=9)


@dataclass
class School:
    """The east campus: its places, and the extinguishers put there."""

    cast: Cast
    gate: Place = field(init=False)
    canteen: Place = field(init=False)

    def __post_init__(self) -> None:
        ctx = self.cast.ctx("officer")
        east = self.cast.primary_east.pk
        self.gate = units.add_place(ctx, east, name="校门", category="gate")
        self.canteen = units.add_place(ctx, east, name="食堂", category="canteen")

    def add(self, place: Place | None = None, code: str = "", **more: Any) -> FireEquipment:
        """Register an extinguisher at the east campus as its safety officer."""
        made = services.add(
            self.cast.ctx("officer"), FIRE, self.cast.primary_east.pk, POWDER | more,
            code=code, place_id=place.pk if place else None,
        )  # fmt: skip
        assert isinstance(made, FireEquipment)
        return made

    def change(self, thing: FireEquipment, **more: Any) -> Any:
        """Change some fields of a thing as it stands now."""
        thing.refresh_from_db()
        now = {
            "kind": thing.kind, "size": thing.size, "position": thing.position,
            "made_on": thing.made_on, "serviced_on": thing.serviced_on, "remark": thing.remark,
        }  # fmt: skip
        return services.change(
            self.cast.ctx("officer"), FIRE, thing.pk, now | more,
            version=thing.version, place_id=thing.place_id,
        )  # fmt: skip

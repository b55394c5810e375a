"""A small district and a small pack, made through the services, for tests of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from anze.engines.duties import services
from anze.engines.duties.advance import advance
from anze.engines.duties.models import Occurrence
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import sequencer
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import Entry
from anze.kernel.packs import kinds, loader, lock
from anze.kernel.packs import services as packs
from anze.kernel.packs.models import Pack
from anze.kernel.units import services as units
from anze.kernel.units.models import Unit

WALK = {
    "ref": "walk", "title": "巡查", "visibility": "unit", "level": "campus", "minutes": 1,
    "posts": ["safety_officer"],
    "fields": [
        {"name": "rounds", "label": "圈数", "type": "integer", "required": True},
        {"name": "ok", "label": "正常", "type": "bool"},
    ],
}  # fmt: skip


def requirement(ref: str, **changes: Any) -> dict[str, Any]:
    """Return a requirement as a pack writes it; monthly, met by one walk, unless changed."""
    written = {
        "ref": ref, "title": f"要求 {ref}", "clauses": ["1.1"], "basis": ["LAW"], "why": "因为",
        "reader": "科室", "level": "campus", "who": "safety_officer", "every": "month",
        "due": {"day": "last"}, "met_by": {"entry": "trial.walk"}, "form": "walk", **changes,
    }  # fmt: skip
    return {key: value for key, value in written.items() if value is not None}


def make_pack(root: Path, version: str, requirements: list[dict[str, Any]]) -> Pack:
    """Write a released pack ``trial/<version>`` and load it."""
    folder = root / "trial" / version
    (folder / "requirements").mkdir(parents=True)
    (folder / "forms").mkdir()
    files: dict[str, Any] = {
        "pack.yaml": {
            "issuer": "trial", "version": version, "title": "试验", "kind": "plan",
            "status": "released", "provenance": "试验用", "confidence": "试验用",
        },
        "sources.yaml": {"LAW": {"title": "试验依据", "confidence": "config"}},
        "clauses.yaml": {
            "heads": [{"ref": "1", "title": "一"}],
            "clauses": [
                {"ref": "1.1", "head": "1", "text": "巡", "source_section": "一", "binds": "units"}
            ],
        },
        "roles.yaml": {
            "posts": [
                {"code": "safety_officer", "title": "安全员", "level": "unit",
                 "role": "safety_officer"}
            ]
        },
        "requirements/all.yaml": requirements,
        "forms/all.yaml": [WALK],
    }  # fmt: skip
    for name, value in files.items():
        (folder / name).write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False))
    lock.write(folder, loader.load(folder, kinds=kinds.core()))
    return packs.load_pack(Ctx.system(), folder)


@dataclass
class Trial:
    """A district with two schools, the second with two campuses; days pass when told to."""

    district: UUID
    campuses: list[UUID]
    schools: list[UUID]
    root: Path

    def day(self, day: date) -> None:
        """Let a day begin: 00:05 in China."""
        services.sweep(self.ctx(day, 0, 5))

    def days(self, first: date, last: date) -> None:
        """Let each day from first to last begin."""
        while first <= last:
            self.day(first)
            first += timedelta(days=1)

    def ctx(self, day: date, hour: int = 10, minute: int = 0) -> Ctx:
        """Return a system context on a Chinese day and time."""
        return Ctx.system(now=clock.start_of(day) + timedelta(hours=hour, minutes=minute))

    def walk(self, campus: UUID, happened: date, recorded: date | None = None, **facts) -> Entry:
        """Record a walk and judge what it touches."""
        at = clock.start_of(happened) + timedelta(hours=9)
        ctx = self.ctx(recorded or happened)
        entry = ledger.record(
            ctx, "trial.walk", unit_id=campus, facts={"rounds": 1, "ok": True, **facts}, happened=at
        )
        self.settle()
        return entry

    def brought(
        self, campus: UUID, captured: date, recorded: date, via: str = "packet", **facts
    ) -> Entry:
        """Record a walk that was captured at eight on an earlier day and arrives at ten."""
        at = clock.start_of(captured) + timedelta(hours=8)
        entry = ledger.record(
            self.ctx(recorded).through(via), "trial.walk", unit_id=campus,
            facts={"rounds": 1, "ok": True, **facts}, happened=at, captured=at,
        )  # fmt: skip
        self.settle()
        return entry

    def settle(self) -> int:
        """Number and judge all that waits."""
        sequencer.advance()
        return advance()

    def adopt(self, *requirements: dict[str, Any], version: str = "2026.1", since: date) -> Pack:
        """Load a pack of these requirements and let it bind the district from a day on."""
        pack = make_pack(self.root, version, list(requirements))
        packs.activate(self.ctx(since), pack, self.district, since)
        self.settle()
        return pack

    def state(self, ref: str, campus: UUID, period: str) -> str:
        """Return the state of one occurrence, or "" when there is none."""
        rows = Occurrence.objects.filter(requirement__ref=ref, unit_id=campus, period=period)
        return rows.values_list("state", flat=True).first() or ""


def make_trial(root: Path) -> Trial:
    """Register the district and its schools, opened on 2020-09-01, with one autumn term."""
    ctx = Ctx.system(now=datetime(2026, 8, 20, 2, tzinfo=clock.LOCAL))
    old = date(2020, 9, 1)
    authority = units.register_unit(ctx, level="authority", name="市教育局", opened=old)
    district = units.register_unit(
        ctx, level="district", name="试验区教育局", parent_id=authority.pk, opened=old
    )
    units.set_term(
        ctx, district.pk, code="2026-autumn", name="秋季学期", start=date(2026, 9, 1),
        end=date(2027, 1, 29),
    )  # fmt: skip
    schools, campuses = [], []
    for name, more in (("甲小学", []), ("乙初中", ["南校区", "北校区"])):
        kind = "primary" if name == "甲小学" else "junior"
        school = units.register_unit(
            ctx, level="unit", kind=kind, name=name, parent_id=district.pk, opened=old,
            main_campus=not more, ownership="public",
        )  # fmt: skip
        for campus in more:
            units.register_unit(
                ctx, level="campus", kind=kind, name=f"{name}{campus}", parent_id=school.pk,
                opened=old,
            )  # fmt: skip
        schools.append(school.pk)
        below = Unit.objects.filter(edges_up__parent=school).order_by("pk")
        campuses += list(below.values_list("pk", flat=True))
    trial = Trial(district.pk, campuses, schools, root)
    trial.settle()
    return trial

"""The cast of the house under a small plan, lived for some weeks: what the portal's tests look at.

The plan has a clause of every sort: for units, for the bureau, declaratory, and one nobody serves.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from anze.engines.duties import services as duties
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
from tests.cast import Cast

TODAY = date(2026, 11, 24)
FIRST = date(2026, 11, 1)

WALK = {
    "ref": "walk", "title": "校园巡查", "visibility": "unit", "level": "campus", "minutes": 1,
    "posts": ["safety_officer"],
    "fields": [
        {"name": "rounds", "label": "圈数", "type": "integer", "required": True, "unit": "圈"},
        {"name": "note", "label": "说明", "type": "text", "max_length": 100},
    ],
}  # fmt: skip


def _requirement(ref: str, title: str, clauses: list[str], **changes: Any) -> dict[str, Any]:
    return {
        "ref": ref, "title": title, "clauses": clauses, "basis": ["LAW"], "why": "看得见",
        "reader": "安全综治科", "level": "campus", "who": "safety_officer", "every": "week",
        "due": {"day": "last", "grace_days": 1}, "met_by": {"entry": "stage.walk"},
        "form": "walk", **changes,
    }  # fmt: skip


SCHOOLS = {"kinds": ["primary", "junior", "vocational", "kindergarten"]}
REQUIREMENTS = [
    _requirement("WALK-WEEK", "每周校园巡查", ["1.1"], applies=SCHOOLS),
    _requirement("WALK-FAR", "每月走满五圈", ["1.1", "1.2"], applies={"kinds": ["primary"]},
                 every="month", due={"day": "last-workday"}, confidence="config",
                 met_by={"entry": "stage.walk", "where": {"rounds": {"at_least": 5}}}),
    _requirement("WALK-TWIN", "每周巡查（另一处写法）", ["1.2"], applies=SCHOOLS,
                 same_as=["stage/WALK-WEEK"], due={"day": "last", "grace_days": 2}),
    _requirement("DESK-MONTH", "科室每月协调", ["2.1"], level="section", who="desk_officer",
                 every="month", due={"day": 20}, form=None, waivable=False,
                 met_by={"entry": "meeting.held"}),
    _requirement("LOOSE", "不属于条款的要求", [], applies={"kinds": ["bus_company"]},
                 every="month", due={"day": "last"}),
]  # fmt: skip
CLAUSES = [
    ("1.1", "1", "各校每周巡查。", "units", False),
    ("1.2", "1", "巡查要走到。", "units", False),
    ("2.1", "2", "局里负责协调。", "bureau", False),
    ("2.2", "2", "安全工作十分重要。", "bureau", True),
    ("2.3", "2", "还没有人配要求的一条。", "both", False),
]


def make_pack(root: Path) -> Pack:
    """Write the released pack ``stage/2026.1`` and load it."""
    folder = root / "stage" / "2026.1"
    (folder / "requirements").mkdir(parents=True)
    (folder / "forms").mkdir()
    posts = [
        {"code": "safety_officer", "title": "安全管理人员", "level": "unit",
         "role": "safety_officer"},
        {"code": "desk_officer", "title": "安全综治科经办人", "level": "section", "role": "desk"},
    ]  # fmt: skip
    files: dict[str, Any] = {
        "pack.yaml": {
            "issuer": "stage", "version": "2026.1", "title": "巡查方案", "kind": "plan",
            "status": "released", "provenance": "试验用。", "confidence": "试验用。",
        },
        "sources.yaml": {"LAW": {"title": "巡查办法", "article": "第三条", "confidence": "F"}},
        "clauses.yaml": {
            "heads": [{"ref": "1", "title": "一、巡查"}, {"ref": "2", "title": "二、协调"}],
            "clauses": [
                {"ref": ref, "head": head, "text": text, "source_section": f"第{ref}句",
                 "binds": binds, "declared": declared}
                for ref, head, text, binds, declared in CLAUSES
            ],
        },
        "roles.yaml": {"posts": posts},
        "requirements/all.yaml": [
            {key: value for key, value in one.items() if value is not None} for one in REQUIREMENTS
        ],
        "forms/all.yaml": [WALK],
    }  # fmt: skip
    for name, value in files.items():
        plain = json.loads(json.dumps(value))  # without shared parts, which yaml would anchor
        (folder / name).write_text(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False))
    lock.write(folder, loader.load(folder, kinds=kinds.core()))
    return packs.load_pack(Ctx.system(), folder)


@dataclass
class Stage:
    """The cast, its pack, and means to let time pass and things happen."""

    cast: Cast
    pack: Pack

    def ctx(self, day: date, hour: int = 10) -> Ctx:
        """Return a system context on a Chinese day."""
        return Ctx.system(now=clock.start_of(day) + timedelta(hours=hour))

    def days(self, first: date, last: date) -> None:
        """Let each day begin."""
        while first <= last:
            with clock.travel(clock.start_of(first) + timedelta(minutes=5)):
                duties.sweep(Ctx.system())
            first += timedelta(days=1)

    def walk(
        self, campus: Unit, day: date, *, rounds: int = 1, words: str = "", later: bool = True
    ) -> Entry:
        """Record a walk of the officer of the first school; numbered now, or on its own day."""
        at = clock.start_of(day) + timedelta(hours=9)
        ctx = Ctx(actor_id=self.cast.officer.pk, now=at, via="web", access=self.ctx(day).access)
        private = {"answers": {"note": words}} if words else None
        with clock.travel(max(at, clock.now()) if later else at):
            entry = ledger.record(
                ctx, "stage.walk", unit_id=campus.pk, facts={"rounds": rounds}, private=private,
                happened=at,
            )  # fmt: skip
            self.settle()
        return entry

    def settle(self) -> None:
        """Number and judge what waits."""
        sequencer.advance()
        advance()

    def occ(self, ref: str, unit: Unit, period: str) -> Occurrence:
        """Return one occurrence."""
        return Occurrence.objects.get(requirement__ref=ref, unit=unit, period=period)

    def grow(self, schools: int) -> None:
        """Open more schools that owe and do the same."""
        ctx = self.ctx(FIRST, 8)
        for number in range(schools):
            school = units.register_unit(
                ctx, level="unit", name=f"新办第{number + 1}小学", kind="primary",
                parent_id=self.cast.town.pk, opened=date(2020, 9, 1),
            )  # fmt: skip
            units.register_unit(
                ctx, level="campus", name=f"新办第{number + 1}小学校区", kind="primary",
                parent_id=school.pk, opened=date(2020, 9, 1),
            )  # fmt: skip


def make_stage(cast: Cast, root: Path, *, more: int = 0) -> Stage:
    """Adopt the plan from November on, live until TODAY with a few walks and many gaps."""
    early = Ctx.system(now=datetime(2026, 10, 20, 2, tzinfo=clock.LOCAL))
    units.set_term(
        early, cast.district.pk, code="2026-autumn", name="2026年秋学期", start=date(2026, 9, 1),
        end=date(2027, 1, 29),
    )  # fmt: skip
    stage = Stage(cast, make_pack(root))
    if more:
        stage.grow(more)
    with clock.travel(early.now):
        packs.activate(early, stage.pack, cast.district.pk, FIRST)
        stage.settle()
    stage.days(FIRST, date(2026, 11, 8))
    stage.walk(cast.primary_east, date(2026, 11, 8), rounds=6, words="一切正常", later=False)
    stage.days(date(2026, 11, 9), TODAY)
    stage.walk(cast.junior_campus, date(2026, 11, 23), later=False)
    for campus in Unit.objects.filter(level="campus", name__startswith="新办"):
        stage.walk(campus, date(2026, 11, 23), later=False)
    return stage

"""Writing lines of a roster or of accounts through the services of units and people.

What was made is kept step by step with each line, in the order of doing: undoing goes backwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.exchange.models import ImportBatch, ImportRow
from anze.kernel.people import services as people
from anze.kernel.people.models import User
from anze.kernel.units import services as units
from anze.kernel.units.models import Unit

Step = list[str]


def write(ctx: Ctx, batch: ImportBatch, rows: Sequence[ImportRow]) -> None:
    """Write a slice of lines: units, campuses, facts, posts."""
    plans = [(row, row.loads("plan")) for row in rows]
    place = _Place(ctx, batch.kind == "roster")
    place.prepare(batch, plans)
    for row, plan in plans:
        place.one(row, plan)
        row.made = json.dumps(place.steps, ensure_ascii=False)


@dataclass
class _Place:
    """Applies plans; knows which units this batch has made and whose phones are registered."""

    ctx: Ctx
    roster: bool
    made: dict[str, UUID] = field(default_factory=dict)
    by_phone: dict[str, User] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    def prepare(self, batch: ImportBatch, plans: Iterable[tuple[ImportRow, Any]]) -> None:
        """Read once for a slice what its lines may meet."""
        groups = {row.group for row, _ in plans}
        done = ImportRow.objects.filter(
            batch=batch, revision=batch.revision, group__in=groups, written="written"
        )
        made = done.exclude(unit_id=None).values_list("group", "unit_id")
        self.made = {group: unit for group, unit in made if unit}
        phones = {post["phone"] for _, plan in plans for post in plan.get("posts", [])}
        self.by_phone = {u.phone: u for u in User.objects.filter(phone__in=phones) if u.phone}

    def one(self, row: ImportRow, plan: dict[str, Any]) -> None:
        """Write one line."""
        self.steps = []
        if self.roster:
            row.unit_id = self._unit(row, plan)
            row.result_id = self._campus(row.unit_id, plan)
            self._facts({"unit": row.unit_id, "campus": row.result_id}, plan)
        else:
            row.unit_id = UUID(plan["unit"])
            self._correct(row, plan)
        bodies = {"unit": row.unit_id, "campus": row.result_id or row.unit_id}
        for post in plan.get("posts", []):
            holder = self._post(bodies[post["at"]], post)
            if not self.roster:
                row.result_id = holder

    def _correct(self, row: ImportRow, plan: dict[str, Any]) -> None:
        """Correct name and phone of a person found by the number of his post."""
        if wanted := plan.get("correct"):
            row.result_id = UUID(plan["person"])
            old = User.objects.only("name", "phone").get(pk=row.result_id)
            was = [old.name, old.phone or ""]
            user = people.change_account(self.ctx, old.pk, name=wanted[0], phone=wanted[1])
            self.by_phone[wanted[1]] = user
            self.steps.append(["person", str(user.pk), *was, *wanted])

    def _unit(self, row: ImportRow, plan: dict[str, Any]) -> UUID:
        if "unit" not in plan:
            if row.group not in self.made:
                wanted = dict(plan["register"])
                unit = units.register_unit(
                    self.ctx, level="unit", parent_id=UUID(wanted.pop("parent")), **wanted
                )
                self.made[row.group] = unit.pk
                self.steps.append(["unit", str(unit.pk)])
            return self.made[row.group]
        unit_id = UUID(plan["unit"])
        if rename := plan.get("rename"):
            self._rename(unit_id, rename)
        if to := plan.get("move"):
            units.move(self.ctx, unit_id, to=UUID(to), since=self.ctx.today)
            self.steps.append(["move", str(unit_id), plan.get("moved_from", ""), to])
        return unit_id

    def _rename(self, unit_id: UUID, to: Sequence[str]) -> None:
        old = Unit.objects.only("name", "short_name").get(pk=unit_id)
        units.rename(self.ctx, unit_id, name=to[0], short_name=to[1])
        self.steps.append(["rename", str(unit_id), old.name, old.short_name, *to])

    def _campus(self, unit_id: UUID, plan: dict[str, Any]) -> UUID:
        if "campus" in plan:
            campus_id = UUID(plan["campus"])
            if rename := plan.get("rename_campus"):
                self._rename(campus_id, rename)
            return campus_id
        wanted = plan["register_campus"]
        campus = units.register_unit(self.ctx, level="campus", parent_id=unit_id, **wanted)
        self.steps.append(["campus", str(campus.pk)])
        return campus.pk

    def _facts(self, bodies: dict[str, UUID], plan: dict[str, Any]) -> None:
        for target, key, value, old in plan.get("facts", []):
            units.set_fact(self.ctx, bodies[target], key, value, since=self.ctx.today)
            self.steps.append(["fact", str(bodies[target]), key, old, value])

    def _post(self, body: UUID, post: dict[str, Any]) -> UUID:
        user = self.by_phone.get(post["phone"])
        since = date.fromisoformat(post["since"]) if post["since"] else None
        if user is not None and user.name != post["name"]:
            raise Refused("手机号刚被登记在别人名下", field="phone", remedy="请重新核对这个文件。")
        for holding in post["ends"]:
            people.end_post(self.ctx, UUID(holding), until=self.ctx.today)
            self.steps.append(["ended", holding])
        if user is None:
            user = self._account(body, post, since)
        else:
            held = people.give_post(self.ctx, user.pk, unit_id=body, post=post["post"], since=since)
            self.steps.append(["post", str(held.pk)])
        return user.pk

    def _account(self, body: UUID, post: dict[str, Any], since: date | None) -> User:
        user = people.create_account(
            self.ctx,
            username=post["username"] or f"u{post['phone']}",
            name=post["name"],
            phone=post["phone"],
            unit_id=body,
        )
        held = people.give_first_post(self.ctx, user, unit_id=body, post=post["post"], since=since)
        self.by_phone[post["phone"]] = user
        self.steps += [["account", str(user.pk)], ["post", str(held.pk)]]
        return user

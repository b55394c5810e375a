"""Reads what was typed about a thing into values, or says field by field what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from anze.engines.registers import values
from anze.engines.registers.models import NEVER
from anze.engines.registers.spec import Field, RegisterSpec, Values
from anze.kernel.bus.errors import Refused
from anze.kernel.units.models import Place

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,39}")


class WrongFields(Refused):
    """Some fields are wrong: ``faults`` says which and why, all at once."""

    def __init__(self, faults: Mapping[str, str], labels: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        field, words = next(iter(self.faults.items()))
        super().__init__(f"{labels.get(field, field)}：{words}", field=field)


def read_all(spec: RegisterSpec, typed: Mapping[str, Any], today: date) -> Values:
    """Return every field of a thing, the computed ones too; None where nothing is given.

    ``typed`` holds text or values already typed. Raises WrongFields naming every fault.
    """
    found: Values = {}
    faults: dict[str, str] = {}
    for one in spec.asked:
        try:
            found[one.name] = _one(one, typed.get(one.name), today)
        except values.BadValue as fault:
            faults[one.name] = str(fault)
    if not faults:
        faults = dict(spec.check(found, today))
    if faults:
        raise WrongFields(faults, {one.name: one.label for one in spec.fields})
    computed = spec.complete(found)
    return found | {one.name: computed.get(one.name) for one in spec.fields if one.computed}


def _one(one: Field, typed: object, today: date) -> Any:
    value = values.parse(one, typed)
    if value is None and one.required:
        raise values.BadValue("必填")
    if one.past and value is not None and value > today:
        raise values.BadValue("不能晚于今天")
    return value


def due_on(spec: RegisterSpec, found: Mapping[str, Any]) -> date:
    """Return the earliest end of validity among the values, ``NEVER`` if there is none."""
    return min((found[one.name] for one in spec.ends if found.get(one.name)), default=NEVER)


def column(one: Field, value: Any) -> Any:
    """Return a value as its column keeps it: texts and choices are never null."""
    return "" if value is None and one.type in ("text", "choice") else value


def number(typed: str) -> str:
    """Return a number of a thing as typed, empty for none; raise WrongFields."""
    plain = typed.strip()
    if plain and not _NUMBER.fullmatch(plain):
        words = "编号只能用字母、数字和 _ . / -，以字母或数字开头，最多 40 个"
        raise WrongFields({"code": words}, {"code": "编号"})
    return plain


def place_of(
    unit_id: UUID, campuses: set[UUID], place_id: UUID | None, today: date
) -> Place | None:
    """Return a place in use on one of these campuses; raise WrongFields for any other."""
    if place_id is None:
        return None
    place = Place.objects.filter(pk=place_id, campus_id__in={unit_id, *campuses}).first()
    if place is None or (place.valid_to is not None and place.valid_to <= today):
        raise WrongFields({"place": "没有这个地点，或已停用"}, {"place": "地点"})
    return place

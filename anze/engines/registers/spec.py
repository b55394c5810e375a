"""What a register is: declared once by a domain, everything else follows from it.

A domain subclasses ``models.Thing`` for the columns of its own, describes them in a
``RegisterSpec`` and calls ``register`` in ``ready()``. List, page, form, labels, audit, import,
export, history and notices read the description.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from anze.kernel.bus.errors import NotFound

if TYPE_CHECKING:
    from anze.engines.registers.models import Thing

Type = Literal["choice", "integer", "decimal", "day", "yesno", "text"]
Values = dict[str, Any]
LEADS = (30, 7, 0)  # days before an end of validity on which people are told
# A field of this name would hide one of the spine.
SPINE = frozenset(
    {"id", "pk", "unit", "place", "code", "token", "state", "due_on", "version", "client_id"}
    | {"missing_since", "missing_audit", "entry_uid", "ended_on", "ended_uid", "end_reason"}
    | {"changed", "missing", "due", "title"}
)
END_REASONS: Mapping[str, str] = {
    "scrapped": "报废",
    "replaced": "更换",
    "transferred": "移出本单位",
    "lost": "遗失",
    "mistake": "登记有误",
}
_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True)
class Field:
    """One thing asked about each thing.

    ``text`` is kept in the private part of entries and may be erased; every other type is a fact
    that rules may read. ``computed`` is filled in by the spec's ``complete``, never by people.
    ``ends`` marks a day after which the thing is no longer in order.
    """

    name: str
    label: str
    type: Type = "text"
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    help: str = ""
    measure: str = ""
    least: int | None = None
    most: int | None = None
    max_length: int = 80
    computed: bool = False
    ends: bool = False
    past: bool = False  # a day that cannot lie in the future
    column: bool = False
    filtered: bool = False
    searched: bool = False

    @property
    def private(self) -> bool:
        """Whether its value stays out of the facts."""
        return self.type == "text"


Complete = Callable[[Values], Values]
Check = Callable[[Values, date], Mapping[str, str]]


def _nothing(_values: Values) -> Values:
    return {}


def _no_fault(_values: Values, _today: date) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class RegisterSpec:
    """One register.

    ``mark`` is the letter its labels begin with, ``prefix`` begins the numbers it gives out,
    ``levels`` are the bodies that keep it, ``tell`` the posts that hear of coming ends.
    ``complete`` computes fields from the others; ``check`` returns field → what is wrong.
    """

    code: str
    label: str
    noun: str
    model: type[Thing]
    fields: Sequence[Field]
    mark: str
    prefix: str
    title: Callable[[Thing], str]
    icon: str = "list-details"
    hint: str = ""
    levels: Sequence[str] = ("campus", "unit")
    label_fields: Sequence[str] = ()
    end_reasons: Mapping[str, str] = field(default_factory=lambda: dict(END_REASONS))
    leads: Sequence[int] = LEADS
    tell: Sequence[str] = ("safety_officer",)
    complete: Complete = _nothing
    check: Check = _no_fault
    view: str = "registers.view"
    edit: str = "registers.edit"
    audit: str = "registers.audit"

    @property
    def asked(self) -> list[Field]:
        """The fields people fill in."""
        return [one for one in self.fields if not one.computed]

    @property
    def ends(self) -> list[Field]:
        """The days of which the earliest is the thing's end of validity."""
        return [one for one in self.fields if one.ends]

    def field(self, name: str) -> Field:
        """Return a field by name; ``KeyError`` for an unknown one."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)


_registers: dict[str, RegisterSpec] = {}
_hearers: list[Callable[[RegisterSpec], None]] = []


def when_opened(hear: Callable[[RegisterSpec], None]) -> None:
    """Call ``hear(spec)`` for each register that is opened from now on."""
    _hearers.append(hear)


def register(spec: RegisterSpec) -> RegisterSpec:
    """Open a register; ``ValueError`` when it is unsound or clashes with another."""
    for fault in faults(spec):
        raise ValueError(f"register {spec.code}: {fault}")
    _registers[spec.code] = spec
    for hear in _hearers:
        hear(spec)
    return spec


def faults(spec: RegisterSpec) -> list[str]:
    """Return what is unsound in a spec."""
    names = [one.name for one in spec.fields]
    columns = {one.name for one in spec.model._meta.get_fields()}
    found = [f"{name} is a column of the spine" for name in names if name in SPINE]
    found += [f"{name}: the model has no such column" for name in names if name not in columns]
    found += [f"{name} stands twice" for name in {*names} if names.count(name) > 1]
    found += [
        f"{one.name}: a choice needs choices"
        for one in spec.fields
        if one.type == "choice" and not one.choices
    ]
    found += [f"{one.name}: only a day can end" for one in spec.ends if one.type != "day"]
    if not _CODE.fullmatch(spec.code):
        found.append("its code is written like fire_equipment")
    if not re.fullmatch(r"[A-Z]", spec.mark) or not re.fullmatch(r"[A-Z]{1,6}", spec.prefix):
        found.append("its mark is one capital letter, its prefix up to six")
    for other in _registers.values():
        if other.code != spec.code and other.mark == spec.mark:
            found.append(f"the mark {spec.mark} belongs to {other.code}")
    return found


def get(code: str) -> RegisterSpec:
    """Return a register; raise NotFound for an unknown one."""
    if code not in _registers:
        raise NotFound("没有这个台账", where=code, remedy="请从台账首页进入")
    return _registers[code]


def by_mark(mark: str) -> RegisterSpec | None:
    """Return the register whose labels begin with a letter."""
    return next((one for one in _registers.values() if one.mark == mark), None)


def all_specs() -> list[RegisterSpec]:
    """Return every register in the order of registration."""
    return list(_registers.values())

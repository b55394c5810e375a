"""What may be recorded: every kind of entry, its schema, and who may see it.

A kind has *facts* (closed types only; rules read them; kept for ever) and may have a *private*
part (names, phones, free text; sealed; erasable). Registration refuses a facts model that could
carry free text or floats, so that no one can put a name where it cannot be erased.
"""

from __future__ import annotations

import enum
import re
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

Visibility = Literal["unit", "bureau", "sealed", "vault", "reporter", "public"]
VISIBILITIES: frozenset[str] = frozenset(get_args(Visibility))
RESTRICTED: frozenset[str] = frozenset({"sealed", "vault", "reporter"})
CODE = r"^[A-Za-z0-9_.:@/-]{1,80}$"


@dataclass(frozen=True)
class Closed:
    """Marks a string type as closed: it can hold a code or a number, never prose."""

    what: str


def _plain_decimal(value: object) -> object:
    return format(value, "f") if isinstance(value, Decimal) else value


Code = Annotated[str, StringConstraints(pattern=CODE), Closed("code")]
DecimalStr = Annotated[
    str,
    BeforeValidator(_plain_decimal),
    StringConstraints(pattern=r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?$"),
    Closed("decimal"),
]


class Facts(BaseModel):
    """Base of all facts: closed types, unknown keys refused. Absent values are left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Private(BaseModel):
    """Base of all private parts: names, phones, free text."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class KindError(ValueError):
    """A kind is declared in a way that could not be kept for ever."""


class UnknownKindError(LookupError):
    """No room and no pack declares this kind."""


@dataclass(frozen=True)
class Kind:
    """One kind of entry. ``version`` is the schema version; it grows by additions only."""

    name: str
    version: int
    facts: type[Facts]
    visibility: Visibility
    label: str
    private: type[Private] | None = None


class Erased(Facts):
    """Whose private part was destroyed, and for which reason code."""

    uid: UUID
    reason: Code


class Retraction(Facts):
    """The facts of every retracting entry, whatever its kind."""

    reason: Code


ERASED = Kind(
    name="ledger.erased", version=1, facts=Erased, visibility="bureau", label="私密内容销毁"
)

_NAME = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)+\Z")
_FIELD = re.compile(r"[a-z][a-z0-9_]*\Z")
_kinds: dict[str, Kind] = {}
_resolvers: list[Callable[[str], Kind | None]] = []


def register_own() -> None:
    """Register the kinds the ledger itself records."""
    register(ERASED)


def register(kind: Kind) -> Kind:
    """Add a kind and return it; raise KindError if it is unsound or the name is taken."""
    check(kind)
    if _kinds.get(kind.name, kind) != kind:
        raise KindError(f"{kind.name}: declared twice")
    _kinds[kind.name] = kind
    return kind


def add_resolver(find: Callable[[str], Kind | None]) -> None:
    """Ask ``find(name)`` for kinds that packs declare. Idempotent; what it answers is checked."""
    if find not in _resolvers:
        _resolvers.append(find)


def get(name: str) -> Kind:
    """Return the kind; raise UnknownKindError."""
    if kind := _kinds.get(name):
        return kind
    for find in _resolvers:
        if kind := find(name):
            check(kind)
            return kind
    raise UnknownKindError(f"no kind {name!r}: register it in ready() or load its pack")


def all_kinds() -> list[Kind]:
    """Return the kinds declared in code, by name."""
    return [_kinds[name] for name in sorted(_kinds)]


def label(name: str) -> str:
    """Return the Chinese label of a kind, or its name when nobody declares it any more."""
    try:
        return get(name).label
    except UnknownKindError:
        return name


def check(kind: Kind) -> None:
    """Raise KindError unless the kind can be kept for ever."""
    if len(kind.name) > 80 or not _NAME.match(kind.name):
        raise KindError(f"{kind.name!r}: a kind is named like 'drill.held'")
    if kind.version < 1 or not kind.label:
        raise KindError(f"{kind.name}: needs a version from 1 and a label")
    if kind.visibility not in VISIBILITIES:
        raise KindError(f"{kind.name}: unknown visibility {kind.visibility!r}")
    if kind.private is not None and not issubclass(kind.private, Private):
        raise KindError(f"{kind.name}: the private part derives from Private")
    _check_model(kind.facts, kind.name)


def _check_model(model: object, where: str) -> None:
    if not (isinstance(model, type) and issubclass(model, Facts)):
        raise KindError(f"{where}: facts derive from Facts")
    if model.model_config.get("extra") != "forbid":
        raise KindError(f"{where}: facts forbid unknown keys")
    for name, field in model.model_fields.items():
        if not _FIELD.match(name) or field.alias or field.serialization_alias:
            raise KindError(f"{where}.{name}: a fact is named in lower case, without alias")
        _check_type(field.annotation, tuple(field.metadata), f"{where}.{name}")


_PLAIN = (int, bool, date, UUID)


def _check_type(kind: Any, marks: tuple[Any, ...], where: str) -> None:
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *more = get_args(kind)
        _check_type(inner, (*marks, *more), where)
    elif origin in (Union, types.UnionType):
        for choice in get_args(kind):
            if choice is not type(None):
                _check_type(choice, marks, where)
    elif origin is Literal:
        _check_choices(get_args(kind), where)
    elif origin in (list, tuple):
        for choice in get_args(kind):
            if choice is not Ellipsis:
                _check_type(choice, (), where)
    elif isinstance(kind, type) and issubclass(kind, enum.Enum):
        _check_choices([member.value for member in kind], where)
    elif isinstance(kind, type) and issubclass(kind, Facts):
        _check_model(kind, where)
    elif kind is str and any(isinstance(mark, Closed) for mark in marks):
        return
    elif kind not in _PLAIN:
        raise KindError(
            f"{where}: {kind!r} cannot be a fact; use int, bool, date, UUID, Literal, Code, "
            "DecimalStr, lists of these or a nested Facts; free text belongs in the private part"
        )


def _check_choices(values: typing.Iterable[object], where: str) -> None:
    for value in values:
        if type(value) not in (str, int, bool):
            raise KindError(f"{where}: {value!r} cannot be a fact")


def lock_lines(chosen: typing.Iterable[Kind] | None = None) -> list[str]:
    """Return the schemas as text, one line per kind and per field: what ``kinds.lock`` holds."""
    lines = []
    for kind in all_kinds() if chosen is None else chosen:
        lines.append(f"{kind.name} version {kind.version} {kind.visibility}")
        lines += [f"{kind.name} facts.{line}" for line in _field_lines(kind.facts)]
        if kind.private:
            lines += [f"{kind.name} private.{line}" for line in _field_lines(kind.private)]
    return lines


def _field_lines(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name in sorted(model.model_fields):
        field = model.model_fields[name]
        need = "required" if field.is_required() else "optional"
        yield f"{prefix}{name} {need} {_type_name(field.annotation)}"
        for nested in _nested(field.annotation):
            yield from _field_lines(nested, f"{prefix}{name}.")


def _type_name(kind: Any) -> str:
    origin = get_origin(kind)
    if origin is Annotated:
        return _type_name(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return _type_name(next(a for a in get_args(kind) if a is not type(None)))
    if origin is Literal:
        return "one-of:" + ",".join(sorted(map(str, get_args(kind))))
    if origin in (list, tuple):
        return f"list:{_type_name(get_args(kind)[0])}"
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return "one-of:" + ",".join(sorted(str(member.value) for member in kind))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return "object"
    return kind.__name__ if isinstance(kind, type) else str(kind)


def _nested(kind: Any) -> list[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    return [found for argument in get_args(kind) for found in _nested(argument)]


def additions_only(before: typing.Iterable[str], after: typing.Iterable[str]) -> list[str]:
    """Return what breaks the promise of additive schemas between two ``lock_lines``; [] if kept.

    A field may not vanish, change its type (a list of choices may grow) or become required; a new
    field must be optional; a changed schema needs a higher version; visibility never changes.
    """
    old, new = _Locked(before), _Locked(after)
    faults = [f"{name}: the kind has vanished" for name in sorted(old.kinds.keys() - new.kinds)]
    for name, (version, visibility) in sorted(old.kinds.items()):
        if name not in new.kinds:
            continue
        faults += old.compare(new, name)
        if new.kinds[name][1] != visibility:
            faults.append(f"{name}: visibility was {visibility}")
        if new.fields[name] != old.fields[name] and new.kinds[name][0] <= version:
            faults.append(f"{name}: the schema changed, so its version must be above {version}")
    return faults


class _Locked:
    """The parsed lines of a lock."""

    def __init__(self, lines: typing.Iterable[str]) -> None:
        self.kinds: dict[str, tuple[int, str]] = {}
        self.fields: dict[str, dict[str, tuple[str, str]]] = {}
        for line in lines:
            name, first, second, third = line.strip().split(" ", 3)
            if first == "version":
                self.kinds[name], self.fields[name] = (int(second), third), {}
            else:
                self.fields[name][first] = (second, third)

    def compare(self, new: _Locked, name: str) -> Iterator[str]:
        was, now = self.fields[name], new.fields[name]
        for field in sorted(was.keys() - now.keys()):
            yield f"{name}: {field} has vanished"
        for field in sorted(now.keys() - was.keys()):
            if now[field][0] == "required" and field.rpartition(".")[0] not in now.keys() - was:
                yield f"{name}: {field} is new and must be optional"
        for field in sorted(was.keys() & now.keys()):
            if now[field][0] == "required" and was[field][0] == "optional":
                yield f"{name}: {field} has become required"
            if not _widens(was[field][1], now[field][1]):
                yield f"{name}: {field} was {was[field][1]}"


def _widens(was: str, now: str) -> bool:
    if was == now:
        return True
    marker = "one-of:"
    if marker not in was or marker not in now:
        return False
    old_head, _, old_choices = was.partition(marker)
    new_head, _, new_choices = now.partition(marker)
    return old_head == new_head and set(old_choices.split(",")) <= set(new_choices.split(","))

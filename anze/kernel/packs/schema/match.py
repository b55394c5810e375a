"""Structured matches in packs: the typed face of :mod:`anze.lib.matches`.

``where: {participants_permille: {at_least: 900}, drill_type: [fire, evacuation]}`` reads: every
field named must pass its test. A bare value means "is", a list means "in".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from anze.kernel.packs.schema.base import Bool, Name, Part, Scalar
from anze.lib import matches as lib


class Test(Part):
    """What one fact field must satisfy; all the given tests must hold.

    ``at_least``/``at_most`` compare whole numbers, decimal strings and ISO days;
    ``at_least_field`` compares with another field of the same facts (all who should sign have
    signed); ``contains`` asks a list to contain a code.
    """

    __test__ = False  # not a test case, whatever its name suggests to a test collector

    is_: Scalar | None = Field(default=None, alias="is")
    not_: Scalar | None = Field(default=None, alias="not")
    in_: tuple[Scalar, ...] | None = Field(default=None, alias="in")
    at_least: Scalar | None = None
    at_most: Scalar | None = None
    at_least_field: Name | None = None
    contains: Scalar | None = None
    exists: Bool | None = None

    @model_validator(mode="after")
    def _can_be_asked(self) -> Test:
        conditions = self.conditions()
        if not conditions and self.at_least_field is None:
            raise ValueError("匹配条件为空：写 is、in、at_least 等之一")
        if problems := lib.check_match({"field": conditions} if conditions else {}):
            raise ValueError(problems[0].removeprefix("field："))
        return self

    def conditions(self) -> dict[str, Any]:
        """Return the tests in the library's words; ``at_least_field`` is not among them."""
        return dict(self._conditions)

    @cached_property
    def _conditions(self) -> dict[str, Any]:
        given = {
            (info.alias or name): getattr(self, name)
            for name, info in type(self).model_fields.items()
            if name != "at_least_field" and getattr(self, name) is not None
        }
        return {name: list(v) if isinstance(v, tuple) else v for name, v in given.items()}


def _shorthand(value: Any) -> Any:
    if isinstance(value, bool | int | str):
        return {"is": value}
    if isinstance(value, list | tuple):
        return {"in": value}
    return value


Where = dict[Name, Annotated[Test, BeforeValidator(_shorthand)]]
NO_WHERE: Where = Field(default_factory=dict)


def spec(where: Where, facts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the match in the library's words, comparisons with other fields filled in."""
    plain: dict[str, dict[str, Any]] = {}
    for name, test in where.items():
        plain[name] = test.conditions()
        if test.at_least_field is not None:
            other = facts.get(test.at_least_field)
            # Nothing is at least what is not there: ask for what cannot be.
            least = {"at_least": other} if other is not None else {"exists": False, "is": ""}
            plain[name] |= least
    return plain


def matches(where: Where, facts: Mapping[str, Any]) -> bool:
    """Say whether the facts pass every test of a ``where``."""
    return lib.matches(spec(where, facts), facts)


def explain(
    where: Where, facts: Mapping[str, Any], labels: Mapping[str, str] | None = None
) -> list[str]:
    """Return one Chinese sentence for each condition: what is asked, what is there, the verdict."""
    return lib.explain(spec(where, facts), facts, labels)

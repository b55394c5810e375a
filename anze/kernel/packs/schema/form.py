"""A form: a few fields whose answer is one entry (``forms/*.yaml``)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field as Default
from pydantic import model_validator

from anze.kernel.packs.schema.base import (
    Bool,
    ClauseRef,
    Code,
    Int,
    KindName,
    Line,
    Name,
    OwnerLevel,
    Part,
    Positive,
    Scalar,
    SourceRef,
    Text,
    Visibility,
)
from anze.kernel.packs.schema.requirement import Subject

FieldType = Literal[
    "integer",
    "decimal",
    "choice",
    "choices",
    "date",
    "datetime",
    "bool",
    "text",
    "person",
    "people",
    "photo",
    "file",
    "checklist",
]
ALWAYS_PRIVATE = ("text", "person", "people")
ATTACHED = ("photo", "file")  # become proofs of the entry, not facts


class Option(Part):
    """One answer of a choice."""

    code: Code
    label: Line


class OnNo(Part):
    """What a "no" opens on the spot: the deadline it proposes."""

    deadline_days: Positive


class Item(Part):
    """One question of a self-check, answered yes, no or not applicable."""

    code: Code
    text: Line
    clause: ClauseRef | None = None
    basis: tuple[SourceRef, ...] = ()
    on_no: OnNo | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Item:
        if self.clause is None and not self.basis:
            raise ValueError("每个检查项都要写 clause 或 basis：为什么查它")
        return self


class LastTime(Part):
    """Prefill with what was answered last time."""

    last: Literal[True]


class Field(Part):
    """One thing asked.

    ``to`` maps it to a fact field of the core kind the form records; without it the field keeps
    its own name. ``private`` fields go to the erasable side; text and people always do.
    """

    name: Name
    label: Line
    type: FieldType
    required: Bool = False
    options: tuple[Option, ...] = ()
    min: Int | None = None
    max: Int | None = None
    max_length: Positive | None = None
    unit: Line | None = None
    help: Line | None = None
    why: Line | None = None
    default: LastTime | Scalar | None = None
    to: Name | None = None
    private: Bool = False
    law: SourceRef | None = None
    situation: Line | None = None
    items: tuple[Item, ...] = ()

    @model_validator(mode="after")
    def _fits_its_type(self) -> Field:
        if (self.type in ("choice", "choices")) != bool(self.options):
            raise ValueError("options 用于且必须用于 choice、choices")
        if (self.type == "checklist") != bool(self.items):
            raise ValueError("items 用于且必须用于 checklist")
        if self.type == "photo" and self.law is None and self.situation is None:
            raise ValueError("要照片必须写 law（法规依据）或 situation（现场确需的情形）")
        if (self.min is not None or self.max is not None) and self.type not in (
            "integer",
            "decimal",
        ):
            raise ValueError("min、max 只用于 integer、decimal")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min 大于 max")
        if self.max_length is not None and self.type != "text":
            raise ValueError("max_length 只用于 text")
        if self.to is not None and (self.is_private or self.type in ATTACHED):
            raise ValueError("私密字段和附件不能写 to：规则读不到它们")
        _unique("选项代码", [option.code for option in self.options])
        _unique("检查项代码", [item.code for item in self.items])
        return self

    @property
    def is_private(self) -> bool:
        """Whether the answer goes to the private side of the entry."""
        return self.private or self.type in ALWAYS_PRIVATE

    @property
    def is_fact(self) -> bool:
        """Whether rules may read the answer."""
        return not self.is_private and self.type not in ATTACHED

    @property
    def fact_name(self) -> str:
        """The fact field it fills."""
        return self.to or self.name


class Form(Part):
    """A form. Without ``records`` it defines the kind ``<issuer>.<ref>``.

    ``fixed`` fills facts that need not be asked ({drill_type: fire}). ``happened``: ``asked`` lets
    the person say when it happened, ``now`` takes the moment of capture.
    """

    ref: Name
    title: Line
    hint: Text | None = None
    records: KindName | None = None
    fixed: dict[Name, Scalar] = Default(default_factory=dict)
    happened: Literal["asked", "now"] = "asked"
    visibility: Visibility
    level: OwnerLevel
    posts: tuple[Name, ...] = Default(min_length=1)
    minutes: Positive
    subjects: tuple[Subject, ...] = ()
    fields: tuple[Field, ...] = Default(min_length=1, max_length=8)

    @model_validator(mode="after")
    def _hangs_together(self) -> Form:
        _unique("字段名", [field.name for field in self.fields])
        facts = [field.fact_name for field in self.fields if field.is_fact]
        _unique("事实字段", [*facts, *self.fixed])
        if self.records is None and any(field.to for field in self.fields):
            raise ValueError("to 只用于写了 records 的表单")
        return self

    def kind(self, issuer: str) -> str:
        """Return the kind of entry a submission records."""
        return self.records or f"{issuer}.{self.ref}"


def _unique(what: str, values: list[str]) -> None:
    doubles = sorted({value for value in values if values.count(value) > 1})
    if doubles:
        raise ValueError(f"{what}重复：{'、'.join(doubles)}")

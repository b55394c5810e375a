"""The schema of packs, pure Python: what a pack may say, and nothing else.

A parsed :class:`Pack` is frozen. Engines read it; only the loader makes one.
"""

from __future__ import annotations

from functools import cached_property

from pydantic import ConfigDict

from anze.kernel.packs.schema.base import (
    GRADE_SCHOOLS,
    KIND_GROUPS,
    Access,
    Confidence,
    OwnerLevel,
    Part,
    UnitKind,
    Visibility,
)
from anze.kernel.packs.schema.form import (
    Field,
    FieldType,
    Form,
    Item,
    LastTime,
    OnNo,
    Option,
)
from anze.kernel.packs.schema.match import Test, Where, explain, matches
from anze.kernel.packs.schema.meta import (
    Calendar,
    Catalogue,
    CatalogueItem,
    Clause,
    Clauses,
    CriticalPeriod,
    Head,
    Meta,
    Override,
    Post,
    Roles,
    Section,
    Source,
    TermSpec,
)
from anze.kernel.packs.schema.requirement import (
    AllOf,
    AnyOf,
    Applies,
    ByEntry,
    ByFact,
    Due,
    Every,
    MetBy,
    Requirement,
    Subject,
    leaves,
)
from anze.kernel.packs.schema.sheet import Sheet, SheetColumn

__all__ = [
    "GRADE_SCHOOLS",
    "KIND_GROUPS",
    "Access",
    "AllOf",
    "AnyOf",
    "Applies",
    "ByEntry",
    "ByFact",
    "Calendar",
    "Catalogue",
    "CatalogueItem",
    "Clause",
    "Clauses",
    "Confidence",
    "CriticalPeriod",
    "Due",
    "Every",
    "Field",
    "FieldType",
    "Form",
    "Head",
    "Item",
    "LastTime",
    "Meta",
    "MetBy",
    "OnNo",
    "Option",
    "Override",
    "OwnerLevel",
    "Pack",
    "Part",
    "Post",
    "Requirement",
    "Roles",
    "Section",
    "Sheet",
    "SheetColumn",
    "Source",
    "Subject",
    "TermSpec",
    "Test",
    "UnitKind",
    "Visibility",
    "Where",
    "explain",
    "leaves",
    "matches",
]


class Pack(Part):
    """A whole pack; look things up through the ``*_by_ref`` mappings (a dead ref: KeyError)."""

    # cached_property writes to the instance dictionary, which a frozen model allows.
    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))

    meta: Meta
    sources: dict[str, Source]
    clauses: Clauses
    requirements: tuple[Requirement, ...]
    forms: tuple[Form, ...]
    roles: Roles
    calendar: Calendar
    checklists: tuple[Catalogue, ...]
    sheets: tuple[Sheet, ...] = ()

    @property
    def name(self) -> str:
        """``wujin/2020.1``."""
        return self.meta.name

    @property
    def issuer(self) -> str:
        """``wujin``."""
        return self.meta.issuer

    @cached_property
    def requirements_by_ref(self) -> dict[str, Requirement]:
        """Requirements by their bare ref."""
        return {one.ref: one for one in self.requirements}

    @cached_property
    def forms_by_ref(self) -> dict[str, Form]:
        """Forms by their bare ref."""
        return {one.ref: one for one in self.forms}

    @cached_property
    def sheets_by_ref(self) -> dict[str, Sheet]:
        """Sheets of superior authorities by ref."""
        return {one.ref: one for one in self.sheets}

    @cached_property
    def clauses_by_ref(self) -> dict[str, Clause]:
        """Clauses by ref, in the order of the plan."""
        return {one.ref: one for one in self.clauses.clauses}

    @cached_property
    def posts_by_code(self) -> dict[str, Post]:
        """Posts by code."""
        return {one.code: one for one in self.roles.posts}

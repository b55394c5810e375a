"""What is loaded, what binds whom on a day, and the parsed packs themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.db.models import QuerySet

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.ledger.models import Entry
from anze.kernel.packs import loader
from anze.kernel.packs.models import Activation, Ending, Pack
from anze.kernel.packs.schema import Form, Post, Requirement
from anze.kernel.packs.schema import Pack as Parsed


@dataclass(frozen=True)
class Active:
    """A pack in force for a unit and all under it, from ``from_day`` on and before ``ends``."""

    row: Pack
    scope: UUID
    from_day: dt.date
    entry_uid: UUID
    ends: dt.date | None = None

    @property
    def pack(self) -> Parsed:
        """The parsed pack."""
        return parsed(self.row)


@lru_cache(maxsize=64)
def by_hash(digest: str) -> Parsed:
    """Return the parsed pack with this content hash; NotFound if it was never loaded.

    Content never changes under a hash, so what was parsed once serves the whole process.
    """
    content = Pack.objects.filter(hash=digest).values_list("content", flat=True).first()
    if content is None:
        raise NotFound(f"没有装载过内容为 {digest[:12]}… 的制度包", remedy="运行 anze packs load")
    return loader.from_content(content.encode())


def parsed(row: Pack) -> Parsed:
    """Return the parsed pack of a row."""
    return by_hash(row.hash)


def row(issuer: str, version: str) -> Pack:
    """Return the released row of a version, or else its newest draft; NotFound if never loaded."""
    found: Pack | None = (
        Pack.objects.filter(issuer=issuer, version=version)
        .order_by("-released", "-loaded_at", "-id")
        .first()
    )
    if found is None:
        raise NotFound(f"没有装载过制度包 {issuer}/{version}", remedy="运行 anze packs load")
    return found


def get(issuer: str, version: str) -> Parsed:
    """Return the parsed pack of a version; NotFound if never loaded."""
    return parsed(row(issuer, version))


def depends(pack: Parsed) -> dict[str, Parsed]:
    """Return the packs a pack names in ``depends``, and theirs, by issuer."""
    found: dict[str, Parsed] = {}
    for name in pack.meta.depends:
        issuer, _, version = name.partition("/")
        other = get(issuer, version)
        found |= {issuer: other, **depends(other)}
    return found


def loaded() -> QuerySet[Pack]:
    """Return all rows, without their content."""
    return Pack.objects.defer("content").order_by("issuer", "version", "loaded_at")


def activations(at_n: int | None = None) -> list[Active]:
    """Return every activation with ledger number ≤ ``at_n`` (None: all, numbered or not)."""
    rows = Activation.objects.select_related("pack").order_by("from_day", "id")
    if at_n is not None:
        rows = rows.filter(entry_uid__in=_numbered("packs.activated", at_n))
    endings = _endings(at_n)
    return [
        Active(
            one.pack, one.scope, one.from_day, one.entry_uid,
            _first_after(one.from_day, endings.get((one.pack.issuer, one.scope), ())),
        )
        for one in rows
    ]  # fmt: skip


def _endings(at_n: int | None) -> dict[tuple[str, UUID], list[dt.date]]:
    rows = Ending.objects.order_by("from_day")
    if at_n is not None:
        rows = rows.filter(entry_uid__in=_numbered("packs.ended", at_n))
    found: dict[tuple[str, UUID], list[dt.date]] = {}
    for one in rows:
        found.setdefault((one.issuer, one.scope), []).append(one.from_day)
    return found


def _numbered(kind: str, at_n: int) -> QuerySet[Entry, UUID]:
    return Entry.objects.filter(kind=kind, leaf__n__lte=at_n).values_list("uid", flat=True)


def _first_after(start: dt.date, days: Iterable[dt.date]) -> dt.date | None:
    return min((day for day in days if day > start), default=None)


def active_packs(at_day: dt.date, at_n: int | None = None) -> list[Active]:
    """Return what is in force on a day as known at ledger number ``at_n``, one per issuer × scope.

    The latest ``from_day`` not after the day wins; of two on one day the later recorded one.
    """
    latest: dict[tuple[str, UUID], Active] = {}
    for one in activations(at_n):
        if one.from_day <= at_day:
            latest[one.row.issuer, one.scope] = one
    standing = [one for one in latest.values() if one.ends is None or at_day < one.ends]
    return sorted(standing, key=lambda one: (one.row.issuer, str(one.scope)))


def binding(ctx: Ctx, at_day: dt.date, at_n: int | None = None) -> list[Active]:
    """Return what is in force for bodies whose packs the reader may see; see ``active_packs``."""
    sight = ctx.access.visible("packs.view")
    return [one for one in active_packs(at_day, at_n) if one.scope in sight]


def find_form(packs: Iterable[Parsed], ref: str, issuer: str = "") -> tuple[str, Form]:
    """Return (issuer, form) for ``form`` of the given issuer or ``issuer/form``, among packs."""
    owner, _, bare = ref.rpartition("/")
    for pack in packs:
        if pack.issuer == (owner or issuer) and bare in pack.forms_by_ref:
            return pack.issuer, pack.forms_by_ref[bare]
    raise NotFound(f"没有表单 {ref}", remedy="在制度包的 forms 里找正确的编号")


def find_requirement(packs: Iterable[Parsed], ref: str) -> Requirement:
    """Return the requirement named ``issuer/REF`` among packs."""
    issuer, _, bare = ref.partition("/")
    for pack in packs:
        if pack.issuer == issuer and bare in pack.requirements_by_ref:
            return pack.requirements_by_ref[bare]
    raise NotFound(f"没有要求 {ref}", remedy="在制度包的 requirements 里找正确的编号")


def posts(packs: Iterable[Parsed]) -> dict[str, Post]:
    """Return the posts all these packs define, by code."""
    return {code: post for pack in packs for code, post in pack.posts_by_code.items()}

"""The page of an entry: what it says, what proves it, what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from anze.interfaces.portal import links, words
from anze.interfaces.portal.listings.entries import VIA, named
from anze.interfaces.portal.pages import plan
from anze.kernel.bus.ctx import Ctx
from anze.kernel.files import selectors as files
from anze.kernel.ledger import checkpoints, proofs
from anze.kernel.ledger import selectors as ledger
from anze.kernel.ledger.models import RETRACT, SUPERSEDE, Entry
from anze.kernel.ledger.services import private_part
from anze.kernel.packs import selectors as packs
from anze.kernel.people import sight
from anze.kernel.units import rules
from anze.kernel.units.models import Unit

PRIVATE = {
    "name": "姓名（名称）",
    "short_name": "简称",
    "username": "用户名",
    "phone": "手机号",
    "words": "说明",
}
OPS = {"": "登记", SUPERSEDE: "更正", RETRACT: "撤回"}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")


@dataclass(frozen=True)
class Photo:
    """A proof: its hash, and the file behind it where the actor may open it."""

    sha256: str
    url: str = ""
    thumb: str = ""
    erased: bool = False
    name: str = ""


@dataclass(frozen=True)
class Protection:
    """How far the history is protected, and the last checkpoint."""

    state: ledger.Protection
    size: int
    root: str
    at: datetime | None


def protection() -> Protection:
    """Return the statement every ledger page carries."""
    last = checkpoints.latest()
    if last is None:
        return Protection(ledger.protection(), 0, "", None)
    return Protection(ledger.protection(), last.size, bytes(last.root).hex(), last.at)


@dataclass(frozen=True)
class Link:
    """One entry of a chain of corrections."""

    entry: Entry
    what: str
    url: str
    current: bool


@dataclass(frozen=True)
class EntryPage:
    """All the page needs."""

    entry: Entry
    label: str
    unit: Unit | None
    facts: list[tuple[str, str]]
    private: list[tuple[str, str]]
    private_state: str
    photos: list[Photo]
    chain: list[Link]
    receipt: ledger.Receipt | None
    live: bool
    via: str
    protection: Protection


def page(ctx: Ctx, uid: UUID) -> EntryPage:
    """Return the page of an entry; NotFound when the actor may not read it."""
    found = sight.entry(ctx, uid)
    named([found], ctx)
    known = plan.taught(one.pack for one in packs.active_packs(ctx.today))
    private, said = _private(ctx, found, known)
    return EntryPage(
        entry=found,
        label=found.label,  # type: ignore[attr-defined]
        unit=Unit.objects.filter(pk=found.unit_id).first() if found.unit_id else None,
        facts=facts_of(found, known),
        private=private,
        private_state=said,
        photos=photos_of(ctx, found),
        chain=_chain(ctx, found),
        receipt=ledger.receipt(found),
        live=ledger.is_live(found),
        via=VIA.get(found.via, found.via),
        protection=protection(),
    )


def proof(ctx: Ctx, uid: UUID) -> dict[str, Any]:
    """Return the inclusion proof of an entry, with its facts; Refused without a checkpoint."""
    found = sight.entry(ctx, uid)
    return proofs.prove(found.leaf.n, disclose=not sight.is_restricted(found))


def facts_of(entry: Entry, known: words.Words) -> list[tuple[str, str]]:
    """Return the facts with Chinese labels; what is nested is said in one line."""
    return [
        (known.field(entry.kind, name), _said(entry.kind, name, value, known))
        for name, value in entry.data.items()
    ]


def _said(kind: str, name: str, value: object, known: words.Words) -> str:
    if isinstance(value, Mapping):
        return "，".join(
            f"{known.field(kind, str(key))} {_said(kind, str(key), one, known)}"
            for key, one in value.items()
        )
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return "；".join(_said(kind, name, one, known) for one in value)
    if isinstance(value, str):
        if found := _CODES.get(name, {}).get(value):
            return found
        if _ID.match(value):
            return f"…{value[-12:]}"
    return known.value(kind, name, value)


_CODES: Mapping[str, Mapping[str, str]] = {
    "level": rules.LEVELS,
    "kind": rules.KINDS,
    "ownership": rules.OWNERSHIPS,
    "category": rules.PLACE_CATEGORIES,
    "effect": {"workday": "上班（上课）", "holiday": "放假", "clear": "取消调整"},
    "key": {key: label for key, (label, _) in rules.FACTS.items()},
    "value": {"yes": "是", "no": "否", **rules.KINDS, **rules.OWNERSHIPS, **rules.STATUSES},
}


def _private(ctx: Ctx, entry: Entry, known: words.Words) -> tuple[list[tuple[str, str]], str]:
    """Return the private part for those allowed, or a word on why it is not shown."""
    if not entry.commitment:
        return [], ""
    if sight.is_restricted(entry) or not sight.may_name(ctx, entry.unit_id):
        return [], "这条存证另有私密内容（姓名、电话或文字说明），您的岗位不能查看。"
    part = private_part(entry)
    if part is None:
        return [], "私密内容已依申请销毁；其余内容和证明不受影响。"
    return list(_told(entry.kind, part, known)), ""


def _told(kind: str, part: Mapping[str, Any], known: words.Words) -> Iterator[tuple[str, str]]:
    """Yield label and text of a private part; answers of a form by the labels of its fields."""
    for name, value in part.items():
        if name == "answers":
            yield from ((known.field(kind, key), _flat(key, one)) for key, one in value.items())
        elif name == "notes":
            yield from (
                (f"{known.value(kind, 'no_items', key)}：说明", _flat(key, one))
                for key, one in value.items()
            )
        else:
            yield PRIVATE.get(name, name), _flat(name, value)


def _flat(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return "；".join(f"{PRIVATE.get(str(k), k)}：{_flat(str(k), v)}" for k, v in value.items())
    if isinstance(value, list):
        return "、".join(_flat(name, one) for one in value)
    text = str(value)
    return f"{text[:3]}****{text[-4:]}" if name == "phone" and len(text) == 11 else text


def photos_of(ctx: Ctx, entry: Entry) -> list[Photo]:
    """Return the proofs of an entry, with their files where the actor may open files."""
    hashes = entry.proof_list
    if not hashes:
        return []
    if entry.unit_id is None or entry.unit_id not in ctx.access.visible("files.view"):
        return [Photo(one) for one in hashes]
    found = files.by_proofs(ctx, entry.unit_id, hashes)
    return [_photo(one, found.get(one)) for one in hashes]


def _photo(sha256: str, row: Any) -> Photo:
    if row is None:
        return Photo(sha256)
    if row.state == "erased":
        return Photo(sha256, erased=True)
    thumb = reverse("files:thumbnail", args=[row.pk]) if row.thumb_sha256 else ""
    return Photo(sha256, reverse("files:download", args=[row.pk]), thumb, name=row.name)


def _chain(ctx: Ctx, entry: Entry) -> list[Link]:
    rows = named(ledger.history(entry.uid), ctx)
    if len(rows) < 2:
        return []
    return [Link(row, OPS[row.op], links.entry(row.uid), row.uid == entry.uid) for row in rows]

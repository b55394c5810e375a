"""Reads of the files room."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound
from anze.kernel.files import store
from anze.kernel.files.models import State, StoredFile


def get(ctx: Ctx, file_id: UUID, action: str = "files.view") -> StoredFile:
    """Return a file; NotFound when it is not there, erased, or lies outside the actor's scope."""
    row = StoredFile.objects.exclude(state=State.ERASED).filter(id=file_id).first()
    if row is None:
        raise NotFound("没有这个文件")
    ctx.access.check(action, row.unit_id)
    return row


def of_unit(ctx: Ctx, unit_id: UUID, ids: Iterable[UUID]) -> list[StoredFile]:
    """Return those of the given files that the unit has, in the order asked for."""
    ctx.access.check("files.add", unit_id)
    wanted = list(dict.fromkeys(ids))
    rows = StoredFile.objects.exclude(state=State.ERASED).filter(unit_id=unit_id, id__in=wanted)
    found = {row.id: row for row in rows}
    return [found[file_id] for file_id in wanted if file_id in found]


def by_proofs(ctx: Ctx, unit_id: UUID, hashes: Iterable[str]) -> dict[str, StoredFile]:
    """Return the files behind the proofs of a unit's entries, by sha256 as received.

    Erased ones are among them: their page says that they were erased.
    """
    ctx.access.check("files.view", unit_id)
    rows = StoredFile.objects.filter(unit_id=unit_id, sha256__in=list(hashes))
    return {row.sha256: row for row in rows}


def content(row: StoredFile, *, thumb: bool = False) -> bytes:
    """Return the bytes kept, or those of the thumbnail; NotFound if there is none."""
    sha256 = row.thumb_sha256 if thumb else row.stored_sha256
    if not sha256:
        raise NotFound("这个文件没有缩略图")
    try:
        return store.path_of(sha256).read_bytes()
    except FileNotFoundError:
        raise NotFound("文件内容不在了", remedy="请联系系统管理员从备份恢复。") from None

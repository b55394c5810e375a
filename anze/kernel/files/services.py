"""Receive, use and erase files."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import IO, Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.files import sandbox, sniff, store
from anze.kernel.files.models import CaptureFacts, State, StoredFile

MAX_SIZE = 20 * 1024 * 1024
KEEP_UNUSED = timedelta(days=7)
_held: list[Callable[[], QuerySet[Any]]] = []
_TOO_BIG = "照片请缩小，文档请拆开或压缩图片后再传。"


def receive(
    ctx: Ctx, unit_id: UUID, stream: IO[bytes], *, name: str = ""
) -> tuple[StoredFile, bool]:
    """Take in a file for a unit; return its row and whether it is new to the unit.

    The bytes are on the disk before the row exists. The same bytes for the same unit give the
    first row again, so a retry does no harm. Raises NotFound or Denied by ``files.add``, Refused
    with reason and remedy for what is too big, of another type, broken or hostile.
    """
    ctx.access.check("files.add", unit_id)
    data = _read(stream)
    sha256 = hashlib.sha256(data).hexdigest()
    if known := StoredFile.objects.filter(unit_id=unit_id, sha256=sha256).first():
        if known.state != State.ERASED:
            return known, False
        known.delete()  # erased once, brought again: it starts anew
    decoded = sandbox.decode(data, sniff.sniff(data[: sniff.HEAD]))
    kept = decoded.shown or data
    row = StoredFile(
        unit_id=unit_id,
        sha256=sha256,
        size=len(data),
        stored_sha256=store.put(kept),
        stored_size=len(kept),
        thumb_sha256=store.put(decoded.thumb) if decoded.thumb else "",
        mime=decoded.mime,
        width=decoded.width,
        height=decoded.height,
        name=clean_name(name),
        uploader_id=ctx.actor_id,
        received_at=ctx.now,
    )
    return _save(row, decoded)


def use(ctx: Ctx, unit_id: UUID, ids: Iterable[UUID]) -> list[StoredFile]:
    """Mark files of a unit as used by a record, in the caller's transaction; return them in order.

    Raises Refused when one is not there, another unit's, or erased: all three look the same.
    """
    wanted = list(dict.fromkeys(ids))
    rows = StoredFile.objects.filter(unit_id=unit_id, id__in=wanted).exclude(state=State.ERASED)
    found = {row.id: row for row in rows}
    if missing := [file_id for file_id in wanted if file_id not in found]:
        raise Refused(
            f"有 {len(missing)} 个附件找不到了",
            where=str(missing[0]),
            remedy="请把它从表单里去掉，重新选择后再提交。",
        )
    StoredFile.objects.filter(id__in=wanted, state=State.WAITING).update(state=State.USED)
    return [found[file_id] for file_id in wanted]


def erase(ctx: Ctx, file: StoredFile) -> None:
    """Remove bytes, name and capture facts; the row and the hash stay, so proofs still read."""
    ctx.access.check("files.erase", file.unit_id)
    with transaction.atomic():
        changed = (
            StoredFile.objects.filter(id=file.id)
            .exclude(state=State.ERASED)
            .update(state=State.ERASED, name="")
        )
        if not changed:
            raise NotFound("文件已经删除了")
        CaptureFacts.objects.filter(file_id=file.id).delete()
        transaction.on_commit(lambda: _drop_unreferenced([file.stored_sha256, file.thumb_sha256]))


def hold(held: Callable[[], QuerySet[Any]]) -> None:
    """Let no file be forgotten while its id is among ``held()``; called in ``ready()``."""
    if held not in _held:
        _held.append(held)


def sweep(ctx: Ctx, limit: int = 500) -> int:
    """Forget files that nothing used within ``KEEP_UNUSED``; return how many.

    A file that is taken into use or held meanwhile stays: the delete asks for both again.
    """
    old = StoredFile.objects.filter(state=State.WAITING, received_at__lt=ctx.now - KEEP_UNUSED)
    for held in _held:
        old = old.exclude(id__in=held())
    rows = list(old.order_by("received_at")[:limit])
    gone = 0
    for row in rows:
        deleted, _ = old.filter(id=row.id).delete()
        if deleted:
            gone += 1
            _drop_unreferenced([row.stored_sha256, row.thumb_sha256])
    return gone


def clean_name(name: str) -> str:
    """Return the last part of a file's name without control characters, at most 120 long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable()).strip()[-120:]


def _read(stream: IO[bytes]) -> bytes:
    data = stream.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise Refused("文件超过 20 MB", remedy=_TOO_BIG)
    return data


def _save(row: StoredFile, decoded: sandbox.Decoded) -> tuple[StoredFile, bool]:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            if decoded.taken_at or decoded.lat or decoded.device:
                CaptureFacts.objects.create(
                    file=row,
                    taken_at=decoded.taken_at,
                    lat=decoded.lat,
                    lon=decoded.lon,
                    device=decoded.device,
                )
    except IntegrityError:  # the same bytes came twice at once, the other one was first
        return StoredFile.objects.get(unit_id=row.unit_id, sha256=row.sha256), False
    return row, True


def _drop_unreferenced(hashes: Iterable[str]) -> None:
    """Remove bytes no row names any more.

    Younger than an hour they stay: another upload of the same bytes may have written them and not
    yet committed its row (``store.put`` writes anew each time). A later erasure finds them.
    """
    from django.db.models import Q

    for sha256 in filter(None, hashes):
        named = StoredFile.objects.exclude(state=State.ERASED).filter(
            Q(stored_sha256=sha256) | Q(thumb_sha256=sha256)
        )
        path = store.path_of(sha256)
        if not named.exists() and path.exists() and time.time() - path.stat().st_mtime > 3600:
            store.drop(sha256)

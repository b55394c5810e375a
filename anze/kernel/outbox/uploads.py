"""A file comes in pieces: declared, appended where the last piece ended, whole, kept.

How much has arrived is what the row says, and it says so only after the bytes are on the disk.
What a killed process wrote beyond that is overwritten by the next piece.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from anze.kernel.bus.errors import Conflict, NotFound, Refused
from anze.kernel.files import services as files
from anze.kernel.files.models import State, StoredFile
from anze.kernel.outbox.models import Upload, UploadState
from anze.kernel.outbox.sending import Sending, require_open
from anze.lib import disk

CHUNK = 512 * 1024
FILES_EACH = 40  # for one piece of work; a form takes nine to a field


def declare(sending: Sending, upload_id: UUID, *, name: str, size: int, sha256: str) -> Upload:
    """Announce a file; the same again gives the same row, and the place to go on from.

    Raises Refused for what is empty or above 20 MB, Conflict for other bytes under the same id.
    """
    require_open(sending.packet)
    if not 0 < size <= files.MAX_SIZE:
        raise Refused("文件是空的或超过 20 MB", remedy="请换一个文件，照片可缩小后再选。")
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise Refused("校验值应是 64 位十六进制", field="sha256")
    row = Upload.objects.filter(packet=sending.packet, client_id=upload_id).first()
    if row is None:
        row = _begin(sending, upload_id, name, size, sha256)
    if (row.size, row.sha256) != (size, sha256):
        raise Conflict(
            "同一文件编号下已有不同的内容", remedy="请在手机上重新选择这个文件，会换新的编号。"
        )
    return finish(sending, _still_kept(row))


def find(sending: Sending, upload_id: UUID) -> Upload:
    """Return a declared file; NotFound if it was not."""
    row = Upload.objects.filter(packet=sending.packet, client_id=upload_id).first()
    if row is None:
        raise NotFound("没有这个文件", where=str(upload_id))
    return _still_kept(row)


def append(sending: Sending, upload_id: UUID, offset: int, piece: bytes) -> Upload:
    """Add a piece at ``offset``; when the last byte is there, check the hash and keep the file.

    Raises Conflict with the right place when another piece came first. Bytes whose hash is not the
    one announced are dropped and the file starts anew; what the files room refuses stays refused.
    """
    require_open(sending.packet)
    row = find(sending, upload_id)
    if row.state != UploadState.RECEIVING:
        return row
    if offset != row.received:
        raise Conflict(f"应从第 {row.received} 字节续传", where=str(row.received))
    if not piece and row.received < row.size:
        raise Refused("这一段是空的")
    if len(piece) > CHUNK or offset + len(piece) > row.size:
        raise Refused("这一段太长", remedy=f"每段不超过 {CHUNK // 1024} KB，总长按登记的大小。")
    _write(row, offset, piece)
    changed = Upload.objects.filter(pk=row.pk, received=offset, state=UploadState.RECEIVING).update(
        received=offset + len(piece)
    )
    row.refresh_from_db()
    if not changed:
        raise Conflict(f"应从第 {row.received} 字节续传", where=str(row.received))
    return finish(sending, row) if row.received == row.size else row


def finish(sending: Sending, row: Upload) -> Upload:
    """Check what arrived as a whole and hand it to the files room; safe to repeat."""
    if row.state != UploadState.RECEIVING:
        drop(row)  # killed after it was kept, before its pieces were removed
        return row
    if row.received < row.size:
        return row
    try:
        data = path_of(row).read_bytes()[: row.size]
    except FileNotFoundError:
        return _anew(row)
    if hashlib.sha256(data).hexdigest() != row.sha256:
        return _anew(row)
    try:
        stored, _new = files.receive(
            sending.ctx, sending.packet.unit_id, BytesIO(data), name=row.name
        )
    except Refused as refused:
        fault = refused.said[:300]
        _settle(row, state=UploadState.REFUSED, fault=fault)
    else:
        _settle(row, state=UploadState.KEPT, file=stored)
    return row


def kept(sending: Sending, ids: Iterable[UUID]) -> dict[UUID, StoredFile]:
    """Return the files received under these ids; Missing names those that are not there."""
    wanted = set(ids)
    rows = Upload.objects.filter(packet=sending.packet, client_id__in=wanted)
    found = {
        row.client_id: row.file
        for row in map(_still_kept, rows.select_related("file"))
        if row.state == UploadState.KEPT and row.file is not None
    }
    if missing := wanted - set(found):
        raise Missing(sorted(missing))
    return found


class Missing(Conflict):
    """Work names files that did not arrive (409, with ``missing``): send them first."""

    def __init__(self, ids: list[UUID]) -> None:
        super().__init__(f"还缺 {len(ids)} 个文件", remedy="文件会自动补发，然后再交。")
        self.ids = ids

    def as_dict(self) -> dict[str, object]:  # type: ignore[override]
        """Return the ids too."""
        return {**super().as_dict(), "missing": [str(one) for one in self.ids]}


def path_of(row: Upload) -> Path:
    """Return where the pieces lie until they are whole."""
    return folder() / f"{row.packet_id}-{row.client_id}.part"


def folder() -> Path:
    """Return the folder of unfinished files."""
    return Path(settings.ANZE_HOME) / "uploads"


def drop(row: Upload) -> None:
    """Remove the pieces of a file, if there are any."""
    with contextlib.suppress(FileNotFoundError):
        path_of(row).unlink()


def _begin(sending: Sending, upload_id: UUID, name: str, size: int, sha256: str) -> Upload:
    packet = sending.packet
    if packet.uploads.count() >= FILES_EACH * packet.times:
        raise Refused("这个随身包的文件太多了", remedy="请联网后直接登记。")
    try:
        with transaction.atomic():
            return Upload.objects.create(
                packet=packet,
                client_id=upload_id,
                name=files.clean_name(name),
                size=size,
                sha256=sha256,
                begun_at=sending.ctx.now,
            )
    except IntegrityError:  # declared twice at once
        return Upload.objects.get(packet=packet, client_id=upload_id)


def _still_kept(row: Upload) -> Upload:
    """A kept file that nothing used was forgotten by the files room: it is to be sent again."""
    gone = row.state == UploadState.KEPT and (row.file is None or row.file.state == State.ERASED)
    return _anew(row) if gone else row


def _anew(row: Upload) -> Upload:
    drop(row)
    Upload.objects.filter(pk=row.pk, state=row.state).update(
        state=UploadState.RECEIVING, received=0, file=None
    )
    row.refresh_from_db()
    return row


def _settle(row: Upload, **values: object) -> None:
    Upload.objects.filter(pk=row.pk, state=UploadState.RECEIVING).update(**values)
    row.refresh_from_db()
    drop(row)


def _write(row: Upload, offset: int, piece: bytes) -> None:
    """Put the piece where it belongs and see it onto the disk.

    Nothing is cut off behind it: a slower sender of the same piece must not undo a faster one.
    """
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path_of(row), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        done = 0
        while done < len(piece):
            done += os.pwrite(handle, piece[done:], offset + done)
        os.fsync(handle)
    finally:
        os.close(handle)
    if offset == 0:
        disk.sync(folder())

"""Files: send one ahead of the record that names it; ask what is known of one."""

from __future__ import annotations

from uuid import UUID

from ninja import File, Form, Router
from ninja.files import UploadedFile
from ninja.responses import Status

from anze.interfaces.api.shapes.forms import FileOut
from anze.kernel.files import selectors, services
from anze.kernel.people.access import Request
from anze.kernel.web.wire.declare import bounded_action, operation

router = Router(tags=["材料"])


@operation(
    router,
    "POST",
    "",
    action="files.add",
    answer=FileOut,
    summary="上传一个文件",
    guard=bounded_action,
    status=201,
)
def upload_file(request: Request, unit: Form[UUID], file: File[UploadedFile]) -> Status[FileOut]:
    """Take in a file for a unit: 201, or 200 if the unit has these bytes already.

    At most 20 MB. Pictures are kept re-encoded, without metadata; `sha256` is of the bytes sent.
    """
    row, new = services.receive(request.ctx, unit, file.file, name=file.name or "")
    return Status(201 if new else 200, FileOut.of(row))


@operation(
    router, "GET", "/{file_id}", action="files.view", answer=FileOut, summary="一个文件的信息"
)
def get_file(request: Request, file_id: UUID) -> FileOut:
    """Return what is known of a file; its bytes are at `url`."""
    return FileOut.of(selectors.get(request.ctx, file_id))

"""Upload one file; hand files out. Nothing from a stranger is ever shown as a page of ours."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from anze.kernel.bus.errors import Problem, Refused
from anze.kernel.files import selectors, services, sniff
from anze.kernel.files.limits import MAX_BODY, body_at_most
from anze.kernel.files.models import StoredFile
from anze.kernel.people.access import action

SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


def _as_json(_request: HttpRequest, problem: Problem) -> HttpResponse:
    return JsonResponse(problem.as_dict(), status=problem.status)


@action("files.add")
@require_POST
@body_at_most(MAX_BODY, _as_json)
def upload(request: HttpRequest) -> HttpResponse:
    """``POST /files/`` with ``unit`` and ``file``: 201 (200 if the unit has it) and the receipt.

    The receipt is ``{id, sha256, size, mime, name, thumb, url}``; ``sha256`` is of the bytes sent,
    so a client can compare. Refusals are 404, 403 or 422 with ``message`` and ``remedy``.
    """
    try:
        sent = request.FILES.get("file")
        if sent is None:
            raise Refused("没有收到文件", field="file", remedy="请选择一个文件再上传。")
        unit_id = _unit(request.POST.get("unit", ""))
        row, new = services.receive(request.ctx, unit_id, sent.file, name=sent.name or "")  # type: ignore[attr-defined,arg-type]
    except Problem as problem:
        return _as_json(request, problem)
    return JsonResponse(receipt(row), status=201 if new else 200)


def receipt(row: StoredFile) -> dict[str, object]:
    """Return what an uploader is told about a file."""
    return {
        "id": str(row.id),
        "sha256": row.sha256,
        "size": row.size,
        "mime": row.mime,
        "name": row.name,
        "url": f"/files/{row.id}/",
        "thumb": f"/files/{row.id}/thumb/" if row.thumb_sha256 else "",
    }


@action("files.view")
@require_GET
def download(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """``GET /files/<id>/``: the file as kept, always as an attachment."""
    return _hand_out(request, file_id, thumb=False)


@action("files.view")
@require_GET
def thumbnail(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """``GET /files/<id>/thumb/``: at most 400 px; 404 for documents."""
    return _hand_out(request, file_id, thumb=True)


def _hand_out(request: HttpRequest, file_id: UUID, *, thumb: bool) -> HttpResponse:
    row = selectors.get(request.ctx, file_id)  # type: ignore[attr-defined]
    etag = f'"{row.thumb_sha256 if thumb else row.stored_sha256}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(selectors.content(row, thumb=thumb), content_type=row.mime)
        response["Content-Disposition"] = content_disposition_header(True, _name(row)) or ""
    response["ETag"] = etag
    # The answer depends on who asks and may change with his posts: ask again each time.
    response["Cache-Control"] = "private, no-cache"
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _name(row: StoredFile) -> str:
    """Return the name to save it under: its own, with the extension of what it really is."""
    stem = row.name.rsplit(".", 1)[0] or row.sha256[:12]
    return f"{stem}.{sniff.EXTENSIONS[row.mime]}"


def _unit(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused("没有说明材料属于哪个单位", field="unit") from None

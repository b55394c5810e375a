"""What a phone sends by its token: files in pieces, then the work. No session, no cookies."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from anze.kernel.bus.errors import Problem, Refused, TooMany
from anze.kernel.outbox import intake, sending, uploads
from anze.kernel.outbox.models import Upload, UploadState
from anze.kernel.outbox.sending import Sending
from anze.kernel.people.gates import action
from anze.lib import strict

SCHEME = "Packet "
View = Callable[..., HttpResponse]


def by_token(view: View) -> View:
    """Let a view be reached with ``Authorization: Packet <token>``; refusals become JSON."""

    @wraps(view)
    def opened(request: HttpRequest, packet_id: UUID, **more: Any) -> HttpResponse:
        try:
            shown = request.headers.get("Authorization", "")
            token = shown.removeprefix(SCHEME) if shown.startswith(SCHEME) else ""
            at_hand = sending.open_by(request.ctx, packet_id, token)  # type: ignore[attr-defined]
            answer = view(request, at_hand, **more)
        except Problem as problem:
            answer = JsonResponse(problem.as_dict(), status=problem.status)
            if isinstance(problem, TooMany):
                answer["Retry-After"] = str(problem.again)
        answer["Cache-Control"] = "no-store"
        return answer

    return csrf_exempt(opened)


@action("public")
@by_token
@require_GET
def state(_request: HttpRequest, at_hand: Sending) -> HttpResponse:
    """``GET /outbox/send/<packet>/``: what of this packet is here."""
    packet = at_hand.packet
    return JsonResponse(
        {
            "id": str(packet.pk),
            "state": packet.state,
            "times": packet.times,
            "taken": packet.taken,
            "expires": packet.expires_at.isoformat(),
            "closes": packet.closes_at.isoformat(),
            "files": [file_receipt(row) for row in packet.uploads.select_related("file")],
            "items": [intake.receipt(row) for row in packet.deliveries.all()],
        }
    )


@action("public")
@by_token
@require_http_methods(["PUT", "HEAD", "PATCH"])
def file(request: HttpRequest, at_hand: Sending, upload_id: UUID) -> HttpResponse:
    """``/outbox/send/<packet>/files/<id>/``: PUT declares, HEAD asks how far, PATCH goes on."""
    if request.method == "PUT":
        row = uploads.declare(at_hand, upload_id, **_declared(request))
    elif request.method == "PATCH":
        row = uploads.append(at_hand, upload_id, _offset(request), _piece(request))
    else:
        row = uploads.find(at_hand, upload_id)
    status = 422 if row.state == UploadState.REFUSED else 200
    answer = JsonResponse(file_receipt(row), status=status)
    answer["Upload-Offset"], answer["Upload-Length"] = str(row.received), str(row.size)
    return answer


def file_receipt(row: Upload) -> dict[str, object]:
    """Return how far a file is; ``receipt`` is there once it is kept."""
    kept = row.state == UploadState.KEPT
    return {
        "id": str(row.client_id),
        "state": row.state,
        "offset": row.received,
        "size": row.size,
        "sha256": row.sha256,
        "receipt": str(row.file_id) if kept else None,
        **({"message": row.fault} if row.fault else {}),
    }


@action("public")
@by_token
@require_http_methods(["PUT"])
def item(request: HttpRequest, at_hand: Sending, client_id: UUID) -> HttpResponse:
    """``PUT /outbox/send/<packet>/items/<id>/``: 201 the first time, 200 the same again.

    409 names missing files or the conflict, 422 the faults by field.
    """
    if int(request.headers.get("Content-Length") or 0) > intake.MAX_BODY:
        raise Refused("内容太长", remedy="文字请缩短；照片要作为文件另外发送。")
    sent = intake.instant(request.headers.get("Anze-Sent"))
    row, new = intake.deliver(at_hand, client_id, request.body, sent)
    return JsonResponse(intake.receipt(row), status=201 if new else 200)


def _declared(request: HttpRequest) -> dict[str, Any]:
    try:
        told = strict.load(request.body[:4096])
        size, sha256, name = told["size"], told["sha256"], told.get("name", "")
    except (ValueError, KeyError, TypeError, AttributeError):
        size = None
    if not isinstance(size, int) or not isinstance(sha256, str) or not isinstance(name, str):
        raise Refused("要说明文件的 size、sha256 和 name")
    return {"size": size, "sha256": sha256, "name": name}


def _offset(request: HttpRequest) -> int:
    text = request.headers.get("Upload-Offset", "")
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise Refused("要说明从第几字节续传", field="Upload-Offset")
    return int(text)


def _piece(request: HttpRequest) -> bytes:
    if int(request.headers.get("Content-Length") or 0) > uploads.CHUNK:
        raise Refused("这一段太长", remedy=f"每段不超过 {uploads.CHUNK // 1024} KB。")
    return request.body

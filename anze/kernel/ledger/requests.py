"""What may be recorded at all: a call of ``record``, checked against its kind, before any write."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.ledger import kinds
from anze.kernel.ledger.models import RETRACT, SUPERSEDE
from anze.lib import canon

AHEAD = timedelta(minutes=5)  # how far a reporter's clock may run before ours
_CODE = re.compile(r"[A-Za-z0-9_.:@/-]{1,120}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_SAID = {"missing": "缺少这一项", "extra_forbidden": "不认识这一项"}


@dataclass(frozen=True)
class Request:
    """A checked request to record: what a retry must repeat byte for byte."""

    kind: kinds.Kind
    unit_id: UUID | None
    facts: str
    private: dict[str, Any] | None
    happened: datetime | None
    captured: datetime | None
    subject: str
    proofs: str
    client_id: str
    op: str
    target: UUID | None
    actor_id: UUID | None


def checked(
    ctx: Ctx,
    name: str,
    unit_id: UUID | None,
    facts: Mapping[str, Any] | BaseModel,
    private: Mapping[str, Any] | BaseModel | None,
    happened: datetime | None,
    captured: datetime | None,
    subject: str,
    proofs: Sequence[str],
    client_id: str,
    supersedes: UUID | None,
    retracts: UUID | None,
) -> Request:
    """Return the request, checked; see ``services.record`` for the arguments and the refusals."""
    kind = kinds.get(name)
    if supersedes and retracts:
        raise ValueError("an entry supersedes or retracts, not both")
    for what, instant in (("happened", happened), ("captured", captured), ("now", ctx.now)):
        if instant is not None and instant.tzinfo is None:
            raise ValueError(f"{what} must be an aware datetime")
    if happened is not None and happened > ctx.now + AHEAD:
        raise Refused(
            "发生时间晚于现在", field="happened", where=name, remedy="请改为已经发生的时间"
        )
    for what, code in (("subject", subject), ("client_id", client_id), ("via", ctx.via)):
        if code and not _CODE.match(code):
            raise Refused("只能是代码：字母、数字与 _ . : @ / -", field=what, where=name)
    for digest in proofs:
        if not _SHA256.match(digest):
            raise Refused("证明文件须以小写十六进制 SHA-256 表示", field="proofs", where=name)
    model = kinds.Retraction if retracts else kind.facts
    return Request(
        kind=kind,
        unit_id=unit_id,
        facts=canon.dumps(_dumped(model, facts, name)).decode(),
        private=_private(kind, private, name),
        happened=happened,
        captured=captured,
        subject=subject,
        proofs=canon.dumps(list(proofs)).decode(),
        client_id=client_id,
        op=SUPERSEDE if supersedes else RETRACT if retracts else "",
        target=supersedes or retracts,
        actor_id=ctx.actor_id,
    )


def _private(
    kind: kinds.Kind, private: Mapping[str, Any] | BaseModel | None, where: str
) -> dict[str, Any] | None:
    if private is None:
        return None
    if kind.private is None:
        raise Refused("此类存证没有私密内容", field="private", where=where)
    return _dumped(kind.private, private, where)


def _dumped(
    model: type[BaseModel], values: Mapping[str, Any] | BaseModel, where: str
) -> dict[str, Any]:
    if isinstance(values, BaseModel):
        values = values.model_dump(exclude_none=True)
    try:
        return model.model_validate(dict(values)).model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Refused(
            _SAID.get(first["type"], "值不合要求"),
            field=".".join(map(str, first["loc"])),
            where=where,
            remedy=first["msg"],
        ) from None

"""The log's side of witnessing: hands checkpoints to witnesses and keeps their cosignatures.

``ANZE_WITNESSES`` lists them, each ``<address> <verifier key>``; the key is what ``anze witness
init`` prints. Only cosignatures by these keys ever count.
"""

from __future__ import annotations

import base64
import logging
import urllib.error
import urllib.request
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction

from anze.kernel.bus import clock
from anze.kernel.ledger import checkpoints, tree
from anze.kernel.ledger.models import Checkpoint, Cosignature
from anze.lib import notes

log = logging.getLogger("anze.ledger")

TIMEOUT = 10
MAX_ANSWER = 4096


class WitnessError(RuntimeError):
    """A witness did not cosign: unreachable, or it says that our history is not the one it saw."""


@dataclass(frozen=True)
class Witness:
    """A witness the operator trusts: its address and its cosigning key."""

    url: str
    key: notes.Key


def witnesses() -> list[Witness]:
    """Return the configured witnesses; raise NoteError on a malformed setting."""
    found = []
    for line in settings.ANZE_WITNESSES:
        url, _, key = str(line).strip().partition(" ")
        parsed = notes.Key.parse(key.strip())
        found.append(
            Witness(url.rstrip("/"), notes.Key(parsed.name, notes.COSIGNATURE, parsed.public))
        )
    return found


def submit_to_witness(witness: Witness, checkpoint: Checkpoint) -> Cosignature:
    """Have a witness cosign a checkpoint and keep its line. Raises WitnessError.

    Starts from what this witness cosigned last; if it knows another size it says so (409) and is
    asked once more from there.
    """
    done = Cosignature.objects.filter(witness=str(witness.key))
    if kept := done.filter(checkpoint=checkpoint).first():
        return kept
    old = done.order_by("-checkpoint__size").values_list("checkpoint__size", flat=True).first()
    status, answer = _post(witness, _request(old or 0, checkpoint))
    if status == 409 and answer.strip().isdigit() and int(answer) <= checkpoint.size:
        status, answer = _post(witness, _request(int(answer), checkpoint))
    if status != 200:
        raise WitnessError(f"{witness.key.name} answered {status}: {answer.strip()[:200]}")
    return _keep(witness, checkpoint, answer)


def submit_to_all(checkpoint: Checkpoint) -> list[str]:
    """Submit to every configured witness; return the failures, which are logged as well."""
    failures = []
    for witness in witnesses():
        try:
            submit_to_witness(witness, checkpoint)
        except WitnessError as error:
            log.error("witness: %s", error)
            failures.append(str(error))
    return failures


def anchor() -> list[str]:
    """Sign a checkpoint over what is numbered and ask every witness; return what went wrong.

    The hourly work of the platform; without new entries there is nothing to sign.
    """
    checkpoint = checkpoints.make()
    return submit_to_all(checkpoint) if checkpoint is not None else []


def cosigned() -> tuple[Checkpoint, int] | None:
    """Return the largest checkpoint a configured witness cosigned, and by how many it is."""
    keys = [witness.key for witness in witnesses()]
    rows = Checkpoint.objects.filter(cosignatures__witness__in=[str(key) for key in keys])
    for checkpoint in rows.distinct().order_by("-size")[:8]:
        if count := len({check.key.public for check in verified(checkpoint, keys)}):
            return checkpoint, count
    return None


def verified(checkpoint: Checkpoint, keys: list[notes.Key]) -> list[notes.Verified]:
    """Return the cosignatures of a checkpoint by these keys that hold, each checked by itself."""
    note = notes.Note.parse(checkpoint.note.encode())
    stated = notes.parse_checkpoint(note.text)
    if (stated.size, stated.root) != (checkpoint.size, bytes(checkpoint.root)):
        return []
    found = []
    for row in checkpoint.cosignatures.all():
        try:
            found += notes.verify(_only(note, row.line), keys)
        except notes.NoteError:
            log.error("checkpoint %s: a stored cosignature does not hold", checkpoint.size)
    return found


def _only(note: notes.Note, line: str) -> notes.Note:
    return notes.Note.parse(f"{note.text}\n{line}\n".encode())


def _request(old: int, checkpoint: Checkpoint) -> bytes:
    proof = tree.consistency_proof(old, checkpoint.size)
    lines = [f"old {old}", *(base64.b64encode(hash_).decode() for hash_ in proof), "", ""]
    return "\n".join(lines).encode() + checkpoint.note.encode()


def _post(witness: Witness, body: bytes) -> tuple[int, str]:
    request = urllib.request.Request(f"{witness.url}/add-checkpoint", data=body, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return answer.status, answer.read(MAX_ANSWER).decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read(MAX_ANSWER).decode(errors="replace")
    except (OSError, ValueError) as error:
        raise WitnessError(f"{witness.key.name} cannot be reached: {error}") from error


def _keep(witness: Witness, checkpoint: Checkpoint, answer: str) -> Cosignature:
    note = notes.Note.parse(checkpoint.note.encode())
    for line in answer.splitlines():
        try:
            checks = notes.verify(_only(note, line), [witness.key])
        except notes.NoteError:
            continue
        if checks:
            return _store(witness, checkpoint, line)
    raise WitnessError(f"{witness.key.name} answered without a cosignature that holds")


def _store(witness: Witness, checkpoint: Checkpoint, line: str) -> Cosignature:
    name = str(witness.key)
    try:
        with transaction.atomic():
            row = Cosignature(checkpoint=checkpoint, witness=name, line=line, at=clock.now())
            row.save()
    except IntegrityError:
        return Cosignature.objects.get(checkpoint=checkpoint, witness=name)
    return row

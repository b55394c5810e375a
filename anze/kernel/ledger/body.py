"""The bytes that are hashed: an entry's body, its digest, and its leaf in the tree. Pure.

``happened``, ``captured`` and ``recorded`` are written in UTC with microseconds. Absent values are
absent keys: CJ-1 has no null. Building goes through ``canon`` (strict) when an entry is recorded;
``rebuilt`` is the fast equivalent for verification, which trusts no stored text.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from anze.lib import canon, merkle

if TYPE_CHECKING:
    from anze.kernel.ledger.models import Entry

PUBLIC = "public"


class NotCanonicalError(ValueError):
    """Stored facts or proofs are not the canonical text of any value."""


def stamp(instant: datetime) -> str:
    """Return an aware instant as ``2026-09-01T00:30:00.000000Z``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def header(entry: Entry) -> dict[str, Any]:
    """Return the body of an entry without facts and proofs."""
    fields: dict[str, Any] = {
        "uid": str(entry.uid),
        "kind": entry.kind,
        "schema": entry.schema_version,
        "visibility": entry.visibility,
        "unit": str(entry.unit_id) if entry.unit_id else "",
        "subject": entry.subject,
        "happened": stamp(entry.happened),
        "captured": stamp(entry.captured) if entry.captured else "",
        "recorded": stamp(entry.recorded),
        "actor": str(entry.actor_id) if entry.actor_id else "",
        "via": entry.via,
        "late": bool(entry.late),
        "op": entry.op,
        "target": str(entry.target) if entry.target else "",
        "client": entry.client_id or "",
    }
    return {key: value for key, value in fields.items() if value not in ("", False)}


def body(entry: Entry) -> dict[str, Any]:
    """Return the whole event as recorded, without its number; raise NotCanonicalError."""
    return _whole(header(entry), entry)


def _whole(head: dict[str, Any], entry: Entry) -> dict[str, Any]:
    return {
        **head,
        "facts": _parsed("facts", entry.facts),
        "proofs": _parsed("proofs", entry.proofs),
    }


def _parsed(name: str, text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotCanonicalError(f"{name} is not JSON: {error}") from None
    if fast(value) != text.encode(errors="surrogatepass"):
        raise NotCanonicalError(f"{name} is not in canonical form")
    return value


def fast(value: object) -> bytes:
    """Return the bytes ``canon.dumps`` gives for any value it accepts, without its checks."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode(errors="surrogatepass")


def keyed(salt: bytes, data: bytes) -> bytes:
    """Return HMAC-SHA-256(salt, data), 32 bytes."""
    return hmac.digest(salt, data, "sha256")


def stamp_hashes(entry: Entry) -> None:
    """Set ``header_hash`` and ``digest`` of a new entry; raise CanonError if there is no CJ-1."""
    head = header(entry)
    entry.header_hash = canon.sha256(head)
    entry.digest = keyed(bytes(entry.salt), canon.dumps(_whole(head, entry)))


def leaf_data(entry: Entry, n: int, *, digest: bytes | None = None) -> bytes:
    """Return the canonical bytes of leaf ``n``.

    A public kind shows the whole event; any other shows a salted digest (the stored one, or the
    one given), so that a proof for one reader tells nothing of the facts to another.
    """
    if entry.visibility == PUBLIC:
        return fast({**body(entry), "n": n, "p": entry.commitment})
    return fast(
        {
            "n": n,
            "uid": str(entry.uid),
            "kind": entry.kind,
            "t": stamp(entry.recorded),
            "d": (digest or bytes(entry.digest)).hex(),
            "p": entry.commitment,
        }
    )


def leaf_hash(entry: Entry, n: int) -> bytes:
    """Return the RFC 6962 leaf hash of an entry numbered ``n``."""
    return merkle.leaf_hash(leaf_data(entry, n))


def header_digest(entry: Entry) -> bytes:
    """Return SHA-256 of the header as it stands in the row now."""
    return hashlib.sha256(fast(header(entry))).digest()


def row_digest(entry: Entry) -> bytes:
    """Return the digest of the body as it stands in the row now; raise NotCanonicalError."""
    return keyed(bytes(entry.salt), fast(body(entry)))

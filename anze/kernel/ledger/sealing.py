"""Sealing of private parts: AES-256-GCM under a key per row, that key wrapped by the master key.

The salt of the commitment is sealed together with the text: whoever reads only the database can
neither read a phone number nor test guesses of it against the commitment. Destroying ciphertext
and wrapped key therefore leaves a commitment that links to nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from anze.kernel.ledger import keys
from anze.kernel.ledger.body import keyed
from anze.lib import canon

_NONCE = 12
_SALT = 32


class DamagedError(ValueError):
    """A sealed part does not open: it, its place or its key is not what it was."""


@dataclass(frozen=True)
class Place:
    """Where a sealed part belongs; it opens nowhere else."""

    uid: UUID
    kind: str
    schema: int

    def bytes(self, use: str) -> bytes:
        """Return the associated data for one use."""
        fields = {"uid": str(self.uid), "kind": self.kind, "schema": self.schema, "use": use}
        return canon.dumps(fields)


@dataclass(frozen=True)
class Sealed:
    """What is stored: hex commitment (beside the facts), ciphertext and wrapped key (erasable)."""

    commitment: str
    ciphertext: bytes
    wrapped_key: bytes


def text_of(private: Mapping[str, Any]) -> bytes:
    """Return the one byte string of a private part (sorted JSON; unlike CJ-1 it may hold lines)."""
    return json.dumps(
        private, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def seal(private: Mapping[str, Any], place: Place) -> Sealed:
    """Seal a private part for its place."""
    text, salt, row_key = text_of(private), secrets.token_bytes(_SALT), secrets.token_bytes(32)
    master = keys.ring().newest
    return Sealed(
        commitment=_commitment(salt, text, place),
        ciphertext=_encrypt(row_key, salt + text, place.bytes("ledger-private")),
        wrapped_key=keys.key_id(master) + _encrypt(master, row_key, place.bytes("ledger-row-key")),
    )


def unseal(sealed: Sealed, place: Place) -> dict[str, Any]:
    """Return the private part; raise DamagedError if anything was changed or moved.

    Raises KeyFileError when the master key that wrapped it is not in the key file.
    """
    master = keys.ring().find(sealed.wrapped_key[:4])
    row_key = _decrypt(master, sealed.wrapped_key[4:], place.bytes("ledger-row-key"))
    salted = _decrypt(row_key, sealed.ciphertext, place.bytes("ledger-private"))
    salt, text = salted[:_SALT], salted[_SALT:]
    if _commitment(salt, text, place) != sealed.commitment:
        raise DamagedError("the private part does not give the commitment in the ledger")
    return dict(json.loads(text))


def _commitment(salt: bytes, text: bytes, place: Place) -> str:
    return keyed(salt, place.bytes("ledger-commitment") + b"\n" + text).hex()


def _encrypt(key: bytes, text: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, bound)


def _decrypt(key: bytes, blob: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(blob[:_NONCE], blob[_NONCE:], bound)
    except (InvalidTag, ValueError):
        raise DamagedError("the sealed private part or its key was changed or moved") from None

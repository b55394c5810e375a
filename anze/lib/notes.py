"""Signed notes, checkpoints and witness cosignatures (C2SP signed-note, tlog-checkpoint,
tlog-cosignature), with Ed25519.

A note is text and signature lines. A checkpoint is a note whose text is origin, tree size and root.
The log signs it with type 01; a witness adds a cosignature of type 04, which also states the time
at which it had seen no larger tree.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

ED25519 = 0x01
COSIGNATURE = 0x04

MAX_NOTE_BYTES = 65_536
MAX_SIGNATURES = 64  # the specification asks for at least 16
MAX_TIME = 2**63 - 1
MAX_SIZE = 2**63 - 1

_DASH = "— "
_SECRET_PREFIX = "PRIVATE+KEY+"
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,18})\Z")


class NoteError(ValueError):
    """A note, key or checkpoint is malformed, or its signatures do not hold."""


@dataclass(frozen=True)
class Key:
    """A public key: ``name``, ``kind`` (ED25519 or COSIGNATURE) and 32 raw bytes.

    Its text form is ``name+keyid+base64(kind ‖ public)``.
    """

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.kind not in (ED25519, COSIGNATURE):
            raise NoteError(f"signature type {self.kind:#04x} is not supported")
        if len(self.public) != 32:
            raise NoteError("an Ed25519 public key is 32 bytes")

    @property
    def id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ newline ‖ kind ‖ public)."""
        return _key_id(self.name, self.kind, self.public)

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read the text form; raise NoteError if it is malformed or its id does not fit."""
        name, identifier, kind, public = _parse_key(text)
        key = cls(name, kind, public)
        if key.id != identifier:
            raise NoteError("the key id does not belong to this name and key")
        return key

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{material}"


@dataclass(frozen=True)
class Line:
    """One signature line: who says to have signed, with which key, and the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}"


@dataclass(frozen=True)
class Note:
    """Text ending in a newline, and its signature lines. Nothing is verified by having one."""

    text: str
    lines: tuple[Line, ...] = ()

    def signed(self, *lines: Line) -> Note:
        """Return the note with further signature lines."""
        return replace(self, lines=self.lines + lines)

    def __bytes__(self) -> bytes:
        return (self.text + "\n" + "".join(f"{line}\n" for line in self.lines)).encode()

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Read a note with at least one signature line; raise NoteError if malformed."""
        text = _decode(data)
        body, blank, tail = text.rpartition("\n\n")
        if not blank or not tail.endswith("\n"):
            raise NoteError("a note is text, a blank line and signature lines")
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise NoteError(f"more than {MAX_SIGNATURES} signatures")
        return cls(body + "\n", tuple(_parse_line(line) for line in lines))


@dataclass(frozen=True)
class Signer:
    """A private key with the name it signs under; ``repr`` never shows the secret."""

    name: str
    private: Ed25519PrivateKey

    def __post_init__(self) -> None:
        _check_name(self.name)

    @classmethod
    def generate(cls, name: str) -> Signer:
        """Make a new key."""
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read ``PRIVATE+KEY+name+keyid+base64(01 ‖ seed)``; raise NoteError if malformed."""
        if not text.startswith(_SECRET_PREFIX):
            raise NoteError("not a private note key")
        name, identifier, kind, seed = _parse_key(text.removeprefix(_SECRET_PREFIX))
        if kind != ED25519:
            raise NoteError("not an Ed25519 private key")
        signer = cls(name, Ed25519PrivateKey.from_private_bytes(seed))
        if signer.key.id != identifier:
            raise NoteError("the key id does not belong to this name and key")
        return signer

    def secret(self) -> str:
        """Return the private text form, which ``parse`` reads. Keep it out of logs."""
        material = base64.b64encode(bytes([ED25519]) + self.private.private_bytes_raw()).decode()
        return f"{_SECRET_PREFIX}{self.name}+{self.key.id.hex()}+{material}"

    @property
    def key(self) -> Key:
        """The public key for plain signatures."""
        return Key(self.name, ED25519, self.private.public_key().public_bytes_raw())

    @property
    def cosigner_key(self) -> Key:
        """The public key for cosignatures."""
        return replace(self.key, kind=COSIGNATURE)

    def sign(self, text: str) -> Line:
        """Return the signature line over a note's text (which ends in a newline)."""
        _check_text(text)
        return Line(self.name, self.key.id, self.private.sign(text.encode()))

    def cosign(self, text: str, time: int) -> Line:
        """Return the cosignature line over a checkpoint's text at ``time`` (POSIX seconds)."""
        parse_checkpoint(text)
        if not 0 <= time <= MAX_TIME:
            raise NoteError("a cosignature's time is in POSIX seconds")
        signature = self.private.sign(_cosigned(text, time))
        return Line(self.name, self.cosigner_key.id, time.to_bytes(8, "big") + signature)


@dataclass(frozen=True)
class Verified:
    """A signature that holds: by which key and, for a cosignature, when (POSIX seconds)."""

    key: Key
    time: int | None


def verify(note: Note, keys: Iterable[Key]) -> list[Verified]:
    """Return the signatures by the given keys, at most one for each (of cosignatures the latest).

    Lines of other keys are ignored, as the specification asks. Raises NoteError if a line of a
    given key does not verify, or if none of the keys signed. To count a quorum, count distinct
    ``key.public``: an Ed25519 cosignature does not bind the witness's name.
    """
    known = {(key.name, key.id): key for key in keys}
    found: dict[Key, Verified] = {}
    for line in note.lines:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        result = _verify_line(note.text, line, key)
        earlier = found.get(key)
        if earlier is None or (earlier.time or 0) < (result.time or 0):
            found[key] = result
    if not found:
        raise NoteError("no known key signed this note")
    return list(found.values())


@dataclass(frozen=True)
class Checkpoint:
    """A log's statement: the tree of ``origin`` has ``size`` leaves and this 32-byte ``root``."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin:
            raise NoteError("an origin is one non-empty line")
        if not 0 <= self.size <= MAX_SIZE:
            raise NoteError("a tree size is not negative and below 2^63")
        if len(self.root) != 32:
            raise NoteError("a root hash is 32 bytes")
        _check_text(self.text)

    @property
    def text(self) -> str:
        """The note text: origin, decimal size and base64 root, a line each."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def sign(self, signer: Signer) -> Note:
        """Return the checkpoint as a note signed by the log."""
        return Note(self.text, (signer.sign(self.text),))


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint from a note's text; raise NoteError if malformed.

    Extension lines are refused: we make none, and nobody can audit what they claim.
    """
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise NoteError("a checkpoint is three lines: origin, size, root")
    origin, size, root = lines[:3]
    if not _DECIMAL.match(size):
        raise NoteError("the tree size is not a plain decimal number")
    return Checkpoint(origin, int(size), _base64(root))


def open_checkpoint(data: bytes, log: Key) -> tuple[Checkpoint, Note]:
    """Read a signed checkpoint of one log and verify the log's signature.

    The origin must be the log key's name. Raises NoteError otherwise. Cosignatures are left to
    ``verify(note, witnesses)``.
    """
    note = Note.parse(data)
    verify(note, [log])
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != log.name:
        raise NoteError(f"a checkpoint of {checkpoint.origin!r}, not of {log.name!r}")
    return checkpoint, note


def _verify_line(text: str, line: Line, key: Key) -> Verified:
    signature, message, time = line.signature, text.encode(), None
    if key.kind == COSIGNATURE:
        parse_checkpoint(text)
        if len(signature) != 72:
            raise NoteError(f"the cosignature of {key.name!r} has the wrong length")
        time = int.from_bytes(signature[:8], "big")
        if time > MAX_TIME:
            raise NoteError(f"the cosignature of {key.name!r} has an impossible time")
        signature, message = signature[8:], _cosigned(text, time)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise NoteError(f"the signature of {key.name!r} does not hold") from None
    return Verified(key, time)


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _key_id(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def _parse_key(text: str) -> tuple[str, bytes, int, bytes]:
    """Split ``name+keyid+base64`` into name, id, kind and 32 bytes. The base64 may hold pluses."""
    parts = text.split("+", 2)
    if len(parts) != 3 or not re.fullmatch(r"[0-9a-f]{8}", parts[1]):
        raise NoteError("a key is written name+keyid+base64")
    material = _base64(parts[2])
    if len(material) != 33:
        raise NoteError("an Ed25519 key is 32 bytes after its type")
    return parts[0], bytes.fromhex(parts[1]), material[0], material[1:]


def _parse_line(text: str) -> Line:
    name, space, encoded = text.removeprefix(_DASH).partition(" ")
    if not text.startswith(_DASH) or not space:
        raise NoteError("a signature line is a dash, a name and base64")
    _check_name(name)
    raw = _base64(encoded)
    if len(raw) < 5:
        raise NoteError("a signature holds a four-byte key id and more")
    return Line(name, raw[:4], raw[4:])


def _decode(data: bytes) -> str:
    if len(data) > MAX_NOTE_BYTES:
        raise NoteError(f"longer than {MAX_NOTE_BYTES} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise NoteError("not UTF-8") from None
    _check_text(text)
    return text


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteError("a note's text ends in a newline")
    if any(character < " " and character != "\n" for character in text):
        raise NoteError("a note has no control characters")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise NoteError("not Unicode text")


def _check_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() for character in name):
        raise NoteError("a key name is not empty and has neither spaces nor pluses")


def _base64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("not base64") from None
    if base64.b64encode(raw).decode() != text:  # stray bits in the last character
        raise NoteError("not canonical base64")
    return raw

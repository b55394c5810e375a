"""A witness: cosigns the checkpoints of logs it knows, and never two histories of one log.

One file, run by somebody else on another machine with a key of its own; it needs only Python and
``cryptography`` and imports nothing of the log it watches::

    python witness.py init  --dir /var/lib/witness --name office.example/w1 --log <log's key>
    python witness.py serve --dir /var/lib/witness --port 8470
    python witness.py cosign --dir /var/lib/witness request.txt      (without a network)

Speaks C2SP tlog-witness: ``POST /add-checkpoint`` with the old size, a consistency proof and the
signed checkpoint. What it has cosigned is on disk before it answers.
"""

from __future__ import annotations

import argparse
import base64
import fcntl
import hashlib
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

MAX_BODY = 128 * 1024
MAX_PROOF = 63
MAX_SIZE = 2**63 - 1
EMPTY_ROOT = hashlib.sha256(b"").digest()
_SIGNED, _COSIGNED = b"\x01", b"\x04"
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,18})\Z")
_NAME = re.compile(r"[^\s+]{1,200}\Z")


class RefusalError(Exception):
    """An answer other than 200: HTTP status, text, and its content type."""

    def __init__(self, status: int, text: str, content_type: str = "text/plain") -> None:
        super().__init__(text)
        self.status, self.text, self.content_type = status, text, content_type


def _size_conflict(size: int) -> RefusalError:
    return RefusalError(409, f"{size}\n", "text/x.tlog.size")


def _malformed(why: str) -> RefusalError:
    return RefusalError(400, f"{why}\n")


@dataclass(frozen=True)
class Log:
    """A log this witness follows: its origin and its public key."""

    origin: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Log:
        """Read ``origin+keyid+base64(01 ‖ public)``; raise ValueError if malformed."""
        origin, identifier, encoded = text.strip().split("+", 2)
        material = base64.b64decode(encoded, validate=True)
        if len(material) != 33 or material[:1] != _SIGNED:
            raise ValueError("not an Ed25519 log key")
        if key_id(origin, material).hex() != identifier:
            raise ValueError("the key id does not belong to this origin and key")
        return cls(origin, material[1:])

    def signed(self, text: str, lines: Sequence[str]) -> bool:
        """Tell whether one of the signature lines is this log's and holds."""
        wanted = key_id(self.origin, _SIGNED + self.public)
        for line in lines:
            name, _, encoded = line.removeprefix("— ").partition(" ")
            raw = _base64(encoded)
            if name == self.origin and raw[:4] == wanted and self._holds(raw[4:], text):
                return True
        return False

    def _holds(self, signature: bytes, text: str) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


def key_id(name: str, material: bytes) -> bytes:
    """Return the first four bytes of SHA-256(name ‖ newline ‖ type ‖ public)."""
    return hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]


def _base64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise _malformed("not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise _malformed("not canonical base64")
    return raw


@dataclass(frozen=True)
class Request:
    """A parsed ``add-checkpoint`` request."""

    old: int
    proof: list[bytes]
    text: str
    lines: list[str]
    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, body: bytes) -> Request:
        """Read the request; raise RefusalError 400 if malformed."""
        try:
            whole = body.decode("utf-8")
        except UnicodeDecodeError:
            raise _malformed("not UTF-8") from None
        head, blank, note = whole.partition("\n\n")
        text, second, tail = note.rpartition("\n\n")
        if not blank or not second or not tail.endswith("\n"):
            raise _malformed("expected: old size and proof, a blank line, a signed checkpoint")
        first, *hashes = head.split("\n")
        lines = tail[:-1].split("\n")
        if len(hashes) > MAX_PROOF or len(lines) > 64:
            raise _malformed("too many lines")
        if not all(line.startswith("— ") for line in lines):
            raise _malformed("a signature line begins with a dash")
        fields = text.split("\n")
        if len(fields) < 3 or not fields[0]:
            raise _malformed("a checkpoint is origin, size and root")
        return cls(
            old=_number(first[4:] if first.startswith("old ") else ""),
            proof=[_hash(line) for line in hashes],
            text=text + "\n",
            lines=lines,
            origin=fields[0],
            size=_number(fields[1]),
            root=_hash(fields[2]),
        )


def _number(text: str) -> int:
    if not _NUMBER.match(text) or int(text) > MAX_SIZE:
        raise _malformed("not a plain decimal size")
    return int(text)


def _hash(text: str) -> bytes:
    raw = _base64(text)
    if len(raw) != 32:
        raise _malformed("a hash is 32 bytes")
    return raw


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """Tell whether the proof holds, 0 < old < new (RFC 9162 §2.1.4.2)."""
    rest = list(proof)
    if not rest:
        return False
    first = old_root if old & (old - 1) == 0 else rest.pop(0)
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_hash = new_hash = first
    for sibling in rest:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_hash, new_hash = _node(sibling, old_hash), _node(sibling, new_hash)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            new_hash = _node(new_hash, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old_hash == old_root and new_hash == new_root


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Witness:
    """The key, the logs it follows and what it cosigned last, all in one folder."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        name, seed = (folder / "witness.key").read_text().split()
        self.folder, self.name, self.clock = folder, name, clock
        self._private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
        self._material = _COSIGNED + self._private.public_key().public_bytes_raw()
        self._lock = threading.Lock()
        known = [Log.parse(line) for line in (folder / "logs").read_text().splitlines() if line]
        self.logs = {log.origin: log for log in known}

    @property
    def key(self) -> str:
        """The verifier key to give to the log's operator."""
        encoded = base64.b64encode(self._material).decode()
        return f"{self.name}+{key_id(self.name, self._material).hex()}+{encoded}"

    def add_checkpoint(self, body: bytes) -> str:
        """Return the cosignature line of a checkpoint that extends what was cosigned before.

        Raises RefusalError: 400 malformed, 404 unknown log, 403 not signed by it, 409 not from the
        size (or, at the same size, the root) cosigned last, 422 proof does not hold.
        """
        request = Request.parse(body)
        log = self.logs.get(request.origin)
        if log is None:
            raise RefusalError(404, "this witness does not follow that log\n")
        if not log.signed(request.text, request.lines):
            raise RefusalError(403, "not signed by the log's key\n")
        if request.old > request.size:
            raise _malformed("the old size is larger than the checkpoint")
        with self._alone():
            size, root = self.last(request.origin)
            if request.old != size:
                raise _size_conflict(size)
            self._judge(request, root)
            self._persist(request)
        return self._cosign(request.text)

    def last(self, origin: str) -> tuple[int, bytes]:
        """Return size and root cosigned last for a log. A damaged file stops the witness."""
        try:
            state = json.loads(self._state(origin).read_text())
        except FileNotFoundError:
            return 0, EMPTY_ROOT
        return int(state["size"]), bytes.fromhex(state["root"])

    def _judge(self, request: Request, root: bytes) -> None:
        if request.size == request.old:
            if request.root != root:
                raise _size_conflict(request.old)
            if request.proof:
                raise RefusalError(422, "equal sizes need no proof\n")
        elif request.old == 0:
            if request.proof:
                raise RefusalError(422, "nothing is proved from size 0\n")
        elif not consistent(request.old, request.size, root, request.root, request.proof):
            raise RefusalError(422, "the proof does not hold\n")

    def _cosign(self, text: str) -> str:
        now = int(self.clock())
        signature = self._private.sign(f"cosignature/v1\ntime {now}\n{text}".encode())
        blob = key_id(self.name, self._material) + now.to_bytes(8, "big") + signature
        return f"— {self.name} {base64.b64encode(blob).decode()}\n"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Exclude other threads and other processes while checking and persisting."""
        with self._lock, (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _state(self, origin: str) -> Path:
        return self.folder / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.json"

    def _persist(self, request: Request) -> None:
        state = {
            "origin": request.origin,
            "size": request.size,
            "root": request.root.hex(),
            "note": request.text + "\n" + "".join(f"{line}\n" for line in request.lines),
        }
        write_whole(self._state(request.origin), json.dumps(state, indent=1, ensure_ascii=False))


def write_whole(path: Path, text: str) -> None:
    """Replace a file: a crash leaves the old text or the new one. On disk when it returns."""
    beside = path.with_name(path.name + ".new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def init(folder: Path, name: str, logs: Sequence[str]) -> Witness:
    """Make a witness in ``folder`` (or open the one there) and let it follow further logs."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / "witness.key").exists():
        if not _NAME.match(name):
            raise ValueError("a witness's name has neither spaces nor pluses")
        seed = Ed25519PrivateKey.generate().private_bytes_raw().hex()
        write_whole(folder / "witness.key", f"{name} {seed}\n")
    known = (folder / "logs").read_text().split() if (folder / "logs").exists() else []
    added = [text for text in logs if Log.parse(text) and text not in known]
    write_whole(folder / "logs", "".join(f"{text}\n" for text in [*known, *added]))
    return Witness(folder)


def server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """Return an HTTP server that answers for the witness; ``serve_forever`` runs it."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_POST(self) -> None:  # noqa: N802
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint":
                self._answer(404, "POST /add-checkpoint\n")
            elif not length.isdigit() or int(length) > MAX_BODY:
                self._answer(413, "the request is too long\n")
            else:
                self._answer(*answer(witness, self.rfile.read(int(length))))

        def do_GET(self) -> None:  # noqa: N802
            sizes = "".join(f"{origin} {witness.last(origin)[0]}\n" for origin in witness.logs)
            self._answer(200, f"{witness.key}\n{sizes}")

        def _answer(self, status: int, text: str, content_type: str = "text/plain") -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            sys.stderr.write(f"{self.log_date_time_string()} {format % args}\n")

    return ThreadingHTTPServer((host, port), Handler)


def answer(witness: Witness, body: bytes) -> tuple[int, str, str]:
    """Return status, text and content type for a request body; a fault of ours is 500."""
    try:
        return 200, witness.add_checkpoint(body), "text/plain"
    except RefusalError as refusal:
        return refusal.status, refusal.text, refusal.content_type
    except Exception as error:  # a damaged state file or a full disk: never cosign
        sys.stderr.write(f"witness: {error!r}\n")
        return 500, "the witness cannot answer\n", "text/plain"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one of init, serve, cosign; return the exit status."""
    parser = argparse.ArgumentParser(prog="witness", description="Cosigns checkpoints of a log.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, about in (
        ("init", "make the key, or follow another log; prints the verifier key"),
        ("serve", "answer over HTTP"),
        ("cosign", "read one request from a file or standard input, print the cosignature"),
    ):
        command = commands.add_parser(name, help=about)
        command.add_argument("--dir", type=Path, required=True, help="the witness's own folder")
        if name == "init":
            command.add_argument("--name", default="", help="name of this witness")
            command.add_argument("--log", action="append", default=[], help="key of a log")
        if name == "serve":
            command.add_argument("--host", default="127.0.0.1")
            command.add_argument("--port", type=int, default=8470)
        if name == "cosign":
            command.add_argument("request", nargs="?", type=argparse.FileType("rb"))
    options = parser.parse_args(argv)
    if options.command == "init":
        print(init(options.dir, options.name, options.log).key)
        return 0
    witness = Witness(options.dir)
    if options.command == "cosign":
        source = options.request or sys.stdin.buffer
        status, text, _ = answer(witness, source.read(MAX_BODY))
        print(text if status == 200 else f"{status} {text}", end="")
        return 0 if status == 200 else 1
    with server(witness, options.host, options.port) as running:
        print(witness.key, flush=True)
        running.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())

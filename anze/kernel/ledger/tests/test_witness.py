"""A witness never cosigns two histories; the ledger never claims more than it has."""

from __future__ import annotations

import base64
import random
import subprocess
import sys
import threading
from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from anze.kernel.ledger import checkpoints, selectors, verify, witness, witnessing
from anze.kernel.ledger.models import Checkpoint, Cosignature
from anze.kernel.ledger.tests.support import tamper, together
from anze.lib import merkle, notes

CASES = 120


class Log:
    """A log in memory, honest or not."""

    def __init__(self, seed: int, signer: notes.Signer) -> None:
        self.rng, self.signer = random.Random(seed), signer
        self.leaves = [self.leaf() for _ in range(self.rng.randrange(2, 40))]

    def leaf(self) -> bytes:
        return merkle.leaf_hash(self.rng.randbytes(8))

    def grow(self, leaves=None):
        self.leaves = (leaves or self.leaves) + [
            self.leaf() for _ in range(self.rng.randrange(1, 30))
        ]

    def root(self, size=None):
        return merkle.root(self.leaves[:size])

    def request(self, old, *, size=None, root=None, proof=None, signer=None, origin=None) -> bytes:
        size = len(self.leaves) if size is None else size
        signer = signer or self.signer
        note = notes.Checkpoint(origin or self.signer.name, size, root or self.root(size))
        if proof is None:
            get = _store(self.leaves)
            proof = merkle.consistency_proof(old, size, get) if old <= size else []
        lines = [f"old {old}", *(base64.b64encode(h).decode() for h in proof), "", ""]
        signed = notes.Note(note.text, (signer.sign(note.text),))
        return "\n".join(lines).encode() + bytes(signed)


def _store(leaves):
    def get(level, index):
        return merkle.root(leaves[index << level : (index + 1) << level])

    return get


@pytest.fixture
def signer():
    return notes.Signer.generate("log.example/anze")


@pytest.fixture
def watcher(tmp_path, signer):
    return witness.init(tmp_path / "w", "office.example/w1", [str(signer.key)])


def _answer(watcher, request):
    status, text, kind = witness.answer(watcher, request)
    assert (status == 409) == (kind == "text/x.tlog.size")
    return status, text


def test_an_honest_log_is_cosigned_and_the_cosignature_holds(watcher, signer):
    log = Log(1, signer)
    old = 0
    for _ in range(5):
        request = log.request(old)
        status, text = _answer(watcher, request)
        assert status == 200
        note = notes.Note.parse(request.split(b"\n\n", 1)[1])
        signed = notes.Note.parse(f"{note.text}\n{text}".encode())
        checked = notes.verify(signed, [notes.Key.parse(watcher.key)])
        assert checked[0].time > 1_700_000_000
        old = len(log.leaves)
        log.grow()


def test_the_same_checkpoint_may_be_cosigned_again(watcher, signer):
    log = Log(2, signer)
    assert _answer(watcher, log.request(0))[0] == 200
    assert _answer(watcher, log.request(len(log.leaves)))[0] == 200


@pytest.mark.parametrize("seed", range(CASES))
def test_no_second_history_is_ever_cosigned(tmp_path, seed):
    """Forks, rollbacks and rewrites in every shape, with the proofs a clever forger would send."""
    signer = notes.Signer.generate("log.example/anze")
    watcher = witness.init(tmp_path / "w", "office.example/w1", [str(signer.key)])
    log = Log(seed, signer)
    assert _answer(watcher, log.request(0))[0] == 200
    size, root = len(log.leaves), log.root()
    for status, request in _attacks(log, size):
        assert _answer(watcher, request)[0] == status
    assert watcher.last(signer.name) == (size, root)
    log.grow()
    assert _answer(watcher, log.request(size))[0] == 200


def _attacks(log, size):
    changed = log.rng.randrange(size)
    rewritten = [*log.leaves]
    rewritten[changed] = log.leaf()
    fork = Log(0, log.signer)
    fork.rng, fork.leaves = log.rng, rewritten
    yield 409, fork.request(size)  # same size, another root
    yield 409, fork.request(0)  # start over
    smaller = log.rng.randrange(1, size)
    yield 409, log.request(smaller, size=smaller)  # rollback to an older root
    yield 409, log.request(0, size=smaller)
    yield 400, log.request(size, size=smaller, proof=[])
    fork.grow()
    yield 422, fork.request(size)  # a rewrite, grown past what was cosigned
    honest = Log(0, log.signer)
    honest.rng, honest.leaves = log.rng, log.leaves + fork.leaves[size:]
    proof = merkle.consistency_proof(size, len(honest.leaves), _store(honest.leaves))
    yield 422, fork.request(size, proof=proof)  # the honest proof for the forged root
    yield 422, honest.request(size, proof=[])
    yield 422, honest.request(size, proof=[*proof, log.leaf()])
    if proof:
        yield 422, honest.request(size, proof=proof[:-1] or [log.leaf()])
        yield 422, honest.request(size, proof=[log.leaf(), *proof[1:]])
    yield 422, log.request(size, proof=[log.leaf()])  # a proof where none belongs
    stranger = notes.Signer.generate(log.signer.name)
    yield 403, honest.request(size, signer=stranger)
    yield 404, honest.request(size, origin="other.example/log")


def test_only_one_of_two_forks_sent_at_once_is_cosigned(watcher, signer):
    for seed in range(10):
        log = Log(seed, signer)
        log.signer = notes.Signer.generate(f"log.example/{seed}")
        (watcher.folder / "logs").write_text(str(log.signer.key))
        here = witness.Witness(watcher.folder)
        there = witness.Witness(watcher.folder)  # another process has locks of its own
        requests = []
        for _ in range(6):
            fork = Log(seed, log.signer)
            fork.rng = log.rng
            fork.leaves = [log.leaf() for _ in range(9)]
            requests.append(fork.request(0))
        results = together(
            6,
            lambda i, r=requests, a=here, b=there: witness.answer((a, b)[i % 2], r[i])[0],
        )
        assert sorted(results) == [200, 409, 409, 409, 409, 409]


def test_what_was_cosigned_is_on_disk_before_the_answer(watcher, signer, monkeypatch):
    log = Log(3, signer)

    def full(*_):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(witness, "write_whole", full)
        assert _answer(watcher, log.request(0))[0] == 500
    assert watcher.last(signer.name) == (0, merkle.EMPTY_ROOT)
    assert _answer(watcher, log.request(0))[0] == 200
    assert witness.Witness(watcher.folder).last(signer.name) == (len(log.leaves), log.root())


def test_a_damaged_memory_stops_the_witness_instead_of_starting_over(watcher, signer):
    log = Log(4, signer)
    assert _answer(watcher, log.request(0))[0] == 200
    watcher._state(signer.name).write_text("{")
    assert _answer(watcher, log.request(0))[0] == 500


@pytest.mark.parametrize(
    "body",
    [b"", b"old 0", b"old 0\n\n", b"\xff\xfe", b"old x\n\no\n1\nr\n\n\xe2\x80\x94 o AAAA\n",
     b"old 00\n\no\n1\nr\n\n\xe2\x80\x94 o AAAA\n", b"old 0\n\no\n-1\n" + b"A" * 44 + b"\n\nx\n",
     b"old 0\n" + b"A\n" * 70 + b"\no\n1\nr\n\n\xe2\x80\x94 o AAAA\n", b"old 0\n\n\n\n\n\n"],
)  # fmt: skip
def test_malformed_requests_are_refused(watcher, body):
    assert _answer(watcher, body)[0] == 400


def test_mutilated_requests_never_crash_it(watcher, signer):
    log, rng = Log(5, signer), random.Random(5)
    good = log.request(0)
    for _ in range(400):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        if bytes(data) != good:
            assert _answer(watcher, bytes(data))[0] in (400, 403, 404, 409)


def test_the_witness_is_one_file_that_knows_nothing_of_this_project(tmp_path, signer):
    source = Path(witness.__file__)
    copied = tmp_path / "elsewhere.py"
    copied.write_text(source.read_text())
    folder = tmp_path / "w"
    log = Log(6, signer)
    request = tmp_path / "request"
    request.write_bytes(log.request(0))

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-I", "-c",
             "import sys, runpy; sys.argv = sys.argv[1:]\n"
             "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
             "finally: assert not any(m.split('.')[0] in ('anze', 'django') for m in sys.modules)",
             str(copied), *map(str, arguments)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    made = run("init", "--dir", folder, "--name", "a/w", "--log", signer.key)
    assert notes.Key.parse(made.stdout.strip()).kind == notes.COSIGNATURE, made.stderr
    assert (folder / "witness.key").stat().st_mode & 0o777 == 0o600
    assert run("cosign", "--dir", folder, request).stdout.startswith("— a/w ")
    again = run("cosign", "--dir", folder, request)
    assert (again.returncode, again.stdout.split()[0]) == (1, "409")


@pytest.fixture
def served(tmp_path, settings):
    """Two witnesses over HTTP that follow this ledger, trusted in the settings."""
    running, watchers = [], []
    for name in ("w1", "w2"):
        key = str(checkpoints.signer().key)
        watchers.append(witness.init(tmp_path / name, f"office.example/{name}", [key]))
        server = witness.server(watchers[-1], "127.0.0.1", 0)
        running.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    settings.ANZE_WITNESSES = [
        f"http://127.0.0.1:{server.server_port} {watcher.key}"
        for server, watcher in zip(running, watchers, strict=True)
    ]
    yield running, watchers
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.mark.django_db
def test_without_witnesses_nothing_is_claimed(drill):
    assert selectors.protection().text == "未防管理员"
    drill(1)
    checkpoints.make()
    assert selectors.protection().witnesses == 0
    assert selectors.protection().text == "未防管理员"


@pytest.mark.django_db
def test_with_witnesses_exactly_what_they_signed_is_claimed(drill, served):
    drill(1)
    assert selectors.protection().text == "未防管理员"
    assert witnessing.submit_to_all(checkpoints.make()) == []
    assert selectors.protection().text == "前 1 条已由 2 个外部见证方联署"
    drill(2)
    drill(3)
    claim = selectors.protection()
    assert claim.text == "前 1 条已由 2 个外部见证方联署；其后 2 条未防管理员"
    assert (claim.witnesses, claim.size, claim.total) == (2, 1, 3)
    call_command("ledger", "checkpoint")
    assert selectors.protection().text == "前 3 条已由 2 个外部见证方联署"
    assert verify.verify().findings == []
    assert verify.verify().notices == []


@pytest.mark.django_db
def test_a_witness_nobody_configured_counts_for_nothing(drill, served, settings):
    drill(1)
    witnessing.submit_to_all(checkpoints.make())
    settings.ANZE_WITNESSES = settings.ANZE_WITNESSES[:1]
    assert selectors.protection().witnesses == 1
    settings.ANZE_WITNESSES = []
    assert selectors.protection().text == "未防管理员"


@pytest.mark.django_db
def test_one_key_under_two_names_is_one_witness(drill, served, settings):
    _, (first, second) = served
    seed = (first.folder / "witness.key").read_text().split()[1]
    (second.folder / "witness.key").write_text(f"office.example/w2 {seed}\n")
    second.__init__(second.folder)
    settings.ANZE_WITNESSES = [
        settings.ANZE_WITNESSES[0],
        f"{settings.ANZE_WITNESSES[1].split()[0]} {second.key}",
    ]
    drill(1)
    assert witnessing.submit_to_all(checkpoints.make()) == []
    assert Cosignature.objects.count() == 2
    assert selectors.protection().witnesses == 1


@pytest.mark.django_db
def test_a_silent_or_lying_witness_is_an_error_that_is_told(drill, served, settings):
    drill(1)
    running, _ = served
    url, _, key = settings.ANZE_WITNESSES[0].partition(" ")
    other = str(notes.Signer.generate("office.example/w1").cosigner_key)
    settings.ANZE_WITNESSES = [f"http://127.0.0.1:1 {key}", f"{url} {other}"]
    failures = witnessing.submit_to_all(checkpoints.make())
    assert len(failures) == 2
    assert "cannot be reached" in failures[0]
    assert "without a cosignature that holds" in failures[1]
    with pytest.raises(CommandError, match="cannot be reached"):
        call_command("ledger", "checkpoint")
    assert selectors.protection().witnesses == 0


@pytest.mark.django_db
def test_a_ledger_that_forgot_its_cosignatures_asks_the_witness_where_it_stood(drill, served):
    drill(1)
    witnessing.submit_to_all(checkpoints.make())
    tamper("DELETE FROM ledger_cosignature WHERE id > %s", [0])
    drill(2)
    assert witnessing.submit_to_all(checkpoints.make()) == []
    assert selectors.protection().size == 2


@pytest.mark.django_db
def test_a_ledger_restored_from_an_old_backup_is_refused(drill, served):
    for i in range(3):
        drill(i)
    witnessing.submit_to_all(checkpoints.make())
    for table in ("cosignature", "checkpoint"):
        tamper(f"DELETE FROM ledger_{table} WHERE id > %s", [0])
    tamper("DELETE FROM ledger_leaf WHERE n > %s", [1])
    failures = witnessing.submit_to_all(checkpoints.make())
    assert len(failures) == 2
    assert all("409" in failure for failure in failures)


@pytest.mark.django_db
def test_a_rewritten_ledger_is_refused_and_seen_on_the_page(drill, served):
    drill(1)
    drill(2)
    witnessing.submit_to_all(checkpoints.make())
    tamper("UPDATE ledger_leaf SET hash = %s WHERE n = %s", [b"x" * 32, 1])
    claim = selectors.protection()
    assert claim.broken
    assert "不符" in claim.text
    with pytest.raises(checkpoints.HistoryBrokenError):
        checkpoints.make()


@pytest.mark.django_db
def test_a_forged_cosignature_in_the_table_counts_for_nothing(drill, served):
    drill(1)
    witnessing.submit_to_all(checkpoints.make())
    stranger = notes.Signer.generate("office.example/w1")
    line = str(stranger.cosign(notes.Note.parse(Checkpoint.objects.get().note.encode()).text, 1))
    tamper("UPDATE ledger_cosignature SET line = %s WHERE id > %s", [line, 0])
    assert selectors.protection().text == "未防管理员"
    assert sum("联署不成立" in finding for finding in verify.verify().findings) == 2


@pytest.mark.django_db
def test_the_served_witness_answers_by_the_rules_of_http(served):
    running, watchers = served
    for method, path, headers, status in (
        ("GET", "/", {}, 200),
        ("POST", "/other", {"Content-Length": "0"}, 404),
        ("POST", "/add-checkpoint", {"Content-Length": str(10**9)}, 413),
    ):
        line = HTTPConnection("127.0.0.1", running[0].server_port, timeout=5)
        line.putrequest(method, path)
        for name, value in headers.items():
            line.putheader(name, value)
        line.endheaders()
        answer = line.getresponse()
        assert answer.status == status
        if method == "GET":
            assert watchers[0].key in answer.read().decode()
        line.close()


def test_the_console_command_hands_on_to_the_witness(tmp_path, signer, capsys):
    call_command("witness", "init", "--dir", str(tmp_path / "w"), "--name", "a/w")
    assert capsys.readouterr().out.startswith("a/w+")
    call_command("witness", "init", "--dir", str(tmp_path / "w"), "--log", str(signer.key))
    assert (tmp_path / "w" / "logs").read_text().strip() == str(signer.key)

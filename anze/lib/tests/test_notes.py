"""Notes and checkpoints read as the specification says, and only true signatures hold."""

import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from anze.lib import merkle, notes
from anze.lib.notes import Checkpoint, Key, Line, Note, NoteError, Signer

# The example of Go's sumdb/note package and of the cosignature specification (public facts).
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
NEUMANN_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NEUMANN_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
    "KE6RyyBwJnAM="
)
SOFA = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501

LOG = Signer("anze.example/wujin", Ed25519PrivateKey.from_private_bytes(bytes(32)))
WITNESS = Signer("witness.example/one", Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
CHECKPOINT = Checkpoint("anze.example/wujin", 8, merkle.leaf_hash(b"x"))


def cosigned_note(time: int = 1_790_000_000) -> Note:
    note = CHECKPOINT.sign(LOG)
    return note.signed(WITNESS.cosign(note.text, time))


def test_the_example_of_the_go_package_verifies():
    note = Note.parse(f"{NEUMANN_TEXT}\n{NEUMANN_LINE}\n".encode())
    assert note.text == NEUMANN_TEXT
    assert [found.key.name for found in notes.verify(note, [Key.parse(NEUMANN)])] == [
        "PeterNeumann"
    ]


def test_signing_with_the_key_of_the_go_example_gives_its_signature():
    assert str(Signer.parse(NEUMANN_SECRET).sign(NEUMANN_TEXT)) == NEUMANN_LINE


def test_the_key_of_the_go_checksum_database_reads_and_writes_the_same():
    text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    assert str(Key.parse(text)) == text


def test_the_checkpoint_of_the_cosignature_specification_is_read():
    note = Note.parse(SOFA.encode())
    checkpoint = notes.parse_checkpoint(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.text == note.text
    assert bytes(note).decode() == SOFA
    assert int.from_bytes(note.lines[1].signature[:8], "big") == 1_679_315_147


def test_a_secret_reads_back_and_is_not_shown():
    secret = LOG.secret()
    assert Signer.parse(secret).key == LOG.key
    assert secret.rsplit("+", 1)[1] not in repr(LOG)


def test_a_signed_checkpoint_opens_with_the_key_of_its_log():
    data = bytes(CHECKPOINT.sign(LOG))
    assert notes.open_checkpoint(data, LOG.key)[0] == CHECKPOINT


def test_a_checkpoint_of_another_origin_does_not_open():
    data = bytes(Checkpoint("anze.example/other", 8, CHECKPOINT.root).sign(LOG))
    with pytest.raises(NoteError, match="not of"):
        notes.open_checkpoint(data, LOG.key)


def test_a_checkpoint_signed_by_nobody_known_does_not_open():
    with pytest.raises(NoteError, match="no known key"):
        notes.open_checkpoint(bytes(CHECKPOINT.sign(WITNESS)), LOG.key)


def test_a_cosignature_says_who_saw_the_tree_and_when():
    found = notes.verify(cosigned_note(1_790_000_001), [WITNESS.cosigner_key])
    assert [(f.key.name, f.time) for f in found] == [("witness.example/one", 1_790_000_001)]


def test_a_witness_who_signed_twice_counts_once_with_the_later_time():
    note = cosigned_note(20)
    note = note.signed(WITNESS.cosign(note.text, 30), WITNESS.cosign(note.text, 10))
    assert [f.time for f in notes.verify(note, [WITNESS.cosigner_key])] == [30]


def test_a_plain_signature_is_no_cosignature():
    note = CHECKPOINT.sign(WITNESS)
    with pytest.raises(NoteError, match="no known key"):
        notes.verify(note, [WITNESS.cosigner_key])


def test_a_changed_time_breaks_the_cosignature():
    note = cosigned_note(1_790_000_000)
    line = note.lines[1]
    later = Line(line.name, line.key_id, (1_790_000_001).to_bytes(8, "big") + line.signature[8:])
    with pytest.raises(NoteError, match="does not hold"):
        notes.verify(Note(note.text, (later,)), [WITNESS.cosigner_key])


def test_unknown_signatures_are_ignored_but_a_false_known_one_spoils_the_note():
    good = CHECKPOINT.sign(LOG)
    stranger = Line("stranger.example", b"abcd", b"whatever")
    assert notes.verify(good.signed(stranger), [LOG.key])
    false = Line(LOG.name, LOG.key.id, bytes(64))
    with pytest.raises(NoteError, match="does not hold"):
        notes.verify(good.signed(false), [LOG.key])


def test_a_line_that_shares_only_name_or_only_id_with_a_known_key_is_ignored():
    good = CHECKPOINT.sign(LOG)
    other_id = Line(LOG.name, b"abcd", bytes(64))
    other_name = Line("stranger.example", LOG.key.id, bytes(64))
    assert len(notes.verify(good.signed(other_id, other_name), [LOG.key])) == 1


def test_any_change_of_the_text_breaks_every_signature():
    note = cosigned_note()
    text = note.text.replace("\n8\n", "\n9\n")
    for key in (LOG.key, WITNESS.cosigner_key):
        with pytest.raises(NoteError, match="does not hold"):
            notes.verify(Note(text, note.lines), [key])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+c74f20a3",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10",
        "PeterNeumann+c74f20a3+BRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+é",
    ],
)
def test_malformed_keys_are_refused(text):
    with pytest.raises(NoteError):
        Key.parse(text)


@pytest.mark.parametrize("text", ["", NEUMANN, NEUMANN_SECRET[:-4], "PRIVATE+KEY+" + NEUMANN])
def test_malformed_secrets_are_refused(text):
    with pytest.raises(NoteError):
        Signer.parse(text)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.replace("20852163", "020852163"),
        lambda s: s.replace("20852163", "-1"),
        lambda s: s.replace("20852163", ""),
        lambda s: s.replace("20852163", "２０"),
        lambda s: s.replace("20852163", "9" * 19),
        lambda s: s.replace("20852163", "9" * 30),
        lambda s: s.replace("q2I=", "q2J="),
        lambda s: s.replace("q2I=", ""),
        lambda s: "\n" + s,
        lambda s: s + "extension\n",
        lambda s: s[:-1],
    ],
)
def test_malformed_checkpoints_are_refused(change):
    text = Note.parse(SOFA.encode()).text
    with pytest.raises(NoteError):
        notes.parse_checkpoint(change(text))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"text\n",
        b"text\n\n",
        b"text\n\nnot a signature\n",
        SOFA.encode()[:-1],
        SOFA.replace("—", "-").encode(),
        SOFA.replace("\n", "\r\n").encode(),
        SOFA.replace("Az3g", "Az3*").encode(),
        SOFA.encode() + b"\xff",
        ("text\n\n" + "— name AAAAAAA=\n" * 65).encode(),
        b"x" * 70_000 + SOFA.encode(),
    ],
)
def test_malformed_notes_are_refused(data):
    with pytest.raises(NoteError):
        Note.parse(data)


def test_a_hundred_thousand_random_frames_raise_nothing_but_the_declared_error():
    rng = random.Random(20_261_123)
    seeds = [SOFA.encode(), bytes(cosigned_note()), f"{NEUMANN_TEXT}\n{NEUMANN_LINE}\n".encode()]
    pieces = [b"\n", b"\n\n", "— ".encode(), b" ", b"+", b"=", b"\x00", b"\xff", b"9" * 20, b"A"]
    keys = [LOG.key, WITNESS.cosigner_key, Key.parse(NEUMANN)]
    read = held = 0
    for _ in range(100_000):
        frame = bytearray(rng.choice(seeds))
        for _ in range(rng.randint(1, 3)):
            where = rng.randrange(len(frame) + 1)
            match rng.randrange(3):
                case 0:
                    frame[where:where] = rng.choice(pieces)
                case 1:
                    del frame[where : where + rng.randint(1, 30)]
                case _:
                    frame[where : where + 1] = bytes([rng.randrange(256)])
        try:
            note = Note.parse(bytes(frame))
            read += 1
            assert bytes(note) == bytes(frame)
            notes.parse_checkpoint(note.text)
            notes.verify(note, keys)
        except NoteError:
            continue
        held += 1
        assert note.text in (CHECKPOINT.text, NEUMANN_TEXT)
    assert read > held > 0

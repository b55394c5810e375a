"""Whatever the files say, the loader answers with a pack or with a PackError."""

import random

from anze.kernel.packs import loader
from anze.kernel.packs.faults import PackError
from anze.kernel.packs.tests.core_kinds import CORE
from anze.kernel.packs.tests.small import files
from anze.kernel.packs.yamltree import YamlFault, read

BITS = [
    b"&a ", b"*a", b"!!str ", b"!x ", b": ", b"- ", b"\n", b"  ", b"{", b"}", b"[", b"]", b'"',
    b"'", b"#", b"\t", b"\x00", b"\xff", b"\xe5\xae", b"|\n", b">\n", b"null", b"1.5", b"true",
    b"? ", b"---\n", b"...\n", b"%YAML 1.1\n", b"9" * 30, b"<<: ", b"ref: X", b"\xe2\x80\xa8",
    b"- [[[[", b"fact: x.y", b"any_of: []", b"with: 3", b"-1", b"@", b"`", b"where: {a: {}}",
]  # fmt: skip


def mutated(chance: random.Random, content: bytes) -> bytes:
    text = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(4):
            case 0:
                text[at:at] = chance.choice(BITS)
            case 1:
                del text[at : at + chance.randint(1, 12)]
            case 2:
                text[at : at + 1] = bytes([chance.randrange(256)])
            case _:
                start = chance.randrange(len(text) + 1)
                text[at:at] = text[start : start + chance.randint(1, 40)]
    return bytes(text)


def refusal(ask, expected):
    """Return the expected refusal, or None; any other exception passes through and fails."""
    try:
        ask()
    except expected as error:
        return error
    return None


def parse(pack):
    return lambda: loader.parse(pack, kinds=CORE)


def test_no_mutated_file_makes_the_reader_fail_otherwise():
    chance, refused = random.Random(20261123), 0
    sources = list(files().values())
    for _ in range(95_000):
        text = mutated(chance, chance.choice(sources))
        if fault := refusal(lambda text=text: read(text), YamlFault):
            refused += 1
            assert fault.message
            assert fault.line >= 1
    assert refused > 20_000


def test_no_mutated_pack_makes_the_loader_fail_otherwise():
    chance, refused = random.Random(4), 0
    names = list(files())
    for _ in range(2_500):
        pack = files()
        name = chance.choice(names)
        pack[name] = mutated(chance, pack[name])
        if error := refusal(parse(pack), PackError):
            refused += 1
            assert error.faults
            assert str(error)
    assert refused > 1_200


def test_no_misplaced_value_makes_the_loader_fail_otherwise():
    """Well-formed YAML of the wrong shape, anywhere: the schema and the checks must hold."""
    chance, refused = random.Random(7), 0
    values = ["3", "true", "[]", "{}", '"x"', "[[1]]", "{a: {b: 1}}", "-1", "[principal, 3]"]
    for _ in range(2_500):
        pack = files()
        name = chance.choice(list(pack))
        lines = pack[name].decode().splitlines()
        at = chance.randrange(len(lines))
        head, colon, _rest = lines[at].partition(": ")
        lines[at] = f"{head}{colon}{chance.choice(values)}"
        pack[name] = "\n".join(lines).encode()
        if error := refusal(parse(pack), PackError):
            refused += 1
            assert error.faults
    assert refused > 1_200

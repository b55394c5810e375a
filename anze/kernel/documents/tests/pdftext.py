"""Read the words back out of a PDF of ours, the way a reader program copies them.

Just enough of the format for what typst writes: no object streams, fonts of Identity-H with a
ToUnicode map. What it cannot read it refuses, so that no test passes by reading nothing.
"""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\s*(.*?)\s*endobj", re.S)
_FONT = re.compile(rb"/([A-Za-z0-9]+) [\d.-]+ Tf")
_ACTUAL = re.compile(rb"/ActualText\s*(<[^>]*>|\((?:\\.|[^\\()])*\))", re.S)
_HEX = re.compile(rb"<([0-9A-Fa-f]+)>")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of(pdf: bytes) -> str:
    """Return the words of every page in the order they are drawn."""
    objects = {int(m[1]): m[2] for m in _OBJECT.finditer(pdf)}
    pages = [body for body in objects.values() if re.search(rb"/Type\s*/Page\b", body)]
    if not pages:
        raise ValueError("no pages")
    return "".join(_page(body, objects) for body in pages)


def _page(body: bytes, objects: dict[int, bytes]) -> str:
    resources = objects[_ref(body, b"Resources")]
    fonts = re.search(rb"/Font\s*<<(.*?)>>", resources, re.S)
    named = re.findall(rb"/([A-Za-z0-9]+)\s+(\d+) 0 R", fonts[1]) if fonts else []
    maps = {name: _unicode(objects, int(number)) for name, number in named}
    content = _stream(objects[_ref(body, b"Contents")])
    return _shown(_ACTUAL.sub(b"", content), maps)


def _ref(body: bytes, key: bytes) -> int:
    found = re.search(rb"/" + key + rb"\s+(\d+) 0 R", body)
    if not found:
        raise ValueError(f"no {key!r}")
    return int(found[1])


def _stream(body: bytes) -> bytes:
    head, _, rest = body.partition(b"stream")
    data = rest.removeprefix(b"\r").removeprefix(b"\n")
    if b"FlateDecode" in head:
        return zlib.decompressobj().decompress(data)
    return data


def _unicode(objects: dict[int, bytes], font: int) -> dict[int, str]:
    cmap = _stream(objects[_ref(objects[font], b"ToUnicode")])
    found = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.S):
        for glyph, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>", block):
            found[int(glyph, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    if b"beginbfrange" in cmap:
        raise ValueError("ranges are not read here")
    return found


def _shown(content: bytes, maps: dict[bytes, dict[int, str]]) -> str:
    out: list[str] = []
    font: dict[int, str] = {}
    at = 0
    while at < len(content):
        if found := _FONT.match(content, at):
            font, at = maps[found[1]], found.end()
        elif content[at : at + 1] == b"(" or (hexed := _HEX.match(content, at)):
            if content[at : at + 1] == b"(":
                codes, at = _literal(content, at + 1)
            else:
                codes, at = bytes.fromhex(hexed[1].decode()), hexed.end()
            pairs = (codes[one : one + 2] for one in range(0, len(codes), 2))
            out += [font.get(int.from_bytes(pair, "big"), "\ufffd") for pair in pairs]
        else:
            at += 1
    return "".join(out)


def _literal(content: bytes, at: int) -> tuple[bytes, int]:
    """Return the bytes of a string in parentheses, and where it ends."""
    out, depth = bytearray(), 1
    while True:
        one = content[at : at + 1]
        if one == b"\\":
            octal = re.match(rb"[0-7]{1,3}", content[at + 1 : at + 4])
            said = octal[0] if octal else content[at + 1 : at + 2]
            out += bytes([int(said, 8) & 255]) if octal else _ESCAPES.get(said, said)
            at += 1 + len(said)
            continue
        depth += (one == b"(") - (one == b")")
        at += 1
        if not depth:
            return bytes(out), at
        out += one

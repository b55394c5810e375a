"""A drawn picture to hand in, made without the product."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw


def photo(words: str) -> dict[str, object]:
    """Return a small JPEG as Playwright hands it to a file input."""
    image = Image.new("RGB", (320, 240), (206, 216, 226))
    ImageDraw.Draw(image).text((20, 110), words, fill=(50, 60, 70))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}


def noise(wide: int, high: int) -> bytes:
    """Return a JPEG that cannot be made small: for uploads that take more than one piece."""
    image = Image.frombytes("RGB", (wide, high), random.Random(wide).randbytes(wide * high * 3))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()

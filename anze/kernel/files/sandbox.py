"""Run the decoder in a child with limits, so that no upload can hurt the process that serves."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from anze.kernel.bus.errors import Refused

WALL_SECONDS = 60
_DECODER = Path(__file__).with_name("decoder.py")
# Two at a time: four photos from each of thirty phones must wait, not fill the machine.
_places = threading.BoundedSemaphore(2)

_REASONS = {
    "broken": ("文件不完整或已损坏", "请确认它在本机能打开，再传一次；照片可以重拍。"),
    "too_many_pixels": ("图片超过 4000 万像素", "请用手机相册或画图工具缩小后再传。"),
    "too_thin": ("图片过于细长", "请裁成几张分别上传。"),
    "too_heavy": ("图片太大，处理不了", "请缩小后再传。"),
    "bomb": ("文件解开后大得不正常", "请在 Word 或 Excel 里打开，另存为新文件后再传。"),
    "locked": ("文件加了密码", "请去掉密码另存后再传。"),
    "archive": ("压缩包不收", "请解压后把里面的文件分别上传。"),
    "macros": ("文件带有宏", "请另存为不带宏的 docx 或 xlsx 后再传。"),
    "entities": ("文件里有不该有的内容（外部实体）", "请在 Word 或 Excel 里另存为新文件后再传。"),
    "remote": ("文件引用了网上的模板", "请在 Word 里去掉模板引用，另存后再传。"),
}


@dataclass(frozen=True)
class Decoded:
    """What the child found. ``shown`` and ``thumb`` are empty for documents, which are kept."""

    mime: str
    width: int = 0
    height: int = 0
    shown: bytes = b""
    thumb: bytes = b""
    taken_at: datetime | None = None
    lat: str = ""
    lon: str = ""
    device: str = ""


def decode(data: bytes, mime: str) -> Decoded:
    """Return what lies in the bytes of a sniffed type; raise Refused with reason and remedy."""
    with _places:
        try:
            done = subprocess.run(
                [sys.executable, "-I", str(_DECODER), mime],
                input=data,
                capture_output=True,
                timeout=WALL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _refusal("too_heavy") from None
    head, _, rest = done.stdout.partition(b"\n")
    if done.returncode != 0 or not head:
        raise _refusal("too_heavy" if done.returncode < 0 else "broken")
    answer = json.loads(head)
    if "refused" in answer:
        raise _refusal(answer["refused"])
    shown, thumb = _split(rest, answer.pop("sizes"))
    taken = answer.pop("taken_at", None)
    moment = datetime.fromisoformat(taken) if taken else None
    return Decoded(shown=shown, thumb=thumb, taken_at=moment, **answer)


def _split(rest: bytes, sizes: list[int]) -> tuple[bytes, bytes]:
    if not sizes:
        return b"", b""
    return rest[: sizes[0]], rest[sizes[0] : sizes[0] + sizes[1]]


def _refusal(code: str) -> Refused:
    message, remedy = _REASONS.get(code, _REASONS["broken"])
    return Refused(message, remedy=remedy)

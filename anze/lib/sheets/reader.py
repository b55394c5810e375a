"""Reading an untrusted table. What is heavy or hostile happens in a child with hard limits."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from anze.lib.sheets.model import Merge, Row, Sheet, SheetError

_CHILD = str(Path(__file__).with_name("child.py"))
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

TOO_BIG = "表格展开后太大，已拒绝读取。请删去图片和多余的行列，或分成几个文件后重新上传。"
BROKEN = "表格无法读取，可能已损坏。请用 Excel 或 WPS 打开，另存为 .xlsx 后重新上传。"
NOT_A_TABLE = "这不是可以读取的表格。请用 Excel 或 WPS 另存为 .xlsx 后重新上传。"
IN_DISGUISE = (
    "这个文件虽然叫表格，内容其实是网页或 XML。请用 Excel 或 WPS 打开，另存为 .xlsx 后重新上传。"
)
LOCKED = "表格设有打开密码，无法读取。请取消密码后重新上传。"


@dataclass(frozen=True)
class Limits:
    """What a file may cost. Sizes in bytes, times in seconds, text in characters."""

    file_bytes: int = 20 * 2**20
    unpacked_bytes: int = 200 * 2**20
    ratio: int = 100
    entries: int = 1_000
    cells: int = 400_000
    text: int = 40_000_000
    memory_bytes: int = 2**30
    cpu_seconds: int = 30
    wall_seconds: int = 60


LIMITS = Limits()


def read_sheets(data: bytes, limits: Limits = LIMITS) -> list[Sheet]:
    """Return all sheets of an .xlsx, .xls or .csv file, told apart by content and not by name.

    Every value is text as a person sees it: whole numbers without ``.0``, dates as ISO, TRUE and
    FALSE; numbers to 15 digits without their display format (0.95 for 95%). A .csv (UTF-8, UTF-16
    with mark, or GB 18030) is one sheet named "". Raises SheetError, never anything else, for a
    file that cannot or must not be read.
    """
    if len(data) > limits.file_bytes:
        raise SheetError(
            f"文件有 {len(data) / 2**20:.1f} MB，超过 {limits.file_bytes // 2**20} MB。"
            "请删去图片和多余的行列，或分成几个文件后重新上传。"
        )
    if not data.strip(b"\x00\r\n\t "):
        raise SheetError("文件是空的，请选择填好的表格后重新上传。")
    if data.startswith(_ZIP):
        _check_archive(data, limits)
        return _read_in_child(data, limits)
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise SheetError(LOCKED)
        return _read_in_child(data, limits)
    return [_read_csv(data, limits)]


def _check_archive(data: bytes, limits: Limits) -> None:
    """Refuse by the archive's own directory, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        raise SheetError(BROKEN) from None
    unpacked = sum(entry.file_size for entry in entries)
    if (
        len(entries) > limits.entries
        or unpacked > limits.unpacked_bytes
        or unpacked > limits.ratio * len(data)
        or any(_is_bomb(entry, limits) for entry in entries)
    ):
        raise SheetError(TOO_BIG)
    if any(entry.flag_bits & 1 for entry in entries):
        raise SheetError(LOCKED)
    if "xl/workbook.xml" not in {entry.filename for entry in entries}:
        raise SheetError(NOT_A_TABLE)


def _is_bomb(entry: zipfile.ZipInfo, limits: Limits) -> bool:
    # A part of a few kilobytes may well shrink a hundredfold; it cannot hurt either.
    return entry.file_size > 2**20 and entry.file_size > limits.ratio * entry.compress_size


def _read_in_child(data: bytes, limits: Limits) -> list[Sheet]:
    command = [sys.executable, "-I", _CHILD, json.dumps(asdict(limits))]
    try:
        done = subprocess.run(
            command,
            input=data,
            capture_output=True,
            timeout=limits.wall_seconds,
            check=False,
            env={"LC_ALL": "C.UTF-8"},  # the parent's environment may hold secrets
        )
    except subprocess.TimeoutExpired:
        raise SheetError(TOO_BIG) from None
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGABRT):
        raise SheetError(TOO_BIG)  # out of time or memory
    if done.returncode:
        raise SheetError(BROKEN)
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise SheetError(_MESSAGES.get(answer["error"], answer["error"]))
    return [_sheet(item) for item in answer["sheets"]]


_MESSAGES = {"too big": TOO_BIG, "broken": BROKEN, "locked": LOCKED}


def _sheet(item: dict[str, list[list[object]]]) -> Sheet:
    name, hidden = str(item["name"]), bool(item["hidden"])
    rows = tuple(
        Row(int(str(number)), tuple(_texts(cells)), bool(off), frozenset(_numbers(damaged)))
        for number, cells, off, damaged in item["rows"]
    )
    merged = tuple(Merge(*_numbers(edges)) for edges in item["merged"])
    return Sheet(name, rows, merged, hidden)


def _texts(cells: object) -> Iterable[str]:
    assert isinstance(cells, list)
    return (str(cell) for cell in cells)


def _numbers(values: object) -> list[int]:
    assert isinstance(values, list)
    return [int(value) for value in values]


def _read_csv(data: bytes, limits: Limits) -> Sheet:
    text = _decode(data)
    start = text.lstrip()[:200].lower()
    if start.startswith(("<html", "<!doctype", "<table", "<?xml", "<head", "<meta", "{\\rtf")):
        raise SheetError(IN_DISGUISE)
    if "\x00" in text:
        raise SheetError(NOT_A_TABLE)
    delimiter = _delimiter(text)
    # An upper bound of the cells, before a line of twenty million commas becomes a list.
    if text.count(delimiter) + text.count("\n") + text.count("\r") > 4 * limits.cells:
        raise SheetError(TOO_BIG)
    rows, cells = [], 0
    try:
        # The number of a row is its place among the records, which is what a spreadsheet shows.
        for number, record in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), 1):
            while record and not record[-1].strip():
                record.pop()
            cells += len(record)
            if cells > limits.cells:
                raise SheetError(TOO_BIG)
            if record:
                rows.append(Row(number, tuple(cell.strip() for cell in record)))
    except csv.Error:
        raise SheetError(BROKEN) from None
    return Sheet("", tuple(rows))


def _decode(data: bytes) -> str:
    encodings = ["utf-8-sig", "gb18030"]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError(NOT_A_TABLE)


def _delimiter(text: str) -> str:
    head = "\n".join(text.splitlines()[:20]) if len(text) < 100_000 else text[:20_000]
    return max(",\t;", key=head.count)

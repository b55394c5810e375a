"""The process that parses a workbook: limits first, then the bytes from stdin, JSON to stdout.

Run by path and isolated (``python -I child.py LIMITS``), it imports nothing of the project, holds
no secrets and may die: the parent takes any death for a file that must not be read.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NoReturn
from xml.parsers import expat

_REL_SPACES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",  # the strict flavour
)
_TRUE = ("1", "true", "on")


class Refused(Exception):
    """The file must not be read; the argument is a word the parent knows, or a Chinese sentence."""


@dataclass
class Outline:
    """What the parsing library does not tell: hidden rows, #N/A and its kin, and the reach."""

    hidden: set[int] = field(default_factory=set)
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    last_row: int = 0
    last_column: int = 0


@dataclass
class Budget:
    """What may still be read: a rectangle's cells (each sheet), cells and characters (in all)."""

    reach: int
    cells: int
    text: int

    def spend(self, cells: list[str]) -> None:
        """Take a row from what is left; refuse when nothing is."""
        self.cells -= len(cells)
        self.text -= sum(map(len, cells))
        if self.cells < 0 or self.text < 0:
            raise Refused("too big")


def main() -> None:
    """Read stdin, write one JSON object: ``{"sheets": […]}`` or ``{"error": word}``."""
    limits: dict[str, int] = json.loads(sys.argv[1])
    _limit("RLIMIT_AS", limits["memory_bytes"])
    _limit("RLIMIT_CPU", limits["cpu_seconds"])
    _limit("RLIMIT_FSIZE", 0)
    _limit("RLIMIT_CORE", 0)
    try:
        answer: dict[str, Any] = {"sheets": read(sys.stdin.buffer.read(), limits)}
    except Refused as refusal:
        answer = {"error": str(refusal)}
    except MemoryError:
        answer = {"error": "too big"}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))


def read(data: bytes, limits: dict[str, int]) -> list[dict[str, Any]]:
    """Return the sheets of a workbook as plain data; raise Refused."""
    import python_calamine as calamine

    outlines = read_outlines(data, limits) if data.startswith(b"PK") else {}
    try:
        with calamine.load_workbook(io.BytesIO(data)) as book:
            budget = Budget(limits["cells"], limits["cells"], limits["text"])
            return [
                _sheet(book.get_sheet_by_index(index), meta, outlines, budget)
                for index, meta in enumerate(book.sheets_metadata)
                if meta.typ == calamine.SheetTypeEnum.WorkSheet
            ]
    except calamine.PasswordError:
        raise Refused("locked") from None
    except (calamine.CalamineError, OSError, ValueError):
        raise Refused("broken") from None


def _limit(name: str, value: int) -> None:
    resource.setrlimit(getattr(resource, name), (value, value))


def _sheet(sheet: Any, meta: Any, outlines: dict[str, Outline], budget: Budget) -> dict[str, Any]:
    outline = outlines.get(meta.name, Outline())
    # Formats without an outline are measured only here; the memory limit guards the step before.
    bottom, right = sheet.end or (-1, -1)
    check_reach(meta.name, bottom + 1, right + 1, budget.reach)
    rows = []
    for number, values in enumerate(sheet.to_python(skip_empty_area=False), 1):
        cells = [as_text(value) for value in values]
        # Errors of formulas, which a person sees, where the library gives nothing.
        for column, text in outline.errors.get(number, {}).items():
            cells[column - 1 : column] = [text]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        budget.spend(cells)
        damaged = [column for column, value in enumerate(values, 1) if is_damaged(value)]
        rows.append([number, cells, number in outline.hidden, damaged])
    merged = [
        [top + 1, left_edge + 1, bottom + 1, right + 1]
        for (top, left_edge), (bottom, right) in sheet.merged_cell_ranges or []
    ]
    hidden = str(meta.visible) != "SheetVisibleEnum.Visible"
    return {"name": meta.name, "rows": rows, "merged": merged, "hidden": hidden}


def check_reach(name: str, row: int, column: int, cells: int) -> None:
    """Refuse a sheet whose used rectangle, down to ``row`` and ``column``, is too large."""
    if row * column > cells:
        raise Refused(
            f"工作表“{name}”的内容一直到第 {row} 行、第 {column} 列，超过 {cells} 个单元格。"
            "请删去多余的行列（含看不见的内容），或分成几个文件后重新上传。"
        )


def as_text(value: object) -> str:
    """Return a cell's value as a person sees it."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, datetime):
        if value.time() == time(0):
            return value.date().isoformat()
        return f"{value.date().isoformat()} {_clock(value.time())}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return _clock(value)
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return "" if value is None else str(value)


def is_damaged(value: object) -> bool:
    """Tell whether a number has more digits than a spreadsheet keeps."""
    return type(value) in (int, float) and abs(value) >= 10**15  # type: ignore[arg-type]


def _number(value: int | float) -> str:
    text = f"{value:.15g}"  # the digits a spreadsheet keeps: 0.1 + 0.2 shows as 0.3
    return f"{Decimal(text):f}" if "e" in text else text


def _clock(value: time) -> str:
    return value.strftime("%H:%M:%S" if value.second else "%H:%M")


def read_outlines(data: bytes, limits: dict[str, int]) -> dict[str, Outline]:
    """Return sheet name -> Outline of an .xlsx, refusing DTDs and sheets that reach too far."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            targets = _targets(archive)
            outlines = {}
            for name, identifier in _sheet_names(archive):
                part = targets.get(identifier, "")
                if part in archive.NameToInfo:
                    outlines[name] = _outline(archive, part)
                    reach = outlines[name].last_row, outlines[name].last_column
                    check_reach(name, *reach, limits["cells"])
            return outlines
    except (zipfile.BadZipFile, expat.ExpatError, OSError, ValueError, LookupError, EOFError):
        raise Refused("broken") from None
    except Exception as error:  # zlib.error has no base of its own
        if type(error).__module__ == "zlib":
            raise Refused("broken") from None
        raise


def _sheet_names(archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    found = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.endswith(" sheet"):
            identifiers = [attributes.get(f"{space} id") for space in _REL_SPACES]
            found.append((attributes.get("name", ""), next(filter(None, identifiers), "")))

    _parse(archive, "xl/workbook.xml", start)
    return found


def _targets(archive: zipfile.ZipFile) -> dict[str, str]:
    found = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.endswith(" Relationship"):
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            found[attributes.get("Id", "")] = path

    _parse(archive, "xl/_rels/workbook.xml.rels", start)
    return found


class _OutlineReader:
    """Streams a worksheet part into its Outline."""

    def __init__(self) -> None:
        self.outline = Outline()
        self.row = self.column = 0
        self.is_error = False
        self.parser = _parser(self.start)
        self.parser.EndElementHandler = self.end

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        kind = tag.rpartition(" ")[2]
        if kind == "c":
            reference = attributes.get("r", "")
            self.column = _column(reference) if reference else self.column + 1
            self.is_error = attributes.get("t") == "e"
        elif kind in ("v", "is"):  # cells that only carry a format do not count
            self.outline.last_row = max(self.outline.last_row, self.row)
            self.outline.last_column = max(self.outline.last_column, self.column)
            if self.is_error:
                self.parser.CharacterDataHandler = self.error
        elif kind == "row":
            self.row, self.column = int(attributes.get("r") or self.row + 1), 0
            if attributes.get("hidden") in _TRUE:
                self.outline.hidden.add(self.row)

    def error(self, text: str) -> None:
        self.outline.errors.setdefault(self.row, {})[self.column] = text[:20]

    def end(self, _: str) -> None:
        if self.is_error:
            self.parser.CharacterDataHandler = None


def _outline(archive: zipfile.ZipFile, part: str) -> Outline:
    reader = _OutlineReader()
    with archive.open(part) as stream:
        reader.parser.ParseFile(stream)
    return reader.outline


def _column(reference: str) -> int:
    column = 0
    for letter in reference[:4].upper():
        if not "A" <= letter <= "Z":
            break
        column = column * 26 + ord(letter) - 64
    return column


def _parse(archive: zipfile.ZipFile, part: str, start: Any) -> None:
    with archive.open(part) as stream:
        _parser(start).ParseFile(stream)


def _parser(start: Any) -> Any:
    """Return a streaming XML parser that refuses any document type or entity."""

    def forbidden(*_: object) -> NoReturn:
        raise Refused("broken")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = forbidden
    parser.EntityDeclHandler = forbidden
    parser.ExternalEntityRefHandler = forbidden
    return parser


if __name__ == "__main__":
    main()

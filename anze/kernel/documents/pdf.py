"""A paper as PDF, set by typst. All content goes in as data: no text is ever read as markup."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import segno
from django.conf import settings

from anze.kernel.documents.shape import Block, Figure, Paper, Stamp, Table, day_text, marked, tidy
from anze.lib import charts

_HERE = Path(__file__).parent / "layout"
_LONG = re.compile(r"[!-~]{9,}")
_STEP = re.compile(r"[!-~]{8}(?=[!-~])")
_PICTURE = (
    "#set page(width: auto, height: auto, margin: 0pt)\n"
    '#image(bytes(sys.inputs.svg), format: "svg", width: 156mm)'
)


def pdf(paper: Paper, stamp: Stamp | None) -> bytes:
    """Return the PDF; without a stamp it is a draft and says so across each page.

    The same paper and stamp give the same bytes with the same fonts.
    """
    return _compiled(paper, stamp, "pdf")[0]


def pictures(paper: Paper, stamp: Stamp | None, ppi: float = 80) -> list[bytes]:
    """Return each page as PNG, to look at."""
    return _compiled(paper, stamp, "png", ppi)


def chart_png(chart: charts.Chart, ppi: float = 220) -> bytes:
    """Return a chart as PNG, for formats that cannot hold drawings."""
    return _run(_PICTURE.encode(), {"svg": charts.svg(chart)}, "png", ppi)[0]


def _compiled(paper: Paper, stamp: Stamp | None, form: str, ppi: float = 80) -> list[bytes]:
    source = (_HERE / "paper.typ").read_bytes()
    return _run(source, {"paper": json.dumps(data(paper, stamp))}, form, ppi)


def _run(source: bytes, inputs: dict[str, str], form: Any, ppi: float) -> list[bytes]:
    import typst

    made: Any = typst.compile(
        source, font_paths=_fonts(), ignore_system_fonts=True, format=form, ppi=ppi,
        sys_inputs=inputs,
    )  # fmt: skip
    return list(made) if isinstance(made, list) else [made]


def _fonts() -> Any:
    return _found(tuple(str(one) for one in settings.ANZE_FONTS))


@cache
def _found(folders: tuple[str, ...]) -> Any:
    """Return the fonts, read once per process: bought ones first, those of the package last."""
    import pylopdf_fonts_zh_cn
    import typst

    package = Path(pylopdf_fonts_zh_cn.__file__).parent
    return typst.Fonts(font_paths=[*folders, str(package)], include_system_fonts=False)


def data(paper: Paper, stamp: Stamp | None) -> dict[str, Any]:
    """Return what the layout reads: texts and numbers only."""
    paper = tidy(paper)
    return {
        "layout": paper.layout,
        "draft": stamp is None,
        "draft_text": "草稿",
        "issuer": _soft(paper.issuer),
        "title": _soft(paper.title),
        "reference": _soft(stamp.reference) if stamp else "（发文字号待定）",
        "day": day_text(stamp.day) if stamp else "（成文日期待定）",
        "code": stamp.code if stamp else "",
        "url": _soft(stamp.url) if stamp else "",
        "qr": qr(stamp.url) if stamp else "",
        "to": _soft(paper.to),
        "signed": _soft(paper.signed),
        "annexes": [_soft(one) for one in paper.annexes],
        "note": _soft(paper.note),
        "copy_to": _soft(paper.copy_to),
        "printed_by": _soft(paper.printed_by),
        "cover": [[_soft(name), _soft(text)] for name, text in paper.cover],
        "blocks": [_block(block, text) for block, text in marked(paper.blocks)],
    }


def _block(block: Block, text: str) -> dict[str, Any]:
    if isinstance(block, Table):
        return {
            "kind": "table",
            "title": _soft(block.title),
            "heads": [_soft(one) for one in block.heads],
            "rows": [[_soft(one) for one in row] for row in block.rows],
            "weights": list(block.weights),
        }
    if isinstance(block, Figure):
        drawn, said = charts.svg(block.chart), charts.described(block.chart)
        return {"kind": "figure", "svg": drawn, "said": said}
    found: dict[str, Any] = {"kind": block.kind}
    if block.kind == "heading":
        found |= {"level": block.level, "text": _soft(text)}
    if block.kind == "para":
        found |= {"text": _soft(block.text)}
    return found


def _soft(text: str) -> str:
    """Let long runs of letters and digits (hashes, addresses) break instead of sticking out."""
    return _LONG.sub(lambda run: _STEP.sub(lambda part: part[0] + "\u200b", run[0]), text)


def qr(text: str) -> str:
    """Return a QR code as SVG."""
    return segno.make(text, error="m", micro=False).svg_inline(scale=4, border=0)

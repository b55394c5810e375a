"""A paper as a Word file, written by docxtpl into the frame. Texts are escaped, never markup."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import segno
from django.conf import settings

from anze.kernel.documents import frame, pdf
from anze.kernel.documents.shape import Block, Figure, Paper, Stamp, Table, day_text, marked, tidy

_WIDE = 8845  # twentieths of a point: 156 mm


def docx(paper: Paper, stamp: Stamp | None) -> bytes:
    """Return the Word file; without a stamp its number says that it is a draft.

    Nothing from outside is embedded: pictures are the charts and the code to verify.
    """
    from docxtpl import DocxTemplate

    paper = tidy(paper)
    template = DocxTemplate(io.BytesIO(_frame(paper.layout)))
    template.render(_data(template, paper, stamp), autoescape=True)
    _widen(template.docx, [one for one in paper.blocks if isinstance(one, Table)])
    _describe(template.docx, paper)
    out = io.BytesIO()
    template.save(out)
    return out.getvalue()


def _frame(layout: str) -> bytes:
    """Return the district's own frame if it has put one into its home, else the house's."""
    own = Path(settings.ANZE_HOME) / "documents" / f"{layout}.docx"
    return own.read_bytes() if own.is_file() else frame.frame(layout)


def _data(template: Any, paper: Paper, stamp: Stamp | None) -> dict[str, Any]:
    from docxtpl import R

    annexes = [
        f"{'附件：' if not n else '　　　'}{n + 1}. {one}" for n, one in enumerate(paper.annexes)
    ]
    return {
        "issuer": paper.issuer,
        "title": paper.title,
        "reference": stamp.reference if stamp else "（草稿，未发文）",
        "day": day_text(stamp.day) if stamp else "（成文日期待定）",
        "code": stamp.code if stamp else "",
        "url": stamp.url if stamp else "",
        "qr": _qr(template, stamp.url) if stamp else "",
        "to": paper.to,
        "signed": paper.signed,
        "annexes": annexes,
        "note": paper.note,
        "copy_to": paper.copy_to,
        "printed_by": paper.printed_by,
        "cover": paper.cover,
        "page_break": R("\f"),
        "blocks": [_block(template, block, text) for block, text in marked(paper.blocks)],
    }


def _block(template: Any, block: Block, text: str) -> dict[str, Any]:
    if isinstance(block, Table):
        return {
            "kind": "table",
            "title": block.title,
            "heads": list(block.heads),
            "rows": [list(row) for row in block.rows],
        }
    if isinstance(block, Figure):
        return {"kind": "figure", "image": _picture(template, pdf.chart_png(block.chart), 150)}
    found: dict[str, Any] = {"kind": block.kind}
    if block.kind == "heading":
        found |= {"level": min(block.level, 3), "text": text}
    if block.kind == "para":
        found |= {"text": block.text}
    return found


def _qr(template: Any, url: str) -> Any:
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="png", scale=6, border=1)
    return _picture(template, out.getvalue(), 20)


def _picture(template: Any, png: bytes, wide: int) -> Any:
    from docx.shared import Mm
    from docxtpl import InlineImage

    return InlineImage(template, io.BytesIO(png), width=Mm(wide))


def _widen(document: Any, tables: list[Table]) -> None:
    """Give each table its columns: the frame knows neither their number nor their widths."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for found, table in zip(document.tables, tables, strict=True):
        widths = [_WIDE * one // sum(table.weights) for one in table.weights]
        grid = found._tbl.tblGrid
        for old in list(grid):
            grid.remove(old)
        for width in widths:
            column = OxmlElement("w:gridCol")
            column.set(qn("w:w"), str(width))
            grid.append(column)
        for row in found._tbl.tr_lst:
            for cell, width in zip(row.tc_lst, widths, strict=True):
                cell.get_or_add_tcPr().get_or_add_tcW().set(qn("w:w"), str(width))


def _describe(document: Any, paper: Paper) -> None:
    document.core_properties.title = paper.title[:250]
    document.core_properties.author = paper.issuer[:250]
    document.core_properties.comments = ""

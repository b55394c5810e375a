"""The Word frame of a document: styles, margins, and the places where docxtpl puts the text.

Made by code, so that every measure can be read and reviewed; a district may put its own file of
the same places into ``ANZE_HOME/documents/letter.docx`` or ``book.docx``. Fonts are named as
official documents name them and come from the reader's machine.
"""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

SONG, BIAOSONG, HEI, KAI = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312"
LINE = 225 / 22 / 25.4 * 72  # points: 22 lines in 225 mm
RED = RGBColor(0xD7, 0x00, 0x0F)
# name: font, points, alignment, first line in characters, keep with next
STYLES: dict[str, tuple[str, float, str, int, bool]] = {
    "公文红头": (BIAOSONG, 40, "center", 0, False),
    "公文字号": (SONG, 16, "center", 0, False),
    "公文标题": (BIAOSONG, 22, "center", 0, False),
    "公文主送": (SONG, 16, "left", 0, False),
    "公文正文": (SONG, 16, "both", 2, False),
    "公文一级": (HEI, 16, "both", 2, True),
    "公文二级": (KAI, 16, "both", 2, True),
    "公文三级": (SONG, 16, "both", 2, True),
    "公文表题": (HEI, 12, "center", 0, True),
    "公文表格": (SONG, 10.5, "left", 0, False),
    "公文表头": (HEI, 10.5, "center", 0, False),
    "公文落款": (SONG, 16, "right", 0, False),
    "公文版记": (SONG, 14, "left", 0, False),
    "公文核验": (SONG, 9, "left", 0, False),
    "公文封面": (SONG, 16, "left", 0, False),
}
_ALIGN = {
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "both": WD_ALIGN_PARAGRAPH.JUSTIFY,
}


@cache
def frame(layout: str) -> bytes:
    """Return the frame of ``letter`` or ``book`` as a docx with the places to fill in."""
    document = Document()
    _page(document)
    for name in STYLES:
        _style(document, name)
    (_letter if layout == "letter" else _book)(document)
    _numbers(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(24)
    grid = OxmlElement("w:docGrid")
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), str(round(LINE * 20)))
    grid.set(qn("w:charSpace"), str(round((156 / 25.4 * 72 / 28 - 16) * 4096)))
    for old in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(old)
    section._sectPr.append(grid)
    document.settings.odd_and_even_pages_header_footer = True


def _style(document: Any, name: str) -> None:
    font, points, align, indent, keep = STYLES[name]
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.font.size = Pt(points)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for which in ("w:ascii", "w:hAnsi"):
        fonts.set(qn(which), "Times New Roman")
    fonts.set(qn("w:eastAsia"), font)
    form = style.paragraph_format
    form.alignment, form.keep_with_next = _ALIGN[align], keep
    form.space_before = form.space_after = Pt(0)
    if points in (16, 22):
        form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        form.line_spacing = Pt(LINE if points == 16 else 34)
    if indent:
        form.first_line_indent = Pt(indent * points)
        style.element.pPr.ind.set(qn("w:firstLineChars"), str(indent * 100))
    if name == "公文红头":
        style.font.color.rgb = RED


def _letter(document: Any) -> None:
    _blank(document, 1)
    _say(document, "公文红头", "{{ issuer }}文件")
    _blank(document, 1)
    number = _say(document, "公文字号", "{{ reference }}")
    _edge(number, "bottom", 18, "D7000F", 11)
    _blank(document, 1)
    _say(document, "公文标题", "{{ title }}")
    _blank(document, 1)
    _case(document, "to", "公文主送", "{{ to }}：")
    _body(document)
    _loop(document, "one", "annexes", "公文正文", "{{ one }}")
    _signed(document)
    _case(document, "note", "公文正文", "（{{ note }}）")
    _verify(document)
    _imprint(document)


def _book(document: Any) -> None:
    _blank(document, 3)
    _say(document, "公文字号", "{{ issuer }}")
    _blank(document, 1)
    _say(document, "公文标题", "{{ title }}")
    _blank(document, 2)
    _loop(document, "one", "cover", "公文封面", "{{ one.0 }}　{{ one.1 }}")
    _blank(document, 1)
    _say(document, "公文字号", "{{ reference }}")
    _verify(document)
    _say(document, "公文正文", "{{r page_break }}")
    _body(document)
    _signed(document)


def _body(document: Any) -> None:
    _say(document, "公文正文", "{%p for one in blocks %}")
    for level, style in ((1, "公文一级"), (2, "公文二级"), (3, "公文三级")):
        _case(document, f"one.kind == 'heading' and one.level == {level}", style, "{{ one.text }}")
    _case(document, "one.kind == 'para'", "公文正文", "{{ one.text }}")
    _case(document, "one.kind == 'figure'", "公文表题", "{{ one.image }}")
    _case(document, "one.kind == 'break'", "公文正文", "{{r page_break }}")
    _say(document, "公文正文", "{%p if one.kind == 'table' %}")
    _case(document, "one.title", "公文表题", "{{ one.title }}")
    _table(document)
    _say(document, "公文正文", "{%p endif %}")
    _say(document, "公文正文", "{%p endfor %}")


def _table(document: Any) -> None:
    """A table of any number of columns and rows; its head is repeated on each page."""
    table = document.add_table(rows=4, cols=3)
    table.style = "Table Grid"
    table.autofit = False
    texts = (
        ("{%tc for head in one.heads %}", "{{ head }}", "{%tc endfor %}"),
        ("{%tr for row in one.rows %}", "", ""),
        ("{%tc for cell in row %}", "{{ cell }}", "{%tc endfor %}"),
        ("{%tr endfor %}", "", ""),
    )
    for number, (row, said) in enumerate(zip(table.rows, texts, strict=True)):
        for cell, text in zip(row.cells, said, strict=True):
            cell.paragraphs[0].style = "公文表头" if number == 0 else "公文表格"
            cell.paragraphs[0].add_run(text)
        settings = row._tr.get_or_add_trPr()
        settings.append(OxmlElement("w:cantSplit"))
        if number == 0:
            settings.append(OxmlElement("w:tblHeader"))


def _signed(document: Any) -> None:
    _say(document, "公文正文", "{%p if signed %}")
    _blank(document, 1)
    for text in ("{{ signed }}", "{{ day }}"):
        paragraph = _say(document, "公文落款", text)
        paragraph.paragraph_format.right_indent = Pt(64)
        paragraph.paragraph_format.keep_with_next = "signed" in text
    _say(document, "公文正文", "{%p endif %}")


def _verify(document: Any) -> None:
    _say(document, "公文正文", "{%p if code %}")
    _say(document, "公文核验", "{{ qr }}")
    _say(document, "公文核验", "扫码或打开 {{ url }} 核验真伪与效力　核验码 {{ code }}")
    _say(document, "公文正文", "{%p endif %}")


def _imprint(document: Any) -> None:
    _say(document, "公文正文", "{%p if copy_to %}")
    _edge(_say(document, "公文版记", "抄送：{{ copy_to }}。"), "top", 8, "000000", 1)
    _say(document, "公文正文", "{%p endif %}")
    _say(document, "公文正文", "{%p if printed_by %}")
    last = _say(document, "公文版记", "{{ printed_by }}　　{{ day }}印发")
    _edge(last, "top", 6, "000000", 1)
    _edge(last, "bottom", 8, "000000", 1)
    _say(document, "公文正文", "{%p endif %}")


def _say(document: Any, style: str, text: str) -> Any:
    return document.add_paragraph(text, style=style)


def _blank(document: Any, count: int) -> None:
    for _ in range(count):
        _say(document, "公文字号", "")


def _case(document: Any, test: str, style: str, text: str) -> None:
    _say(document, "公文正文", f"{{%p if {test} %}}")
    _say(document, style, text)
    _say(document, "公文正文", "{%p endif %}")


def _loop(document: Any, name: str, over: str, style: str, text: str) -> None:
    _say(document, "公文正文", f"{{%p for {name} in {over} %}}")
    _say(document, style, text)
    _say(document, "公文正文", "{%p endfor %}")


def _edge(paragraph: Any, side: str, eighths: int, colour: str, space: int) -> None:
    """Draw a line along one side of a paragraph, ``eighths`` of a point thick."""
    settings = paragraph._p.get_or_add_pPr()
    borders = settings.find(qn("w:pBdr"))
    if borders is None:
        borders = OxmlElement("w:pBdr")
        settings.append(borders)
    line = OxmlElement(f"w:{side}")
    values = {"val": "single", "sz": str(eighths), "space": str(space), "color": colour}
    for name, value in values.items():
        line.set(qn(f"w:{name}"), value)
    borders.append(line)


def _numbers(document: Any) -> None:
    """Number the pages as — 1 —, odd ones on the right, even ones on the left."""
    section = document.sections[0]
    for footer, align in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.alignment = align
        paragraph.add_run("— ").font.size = Pt(14)
        _field(paragraph.add_run(), "PAGE")
        paragraph.add_run(" —").font.size = Pt(14)


def _field(run: Any, code: str) -> None:
    run.font.size = Pt(14)
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)

"""Whatever a text holds comes out as text, in both files; and the pages are official pages."""

from __future__ import annotations

import io
import re
import zipfile

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from anze.kernel.documents import pdf, shape, word
from anze.kernel.documents.shape import Break, Heading, Paper, Para, Table
from anze.kernel.documents.tests.papers import STAMP, paper
from anze.kernel.documents.tests.pdftext import text_of

MARKUP = "#*_`$<>@=\\-+/~[]{}()\"'&|;:,.!?^%"
HAN = "安全责任落实演练学校"
NASTY = [
    "#let x = 1; #x", "*粗* _斜_ `码` $a^2$ <标签> @引用", "= 标题", "- 列表", "// 注释 /* 注释 */",
    "{{ 7 * 7 }} {% for x in y %}", "{%p if 1 %}", "{{r one }}", "<w:t>&amp;</w:t>",
    "a" * 300, "--- -- ...",
    "\\u{1F600}", "]]>", "#set page(width: 1pt)", "#{ panic() }", "~", "\"引号\" '单'",
]  # fmt: skip


def words(text: str) -> str:
    """Return text without spaces and marks where a line may break."""
    return re.sub(r"[\s\u200b]", "", text)


def of_word(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return words("".join([*(one.text for one in document.paragraphs), *cells]))


@pytest.mark.parametrize("text", NASTY)
def test_markup_comes_out_as_text(text):
    made = paper(text, text)
    for layout in ("letter", "book"):
        made = Paper(
            text, text, (Heading(text), Para(text), Table((text,), ((text,),), text)), layout,
            to=text, signed=text, annexes=(text,), note=text, copy_to=text, printed_by=text,
            cover=((text, text),),
        )  # fmt: skip
        said = words(text_of(pdf.pdf(made, STAMP)))
        asked = words(shape.plain(text))
        assert said.count(asked) >= 5, layout
        assert of_word(word.docx(made, STAMP)).count(asked) >= 5, layout


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(MARKUP + HAN + "abcXYZ019 ", min_size=1, max_size=120), min_size=1))
def test_any_text_of_known_letters_is_read_back(texts):
    made = paper("题", *texts)
    asked = [words(shape.plain(text)) for text in texts]
    as_pdf, as_word = words(text_of(pdf.pdf(made, STAMP))), of_word(word.docx(made, STAMP))
    assert all(one in as_pdf for one in asked)
    assert all(one in as_word for one in asked)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=80), st.text(max_size=40))
def test_any_character_at_all_breaks_nothing(text, cell):
    """Emoji and rare letters may have no shape in the font, but no document fails for them."""
    made = Paper(
        "局", f"题{text}", (Para(text), Table(("列",), ((cell,),))), signed=text, note=cell
    )
    assert pdf.pdf(made, None).startswith(b"%PDF-")
    assert words(shape.plain(cell)) in of_word(word.docx(made, None))


def test_a_long_table_repeats_its_head_on_every_page():
    made = paper(rows=200)
    said = text_of(pdf.pdf(made, STAMP))
    pages = len(pdf.pictures(made, STAMP, 20))
    assert pages >= 6
    assert said.count("序号单位") >= pages - 2
    assert all(f"第{n}小学" in said for n in range(200))
    head = docx.Document(io.BytesIO(word.docx(made, STAMP))).tables[0].rows[0]
    assert head._tr.trPr.find(qn("w:tblHeader")) is not None


def test_the_same_paper_gives_the_same_pdf():
    assert pdf.pdf(paper(), STAMP) == pdf.pdf(paper(), STAMP)
    assert pdf.pdf(paper(), STAMP) != pdf.pdf(paper("另一题"), STAMP)


def test_a_book_shows_its_number_on_the_cover():
    book = Paper("局", "册", (Para("始"),), "book")
    assert STAMP.reference in text_of(pdf.pdf(book, STAMP))


def test_a_draft_has_no_number_and_says_so():
    said = text_of(pdf.pdf(paper(), None))
    assert "草稿" in said
    assert "〔" not in said
    assert "草稿" not in text_of(pdf.pdf(paper(), STAMP))


def test_the_page_is_the_one_of_the_standard():
    """A4, red head and red line; nothing printed outside the margins but the page number."""
    page = Image.open(io.BytesIO(pdf.pictures(paper(), STAMP, 72)[0])).convert("RGB")
    assert page.size == (595, 842)
    dark = [
        (x, y) for y in range(page.height) for x in range(page.width)
        if min(page.getpixel((x, y))) < 120
    ]  # fmt: skip
    millimetre = 72 / 25.4
    left, right = (edge(value[0] for value in dark) / millimetre for edge in (min, max))
    assert left >= 27.5
    assert right <= 210 - 25.5
    red = [xy for xy in dark if page.getpixel(xy)[0] > 180 and page.getpixel(xy)[2] < 90]
    rows = {y for _, y in red if sum(1 for one in red if one[1] == y) > 430}
    assert rows, "the red line as wide as the text"


def test_twenty_two_lines_of_twenty_eight_letters_fill_a_page():
    full = "安" * (28 * 22)
    book = Paper("局", "册", (Para("始"), Break(), Para(full * 2)), "book")
    said = text_of(pdf.pdf(book, None))
    pages = re.split(r"— \d+ —", said)
    counts = [page.count("安") for page in pages if page.count("安") > 100]
    assert counts[0] == 28 * 22 - 2  # the first line is indented by two


def test_word_names_the_fonts_of_official_documents():
    with zipfile.ZipFile(io.BytesIO(word.docx(paper(), STAMP))) as parts:
        styles = parts.read("word/styles.xml").decode()
        body = parts.read("word/document.xml").decode()
    for font in ("仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312"):
        assert f'w:eastAsia="{font}"' in styles
    assert 'w:linePitch="580"' in body
    assert "http" not in re.sub(r'xmlns:\w+="[^"]*"', "", body).replace(STAMP.url, "").replace(
        "http://schemas", ""
    )


def test_headings_are_numbered_by_their_place():
    blocks = (Heading("甲"), Heading("乙", 2), Heading("丙", 2), Heading("丁", 3), Heading("戊"),
              Heading("己", 2))  # fmt: skip
    assert [text for _, text in shape.marked(blocks)] == [
        "一、甲", "（一）乙", "（二）丙", "1.丁", "二、戊", "（一）己",
    ]  # fmt: skip


def test_a_paper_is_kept_and_read_back_whole():
    assert shape.read(shape.written(paper())) == paper()


@pytest.mark.parametrize(
    "wrong",
    [
        Paper("", "题", ()),
        Paper("局", " \n ", ()),
        Paper("局", "题", (Table((), ()),)),
        Paper("局", "题", (Table(("一",), (("1", "2"),)),)),
    ],
)
def test_what_is_no_document_is_refused(wrong):
    with pytest.raises(ValueError, match=r"title|columns|cells"):
        shape.tidy(wrong)

import hashlib
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anze.lib.charts import Bars, Lines, Series, Strip, described, svg

BARS = Bars(
    "各镇履职", ("临湖镇", "城东"), (Series("按期", (3, 1)), Series("未完成", (0, 2))), "项"
)
LINES = Lines("逐月", ("9月", "10月"), (Series("完成率", (90, None)),), "%", 100)
STRIP = Strip("每周", ("9/1", "9/8"), (("一小", (1000, None)), ("二小", (499, 800))))
NAMES = "{http://www.w3.org/2000/svg}"


def texts(drawn: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(drawn).iter(f"{NAMES}text")]


@pytest.mark.parametrize("chart", [BARS, LINES, STRIP])
def test_the_same_data_gives_the_same_bytes(chart):
    first, again = svg(chart), svg(type(chart)(**vars(chart)))
    assert hashlib.sha256(first.encode()).digest() == hashlib.sha256(again.encode()).digest()


def test_a_bar_is_as_long_as_its_share():
    boxes = ElementTree.fromstring(svg(BARS)).findall(f"{NAMES}rect")
    widths = [int(one.get("width")) for one in boxes if one.get("height") == "24"]
    assert widths == [600, 200, 400]  # of 600 for three; nothing is drawn for nothing


def test_labels_values_and_units_are_written():
    said = texts(svg(BARS))
    assert {"各镇履职", "按期", "未完成", "临湖镇", "城东", "3项"} <= set(said)
    assert {"100%", "0%", "9月"} <= set(texts(svg(LINES)))


def test_a_missing_square_is_marked_where_it_is_not_done():
    assert texts(svg(STRIP)).count("缺") == 1


def test_what_nobody_can_see_is_said():
    assert described(LINES) == "逐月。完成率：9月 90"


@given(st.text(max_size=60))
def test_any_text_stays_text(text):
    drawn = svg(Bars(text, (text,), (Series(text, (1,)),)))
    kept = "".join(one for one in text if one.isprintable())
    assert texts(drawn)[0] == kept or texts(drawn)[0].endswith("…")


@pytest.mark.parametrize(
    "chart",
    [
        Bars("a", ("x",), (Series("s", (1, 2)),)),
        Strip("a", ("x",), (("r", ()),)),
    ],
)
def test_uneven_data_are_refused(chart):
    with pytest.raises(ValueError, match="not as many"):
        svg(chart)


def test_nothing_at_all_is_still_a_picture():
    assert ElementTree.fromstring(svg(Bars("空", (), ()))) is not None
    assert ElementTree.fromstring(svg(Lines("空", (), ()))) is not None
    assert ElementTree.fromstring(svg(Strip("空", (), ()))) is not None

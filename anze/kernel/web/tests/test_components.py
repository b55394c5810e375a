"""Each component says the right thing and escapes what it is given."""

import re
from datetime import UTC, date, datetime

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template
from django.template.loader import get_template
from django.test import RequestFactory
from django.utils.datastructures import MultiValueDict

from anze.kernel.bus import clock
from anze.kernel.web.samples import SampleForm
from anze.kernel.web.shapes import Branch, Cell, Happening, HeatColumn, HeatMap, HeatRow, Step
from anze.kernel.web.states import RISKS, STATES, look
from anze.kernel.web.templatetags.web import register as library
from anze.kernel.web.widgets import PhotosField


def draw(text, **context):
    return Template("{% load web %}" + text).render(Context(context))


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_an_icon_is_silent_unless_it_has_a_label():
    assert 'aria-hidden="true"' in draw('{% icon "check" %}')
    assert 'aria-label="已过"' in draw('{% icon "check" "已过" %}')


@pytest.mark.parametrize("name", STATES)
def test_every_state_has_words_beside_its_look(name):
    assert words(draw("{% state name %}", name=name)) == STATES[name].label


def test_an_unknown_state_is_an_error_and_not_an_empty_badge():
    with pytest.raises(KeyError):
        look("fulfilled")


@pytest.mark.parametrize("grade", RISKS)
def test_every_risk_grade_is_named(grade):
    assert RISKS[grade].label in draw("{% risk grade %}", grade=grade)


def test_a_number_leads_to_its_why():
    assert '<a class="az-why num" href="/why/"' in draw('{% why 37 "/why/" %}')
    assert "<a" not in draw("{% why 37 %}")


@pytest.mark.parametrize(
    "text", ["{% why x %}", "{% badge x %}", "{% button x %}", "{% empty x %}"]
)
def test_components_escape_what_they_show(text):
    assert "<b>" not in draw(text, x="<b>")


def test_a_button_with_an_address_is_a_link():
    assert draw('{% button "去" href="/x/" %}').strip().startswith("<a ")
    assert 'type="submit"' in draw('{% button "存" %}')
    assert 'data-confirm="确定吗"' in draw('{% button "删" confirm="确定吗" %}')


def test_a_bar_shows_both_numbers():
    bar = draw("{% progress 31 40 %}")
    assert words(bar) == "31 /40"
    assert '<progress max="40" value="31"' in bar
    assert words(draw("{% progress 0 0 %}")) == "无要求"


def test_a_figure_has_its_label_unit_and_note():
    assert words(draw('{% stat "未完成" 12 "" "项" "比上周少 3" %}')) == "未完成 12 项 比上周少 3"


def test_empty_problem_and_long_states_say_what_to_do():
    assert "登记" in words(draw('{% empty "没有" "还没有" action="登记" url="/x/" %}'))
    problem = words(draw('{% problem "没成" "少一位" where="表!C7" remedy="改正" %}'))
    assert "表!C7" in problem
    assert "怎么办： 改正" in problem
    assert 'hx-trigger="every 2s"' in draw('{% long_work "导入" "/x/" 1 2 %}')


def test_steps_mark_the_one_we_are_at():
    html = draw("{% steps items %}", items=[Step("登记", "done"), Step("整改", "current")])
    assert html.count('aria-current="step"') == 1
    assert "已过" in html


def test_a_timeline_shows_days_and_moments():
    items = [
        Happening(datetime(2026, 3, 1, 16, 5, tzinfo=UTC), "登记"),
        Happening(date(2026, 3, 1), "下达"),
    ]
    with clock.travel(datetime(2026, 11, 23, tzinfo=UTC)):
        text = words(draw("{% timeline items %}", items=items))
    assert "3月2日 周一 00:05" in text
    assert "下达 3月1日 周日" in text


@pytest.mark.parametrize(
    ("cell", "tone"),
    [
        (Cell(), "none"),
        (Cell(off=True), "off"),
        (Cell(4, 4), "h0"),
        (Cell(4, 3), "h1"),
        (Cell(4, 2), "h2"),
        (Cell(4, 1), "h3"),
        (Cell(4, 0), "h4"),
        (Cell(1, 0), "h3"),
        (Cell(4, 0, later=True), "later"),
        (Cell(4, 4, later=True), "h0"),
    ],
)
def test_the_more_is_lacking_the_darker_the_square(cell, tone):
    assert cell.tone == tone


def test_a_heat_map_can_be_read_without_colours():
    grid = HeatMap(
        [HeatColumn("1", "9月"), HeatColumn("2", "9月"), HeatColumn("3", "10月")],
        [HeatRow("青禾小学", [Cell(4, 3, url="/x/"), Cell(off=True), Cell()])],
    )
    assert grid.groups == [("9月", 2), ("10月", 1)]
    text = draw("{% heatmap grid %}", grid=grid)
    assert 'aria-label="应办 4，已办 3，缺 1 项"' in text
    assert "放假" in words(text)
    assert "无要求" in words(text)


def test_a_tree_opens_without_scripts():
    html = draw("{% tree b %}", b=[Branch("局", "/a/", children=(Branch("校", "/b/"),), open=True)])
    assert "<details open>" in html
    # a link inside a summary cannot be reached by a screen reader
    assert not re.search(r"<summary>(?:(?!</summary>).)*<a ", html)
    assert '<a href="/b/">校</a>' in html


def test_the_day_picker_keeps_the_rest_of_the_query():
    request = RequestFactory().get("/board/?clause=3&at=2026-01-01&page=4")
    html = draw("{% as_of at %}", request=request, at=date(2026, 1, 1))
    assert 'name="clause" value="3"' in html
    assert 'name="page"' not in html
    assert "az-asof-past" in html
    assert 'href="/board/?clause=3"' in html


def test_days_are_written_as_people_say_them():
    with clock.travel(datetime(2026, 11, 23, tzinfo=UTC)):
        assert draw("{{ d|day }}", d=date(2026, 11, 23)) == "11月23日 周一"
        assert draw("{{ d|day }}", d=date(2025, 1, 1)) == "2025年1月1日 周三"
    assert draw("{{ d|day }}{{ d|moment }}", d=None) == "——"


@pytest.mark.parametrize(
    ("value", "text"), [(935, "93.5%"), (1000, "100%"), (0, "0%"), (None, "—")]
)
def test_permille_is_shown_as_percent_without_floats(value, text):
    assert draw("{{ v|permille }}", v=value) == text


def test_a_field_ties_label_help_and_error_to_its_input():
    form = SampleForm({"people": "0"})
    html = draw("{% field form.people %}", form=form)
    assert '<label for="id_people">' in html
    assert 'aria-invalid="true"' in html
    for name in re.search(r'aria-describedby="([^"]+)"', html)[1].split():
        assert f'id="{name}"' in html


def test_only_optional_fields_are_marked():
    form = SampleForm()
    assert "选填" in draw("{% field form.note %}", form=form)
    assert "选填" not in draw("{% field form.people %}", form=form)


def test_a_field_can_say_why_it_is_asked():
    assert "算在哪个月" in draw('{% field f.people why_asked="算在哪个月" %}', f=SampleForm())


def test_what_was_typed_is_still_there_after_a_refusal():
    form = SampleForm({"note": "楼道有杂物", "people": "-1", "kind": "fire"})
    html = draw("{% field form.note %}{% field form.people %}{% field form.kind %}", form=form)
    assert "楼道有杂物" in html
    assert 'value="-1"' in html
    assert re.search(r'value="fire"[^>]*checked', html)


class Photos(forms.Form):
    photos = PhotosField(at_most=2)


def photo_form(count):
    files = [SimpleUploadedFile(f"{n}.jpg", b"x") for n in range(count)]
    return Photos({}, MultiValueDict({"photos": files}))


def test_several_photos_come_as_a_list():
    form = photo_form(2)
    assert form.is_valid()
    assert [file.name for file in form.cleaned_data["photos"]] == ["0.jpg", "1.jpg"]


@pytest.mark.parametrize(("count", "word"), [(3, "一次最多 2 个，您选了 3 个"), (0, "必填")])
def test_too_many_photos_or_none_are_refused_in_words(count, word):
    form = photo_form(count)
    assert not form.is_valid()
    assert word in form.errors["photos"][0]


def test_the_photo_input_opens_the_camera_and_takes_several():
    html = draw("{% field form.photos %}", form=Photos())
    assert 'accept="image/*"' in html
    assert " multiple" in html


def test_the_page_of_components_shows_every_tag_and_every_state_of_a_list(cast, client_for):
    source = get_template("web/components.html").template.source
    tags = {name for name in library.tags if name not in ("asked_at", "pagination")}
    parts = "".join(
        get_template(f"web/{name}").template.source for name in ("listing.html", "base.html")
    )
    # Those two stand on every page, and on plain Django pages only.
    assert {name for name in tags if f"{{% {name}" not in source + parts} == set()
    page = client_for(cast.teacher).get("/-/components/").content.decode()
    for words in ("现在不能", "正在筛选", "本镇未完成", "全部符合条件的", "只能翻到前",
                  "今天没有要办的事", "没有符合条件的内容", "先问一句", "打印本页"):  # fmt: skip
        assert words in page, words
    assert page.count("is-invalid") >= 4
    assert page.count('az-listing" id="list-sample-') == 5
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert {one for one in ids if ids.count(one) > 1} == set()

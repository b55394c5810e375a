"""A safety officer at the desk and on the phone: what is owed, recorded, met."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pictures import photo

OFFICER = {"desktop": "s01-safety", "phone": "s02-safety"}


@pytest.fixture
def officer(windows, size):
    """The safety officer of a primary school at the desk, of a kindergarten on the phone."""
    return windows(OFFICER[size], size)


def test_home_says_how_much_is_owed_and_each_line_leads_on(officer):
    officer.go("/")
    owed = officer.page.locator(".po-overdue .po-item, .po-today .po-item, .po-returned .po-item")
    told = officer.page.locator("h1").inner_text()
    number = re.search(r"还有 (\d+) 件要办", told)
    assert number or told == "今天要办的都办完了"
    expect(owed).to_have_count(int(number[1]) if number else 0)
    in_menu = officer.page.locator("#nav .az-nav a").first.locator(".az-count")
    expect(in_menu).to_have_text([number[1]] if number else [])
    lines = officer.page.locator(".po-item")
    expect(lines).not_to_have_count(0)
    assert (
        lines.count() == lines.get_by_role("link", name=re.compile("^(去填报|去填|查看)")).count()
    )


def test_a_drill_is_recorded_in_few_touches_and_the_receipt_says_what_it_met(officer):
    officer.go("/")
    officer.touches = 0
    officer.menu("登记")
    officer.link("应急演练")
    fill_in_drill(officer)
    officer.submit("登记")
    assert officer.touches <= 12
    expect(officer.main.get_by_role("status")).to_contain_text(re.compile(r"已登记存证第 \d+ 号"))
    met = officer.main.locator(".az-receipt-met li").filter(has_text="演练")
    expect(met).to_have_count(2)
    expect(met.first).to_contain_text("已满足")
    officer.tap(met.first.get_by_role("link"))
    expect(officer.main).to_contain_text(re.compile("为什么是“(已完成|迟完成)”"))
    expect(officer.main.locator(".po-entry").first).to_contain_text("应急演练")


def fill_in_drill(officer, participants: str = "590") -> None:
    officer.choose("演练类型", "消防")
    officer.write(officer.page.get_by_label("应参加"), "600")
    officer.write(officer.page.get_by_label("实际参加"), participants)
    officer.write(officer.page.get_by_label("疏散用时"), "150")
    officer.choose("已当场讲评", "是")


def test_the_weekly_check_is_last_weeks_with_one_no_and_meets_the_week(officer):
    officer.go("/")
    line = (
        officer.page.locator(".po-item").filter(has_text="每周安全自查").filter(has_text="第38周")
    )
    expect(line).to_have_count(1)
    officer.touches = 0
    officer.tap(line.get_by_role("link", name=re.compile("^去填报")))
    officer.link("与上次相同")
    expect(officer.main).to_contain_text("已按")
    for row in officer.page.locator("[data-check]").all():
        expect(row.locator("input:checked")).to_have_count(1)
    row = officer.page.locator("[data-check]").filter(has_text="灭火器")
    officer.tap(row.locator("label").filter(has_text=re.compile("^否$")))
    officer.write(row.get_by_label("发现了什么"), "二楼西侧灭火器压力不足")
    expect(row.get_by_label("打算哪天前改好")).to_have_value("2026-09-17")
    officer.submit("仍然属实，提交")
    assert officer.touches <= 6
    expect(officer.main.locator(".az-open")).to_contain_text("二楼西侧灭火器压力不足")
    expect(officer.main.locator(".az-receipt-met")).to_contain_text("已满足")
    officer.go("/")
    expect(line).to_have_count(0)


def test_a_refused_form_keeps_every_word_and_can_be_sent_again(officer):
    officer.go("/forms/")
    officer.link("应急演练")
    before = officer.page.locator("input[name=client_id]").input_value()
    fill_in_drill(officer, participants="差不多都来了")
    officer.write(officer.page.get_by_label("发现的问题"), "北门打开较慢")
    officer.submit("登记")
    expect(officer.page.get_by_role("alert")).to_contain_text("还没有登记")
    expect(officer.page.locator("input[name=client_id]")).to_have_value(before)
    expect(officer.page.get_by_label("应参加")).to_have_value("600")
    expect(officer.page.get_by_label("实际参加")).to_have_value("差不多都来了")
    expect(officer.page.get_by_label("疏散用时")).to_have_value("150")
    expect(officer.page.get_by_label("发现的问题")).to_have_value("北门打开较慢")
    for name, value in (("a-drill_type", "fire"), ("a-evaluated", "true")):
        expect(officer.page.locator(f"input[name={name}]:checked")).to_have_value(value)
    officer.write(officer.page.get_by_label("实际参加"), "588")
    officer.submit("登记")
    expect(officer.main.get_by_role("status")).to_contain_text("已登记")


def test_a_refused_form_keeps_the_photo(officer):
    officer.go("/forms/")
    officer.link("重大事故隐患报告")
    officer.choose("领域", "校舍")
    officer.choose("判定方式", "直接判定")
    officer.choose("已停用或采取临时措施", "是")
    officer.write(officer.page.get_by_label("现状和原因"), "   ")
    officer.page.locator("input[type=file]").set_input_files(photo("wall"))
    kept = officer.page.locator("[data-attach-list] input[name=a-scene]")
    expect(kept).to_have_count(1)
    officer.submit("登记")
    expect(officer.page.get_by_role("alert")).to_contain_text("还没有登记")
    expect(kept).to_have_count(1)
    expect(officer.page.locator("[data-attach-list] img")).to_be_visible()


def test_what_was_recorded_by_mistake_is_withdrawn_and_counts_no_more(officer):
    officer.go("/forms/")
    officer.link("一键式报警测试" if officer.size == "desktop" else "防火检查")
    for group in officer.page.locator("fieldset.az-choices").all():
        officer.tap(group.locator("label").first)
    for field in officer.page.locator("form.az-fill input[inputmode=numeric]").all():
        if not field.input_value():
            officer.write(field, "1")
    officer.submit("登记")
    expect(officer.main.locator(".az-receipt")).to_contain_text("已登记")
    officer.link("撤回")
    officer.tap(officer.page.locator("label.az-choice").first)
    officer.submit("撤回")
    expect(officer.main.locator(".az-receipt")).to_contain_text("已撤回不再计入任何要求")


def test_the_unit_page_says_who_answers_and_what_is_missing(officer):
    officer.go("/")
    officer.menu("单位")
    name = "启明小学" if officer.size == "desktop" else "晨曦幼儿园"
    officer.link(name)
    expect(officer.page.locator("h1")).to_contain_text(name)
    expect(officer.main.get_by_role("heading", name="谁负责")).to_be_visible()
    expect(officer.main.locator(".po-charges")).to_contain_text("安全管理人员")
    expect(officer.main.locator(".po-part")).not_to_have_count(0)

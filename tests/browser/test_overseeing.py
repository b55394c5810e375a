"""The bureau's desk: from the board down to the photo by clicks alone, reminders, proofs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.pictures import photo


@pytest.fixture
def desk(windows, size):
    """The desk officer, at Home."""
    hand = windows("desk", size)
    hand.go("/")
    return hand


@pytest.fixture
def with_photo(windows):
    """A school's leading group recorded with a photo of the sealed paper."""
    head = windows("s01-head")
    head.go("/forms/")
    head.tap(head.main.locator(".az-bodies a").filter(has_text="全校"))
    head.link("领导小组")
    head.write(head.page.get_by_label("成员"), "7")
    head.page.locator("input[type=file]").set_input_files(photo("paper"))
    expect(head.page.locator("[data-attach-list] input[type=hidden]")).to_have_count(1)
    head.submit("登记")
    expect(head.main.locator(".az-receipt")).to_contain_text("已登记")


def test_from_the_board_to_the_photo_by_clicks_alone(desk, with_photo):
    desk.menu("方案看板")
    clause = desk.main.locator("#clause-1\\.3")
    desk.tap(clause.locator("a.po-clause-text"))
    expect(desk.page.locator("h1")).to_have_text("第 1.3 条")
    done = desk.main.locator(".az-stat").filter(has_text="已落实").locator("a")
    number = int(done.inner_text())
    desk.tap(done)
    rows = desk.main.locator("table.az-table tbody tr")
    expect(rows).to_have_count(number)
    desk.tap(rows.filter(has_text="启明小学").get_by_role("link").first)
    expect(desk.main).to_contain_text("为什么是“已完成”")
    entry = desk.main.locator(".po-entry").first
    expect(entry.locator(".po-proofs img")).to_have_count(1)
    desk.tap(entry.get_by_role("link").first)
    expect(desk.page).to_have_url(re.compile(r"/ledger/[0-9a-f-]{36}/$"))
    picture = desk.main.locator(".po-proofs img")
    expect(picture).to_be_visible()
    picture.scroll_into_view_if_needed()
    desk.page.wait_for_load_state("networkidle")
    assert picture.evaluate("one => one.naturalWidth") > 0
    with desk.page.expect_download() as download:
        desk.tap(desk.main.locator(".po-proofs a").first)
    assert Path(download.value.path()).read_bytes()[:2] == b"\xff\xd8"


def test_the_board_of_a_past_day_says_that_it_is_one(desk):
    desk.menu("方案看板")
    now = desk.main.locator(".az-stats").first.inner_text()
    desk.write(desk.main.locator("input[type=date]"), "2026-09-02")
    desk.main.locator("input[type=date]").press("Enter")
    expect(desk.main.get_by_role("status").first).to_contain_text("2026年9月2日")
    assert desk.main.locator(".az-stats").first.inner_text() != now


def test_a_number_of_the_board_leads_to_as_many_rows(desk):
    desk.menu("方案看板")
    number = desk.main.locator("#clause-1\\.4 .po-board td[data-label=待] a").first
    told = int(number.inner_text())
    desk.tap(number)
    expect(desk.main.locator("table.az-table tbody tr")).to_have_count(told)


def test_a_cell_of_the_heat_map_leads_to_its_duties(desk):
    desk.menu("履职热力图")
    cell = desk.main.locator(".az-heat a, [class*=heat] a").filter(has_text=re.compile(r"\d")).first
    expect(cell).to_be_visible()
    desk.tap(cell)
    expect(desk.page).to_have_url(re.compile(r"/duties/\?"))
    expect(desk.main.locator("table.az-table tbody tr")).not_to_have_count(0)


def test_who_has_not_answered_is_reminded_and_finds_the_notice(desk, windows):
    place = 0 if desk.size == "desktop" else 1
    desk.menu("谁还没报")
    desk.page.get_by_label("分组").select_option("unit")
    expect(desk.page).to_have_url(re.compile("by=unit"))
    group = desk.main.locator("[data-tick-scope]").filter(has_text="启明小学").first
    row = group.locator(".po-late li").nth(place)
    title = row.locator("label > span").first.inner_text().split(" 20")[0].strip()
    desk.tap(row.get_by_role("checkbox"))
    expect(desk.main.locator("[data-ticked]")).to_have_text("1")
    desk.submit("催办")
    expect(desk.page.locator("h1")).to_contain_text("催办 1 项")
    expect(desk.main).to_contain_text("收不回来")
    desk.submit("确认催办")
    expect(desk.page.locator("h1")).to_contain_text("已催办 1 项")
    desk.link("回到列表")
    expect(desk.main).to_contain_text("催过")
    told = []
    for name in ("s01-safety", "s01-head"):
        officer = windows(name)
        officer.go("/")
        officer.menu("通知")
        told.append(officer.main.inner_text())
    assert any(f"催办：{title[:6]}" in text for text in told)


def test_an_entry_of_the_ledger_proves_itself_outside(desk, tmp_path):
    from anze.kernel.ledger import proofs

    desk.menu("存证")
    expect(desk.main.get_by_role("note")).to_contain_text("未防管理员")
    last = desk.main.locator(".az-pages a").filter(has_text=re.compile(r"^\d+$")).last
    desk.tap(last)
    rows = desk.main.locator("table.az-table tbody tr")
    expect(rows).not_to_have_count(0)
    desk.tap(rows.last.get_by_role("link").first)
    expect(desk.main.get_by_role("heading", name="回执")).to_be_visible()
    with desk.page.expect_download() as download:
        desk.tap(desk.main.get_by_role("link", name="下载证明"))
    proof = json.loads(Path(download.value.path()).read_text())
    assert proofs.check_proof(proof).size >= proof["n"]
    proof["leaf"] = proof["leaf"].replace('"n":', '"n":1', 1)
    with pytest.raises(proofs.CheckFailed):
        proofs.check_proof(proof)


def test_a_list_is_searched_filtered_and_exported(desk):
    desk.menu("单位")
    search = desk.main.get_by_role("searchbox")
    desk.write(search, "qiming")
    search.press("Enter")
    rows = desk.main.locator("table.az-table tbody tr")
    expect(rows.filter(has_text="启明小学")).not_to_have_count(0)
    expect(rows.filter(has_text="晨曦")).to_have_count(0)
    with desk.page.expect_download() as download:
        desk.tap(desk.main.get_by_role("link", name="CSV"))
    assert "启明小学" in Path(download.value.path()).read_bytes().decode("utf-8-sig")


def test_a_filter_takes_effect_at_once_and_stays_in_the_address(desk):
    desk.menu("履职事项")
    if desk.size == "phone":
        desk.tap(desk.main.locator(".az-filter-label"))
    desk.main.locator("select[name=state]").select_option("missed")
    expect(desk.page).to_have_url(re.compile("state=missed"))
    expect(desk.main.locator(".az-chip")).to_have_count(1)
    desk.page.reload()
    expect(desk.main.locator(".az-chip")).to_contain_text("未完成")

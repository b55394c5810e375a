"""The keyboard: anywhere by a few letters, down a list, ticking; never a key from who types."""

from __future__ import annotations

from playwright.sync_api import expect


def test_a_place_is_found_by_the_initials_of_its_pinyin(windows):
    hand = windows("desk")
    hand.go("/")
    hand.page.keyboard.press("Control+k")
    hand.page.keyboard.type("kb")
    expect(hand.page.locator("#go-0")).to_contain_text("方案看板")
    hand.page.keyboard.press("Enter")
    expect(hand.page).to_have_url(f"{hand.at}/plan/")
    hand.page.wait_for_load_state("load")  # a key before the scripts are there goes nowhere
    hand.page.keyboard.press("?")
    expect(hand.page.locator("dialog#keys")).to_be_visible()
    hand.page.keyboard.press("Escape")
    hand.page.keyboard.press("g")
    hand.page.keyboard.press("h")
    expect(hand.page).to_have_url(f"{hand.at}/")


def test_a_list_is_walked_ticked_and_opened_by_keys(windows):
    hand = windows("desk")
    hand.go("/duties/")
    rows = hand.main.locator("tbody tr")
    for key in "jjxjx":
        hand.page.keyboard.press(key)
    expect(hand.main.locator("[data-picked]")).to_have_text("2")
    expect(rows.nth(2)).to_have_class("az-at")
    where = rows.nth(2).get_attribute("data-row")
    hand.page.locator("h1").click()
    hand.page.evaluate("document.activeElement.blur()")
    hand.page.keyboard.press("Enter")
    expect(hand.page).to_have_url(f"{hand.at}{where}")


def test_who_types_is_left_alone(windows):
    hand = windows("desk")
    hand.go("/duties/")
    hand.page.keyboard.press("/")
    hand.page.keyboard.type("jx?gh/")
    expect(hand.page.locator("input[type=search]")).to_have_value("jx?gh/")
    expect(hand.page.locator("dialog[open]")).to_have_count(0)
    expect(hand.main.locator("[data-picked]")).to_have_text("0")

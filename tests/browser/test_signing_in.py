"""In and out, on both sizes."""

from __future__ import annotations

import re

from playwright.sync_api import expect


def test_a_wrong_password_is_told_in_words_and_the_right_one_leads_home(windows, size):
    hand = windows(size=size)
    hand.go("/")
    expect(hand.page).to_have_url(re.compile(r"/sign-in/\?next=%2F$"))
    hand.sign_in("s04-head", "Falsch-2026-falsch")
    expect(hand.page.get_by_role("alert")).to_contain_text("用户名或密码不正确")
    expect(hand.page.get_by_label("用户名或手机号")).to_have_value("s04-head")
    hand.sign_in("s04-head")
    expect(hand.page).to_have_url(f"{hand.at}/")
    expect(hand.page.locator("h1")).to_contain_text("要办")


def test_who_signs_out_is_out_also_by_the_back_button(windows, size):
    hand = windows(size=size)
    hand.go("/sign-in/?next=/ledger/")
    hand.sign_in("auditor")
    expect(hand.page).to_have_url(f"{hand.at}/ledger/")
    hand.tap(hand.page.locator(".az-menu summary"))
    hand.tap(hand.page.get_by_role("button", name="退出登录"))
    expect(hand.page).to_have_url(re.compile(r"/sign-in/"))
    hand.page.go_back()
    hand.page.reload()
    expect(hand.page).to_have_url(re.compile(r"/sign-in/"))

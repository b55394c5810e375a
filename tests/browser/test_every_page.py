"""The policy that every page is sent with, and the pages without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(windows):
    hand = windows("desk")
    answer = hand.page.goto(f"{hand.at}/")
    rules = dict(
        rule.strip().split(" ", 1)
        for rule in answer.headers["content-security-policy"].split(";")
        if " " in rule.strip()
    )
    assert (rules["script-src"], rules["style-src"]) == ("'self'", "'self'")
    assert rules["default-src"] == "'none'"
    refused = hand.page.evaluate(
        """() => new Promise(tell => {
            document.addEventListener('securitypolicyviolation', e => tell(e.violatedDirective));
            const made = document.createElement('script');
            made.textContent = 'window.ran = 1';
            document.body.append(made);
            setTimeout(() => tell('nothing'), 1000);
        })"""
    )
    assert refused.startswith("script-src")
    hand.complaints.clear()


@pytest.fixture
def plain(windows, size):
    """A window whose browser runs no scripts, signed in by the form."""
    hand = windows(size=size, scripts=False)
    hand.go("/")
    hand.sign_in("s04-safety")
    expect(hand.page.locator("h1")).to_be_visible()
    expect(hand.page).to_have_url(f"{hand.at}/")
    return hand


def test_without_scripts_a_form_is_filled_in_refused_and_recorded(plain):
    plain.menu("登记")
    plain.link("培训时段防火巡查")
    plain.write(plain.page.get_by_label("本周培训"), "五天")
    plain.write(plain.page.get_by_label("漏巡"), "0")
    plain.submit("登记")
    expect(plain.page.get_by_role("alert")).to_contain_text("还没有登记")
    expect(plain.page.get_by_label("本周培训")).to_have_value("五天")
    plain.write(plain.page.get_by_label("本周培训"), "5")
    plain.submit("登记")
    expect(plain.main.locator(".az-receipt")).to_contain_text("已登记")


def test_without_scripts_a_list_is_filtered(plain):
    plain.menu("履职事项")
    rows = plain.main.locator("table.az-table tbody tr")
    before = plain.main.locator(".az-listing-foot").inner_text()
    if plain.size == "phone":
        plain.tap(plain.main.locator(".az-filter-label"))
    plain.main.locator("select[name=state]").select_option("met")
    plain.submit("查询")
    expect(plain.page).to_have_url(re.compile("state=met"))
    expect(rows).not_to_have_count(0)
    expect(plain.main.locator(".az-chip")).to_have_count(1)
    assert plain.main.locator(".az-listing-foot").inner_text() != before


def test_without_scripts_the_menu_of_a_phone_opens_and_one_signs_out(plain):
    plain.menu("单位")
    expect(plain.page.locator("h1")).to_contain_text("单位")
    plain.tap(plain.page.locator(".az-menu summary"))
    plain.tap(plain.page.get_by_role("button", name="退出登录"))
    expect(plain.page).to_have_url(re.compile("/sign-in/"))


def test_the_measure_of_these_tests_finds_a_page_that_is_too_wide(windows, size):
    hand = windows("desk", size)
    hand.go("/")
    assert hand.overflow() == 0
    hand.page.evaluate(
        """() => {
            const wide = document.createElement('div');
            wide.style.width = '1800px';
            wide.style.height = '9px';
            document.querySelector('main').append(wide);
        }"""
    )
    assert hand.overflow() > 0

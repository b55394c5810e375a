"""What holds for every page: the browser complains of nothing, nothing is wider than the screen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import expect

from tests.browser.hand import Hand

DEEPER = re.compile(
    r"^/(units|plan|duties|ledger|packs|forms|notices|exchange|account)/[^?#]*[^?#/]"
)
NOT_PAGES = re.compile(r"export=|/files/|\.(json|xlsx|csv)|/remind/")
FORMS = 4  # of the many forms, so many are looked at


@dataclass
class Stroll:
    """A walk through the menu and to one page of each sort that it leads to."""

    hand: Hand
    seen: dict[str, str] = field(default_factory=dict)
    wide: dict[str, int] = field(default_factory=dict)

    def walk(self) -> None:
        """Look at every page once."""
        self.hand.go("/")
        links = self.hand.page.locator("#nav .az-nav a")
        menu = links.evaluate_all("all => all.map(a => a.pathname)")
        self.seen = {_sort(path): path for path in [*menu, "/account/"]}
        for path in list(self.seen.values()):
            self._look(path)
            for link in self._links():
                if self._is_new(link):
                    self.seen[_sort(link)] = link
        for path in [one for one in self.seen.values() if one not in menu]:
            self._look(path)

    def _look(self, path: str) -> None:
        self.hand.go(path)
        expect(self.hand.page.locator("h1")).to_be_visible()
        if overflow := self.hand.overflow():
            self.wide[path] = overflow

    def _links(self) -> list[str]:
        found: list[str] = self.hand.main.locator("a[href]:not([download])").evaluate_all(
            "all => all.map(a => a.pathname + a.search)"
        )
        return found

    def _is_new(self, link: str) -> bool:
        if not DEEPER.match(link) or NOT_PAGES.search(link) or _sort(link) in self.seen:
            return False
        forms = sum(path.startswith("/forms/") and "unit=" in path for path in self.seen.values())
        return forms < FORMS or not link.startswith("/forms/")


def _sort(path: str) -> str:
    """Return what sort of page an address is of: ids and numbers are alike."""
    return re.sub(r"[0-9a-f-]{36}|\b[0-9][0-9a-b.]*\b", "*", path.partition("?")[0])


@pytest.mark.parametrize("username", ["s01-safety", "s01-guard", "desk"])
def test_no_page_of_a_phone_scrolls_sideways_or_makes_the_browser_complain(windows, username):
    stroll = Stroll(windows(username, "phone"))
    stroll.walk()
    assert stroll.wide == {}
    assert len(stroll.seen) >= 4


@pytest.mark.parametrize("username", ["desk"])
def test_no_page_makes_the_browser_complain_on_a_desktop(windows, username):
    stroll = Stroll(windows(username))
    stroll.walk()
    assert stroll.wide == {}
    assert len(stroll.seen) >= 12


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

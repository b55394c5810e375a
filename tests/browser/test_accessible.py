"""What holds for every page of the route table, wide and narrow.

axe-core finds nothing serious or critical, nothing is wider than the screen, and the browser
complains of nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from typing import Any
from uuid import UUID

import pytest
from django.urls import Resolver404, resolve, reverse
from playwright.sync_api import Page

from tests.access.routes import routes
from tests.browser import axe
from tests.browser.hand import DESKTOP, PHONE, Hand

WHO = ("desk", "s01-safety", "s01-guard", "s01-head", "auditor")
BRIEF = ("s01-head", "auditor")  # they only lead to what nobody before them has reached
A_SORT = 1  # so many pages of one route are looked at, for each person
FORMS = 6  # of the many forms
NOT_PAGES = re.compile(r"export=|^/files/|^/api/|\.(json|xlsx|csv|pdf|docx)\b")
# A page that a walk cannot reach, and why.
UNREACHED = {
    "work:follow": "leads on at once",
    "exchange:progress": "a part of the page of an import",
    "exchange:batch": "the page of an import, looked at below",
    "web:bulk-run": "what would be done to many rows, looked at below",
    "portal:unit-change": "looked at below",
    "portal:document-progress": "a part of the page of a document",
    "portal:document-file": "a file to download",
    "portal:delivery": "only where a message could not be delivered",
    "portal:job": "only where a job is under way",
    "portal:cancel-job": "a button on the page of a job",
    "portal:retry-job": "a button on the page of a job",
    "people:gate-pin": "only on a shared device",
    "personnel:change": "only where somebody proposed one; walked in test_people",
    "personnel:token": "only where somebody made one",
    "personnel:revoke": "a button",
    "personnel:revoke-token": "a button",
    "personnel:revoke-device": "a button",
    "outbox:packet": "needs what the phone took along; walked in test_outbox",
    "outbox:conflict": "only where two contents came under one number; walked in test_outbox",
    "outbox:state": "what a phone asks, no page",
    "outbox:file": "what a phone sends, no page",
    "outbox:item": "what a phone sends, no page",
    "exchange:undo": "a button",
    "burden:edit": "only of a draft of one's own; opened new on the way",
    "burden:suggestion": "looked at below",
    "burden:task": "looked at below",
    "burden:answers": "only of a task that went out to somebody",
    "work:circular": "only where somebody wrote one",
    "registers:scanned": "leads on at once",
    "registers:scanned-slash": "leads on at once",
}


class Walk:
    """Every page one person finds by following links, at most one of a route.

    What somebody else has shown before is looked at on the phone only, and ``brief`` not at all.
    """

    def __init__(
        self, hand: Hand, seen_before: Set[str] = frozenset(), *, brief: bool = False
    ) -> None:
        self.hand, self.seen_before, self.brief = hand, seen_before, brief
        self.seen: dict[str, int] = {}
        self.found: dict[str, str] = {}  # one page and place for each rule that is broken

    def look(self, starts: list[str]) -> None:
        """Visit the starts and what they lead to."""
        waiting, known = list(starts), set(starts)
        while waiting:
            path = waiting.pop(0)
            name = route_name(path)
            if self.seen.get(name, 0) >= (FORMS if name == "forms:fill" else A_SORT):
                continue
            if not self._open(path):
                continue
            self.seen[name] = self.seen.get(name, 0) + 1
            fresh = [one for one in self._links() if one not in known]
            known.update(fresh)
            waiting.extend(fresh)

    def _open(self, path: str) -> bool:
        answer = self.hand.page.request.get(f"{self.hand.at}{path}", max_redirects=0)
        if answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
            return False
        self.hand.go(path)
        for size in at_sizes(self.hand.page, self._sizes(route_name(path))):
            if overflow := self.hand.overflow():
                self.found[f"{route_name(path)} wide"] = f"{path} at {size}, {overflow} px too wide"
            for impact, rule, count, places in axe.grave(self.hand.page):
                what = f"{path} at {size}, {impact}, {count} places: {places[0]}"
                self.found.setdefault(f"{route_name(path)} {rule}", what)
        return True

    def _sizes(self, name: str) -> Sequence[dict[str, Any]]:
        if name not in self.seen_before:
            return (DESKTOP, PHONE)
        return () if self.brief else (PHONE,)

    def _links(self) -> list[str]:
        links: list[str] = self.hand.page.locator("a[href]:not([download])").evaluate_all(
            "all => all.filter(a => a.origin === location.origin).map(a => a.pathname + a.search)"
        )
        return [one for one in dict.fromkeys(links) if not NOT_PAGES.search(one)]


def both_sizes(page: Page) -> Iterator[int]:
    """Make the window wide, then as narrow as a phone; yield how wide it is."""
    return at_sizes(page, (DESKTOP, PHONE))


def at_sizes(page: Page, sizes: Sequence[dict[str, Any]]) -> Iterator[int]:
    """Give the window one size after the other; yield how wide it is."""
    for size in sizes:
        page.set_viewport_size(size["viewport"])  # type: ignore[arg-type]
        yield size["viewport"]["width"]  # type: ignore[index]


def told(found: dict[str, str]) -> str:
    """Return what was found, a line for each rule and route."""
    return "\n" + "\n".join(f"{where}: {what}" for where, what in sorted(found.items()))


def route_name(path: str) -> str:
    """Return the name of the route that answers a path."""
    try:
        return str(resolve(path.partition("?")[0]).view_name)
    except Resolver404:
        return "nowhere"


def plain_addresses() -> list[str]:
    """Return the addresses of the route table that need no id."""
    patterns = (f"/{one.pattern}" for one in routes() if one.method == "ANY")
    return [one for one in patterns if not re.search(r"[<(\\]", one) and not NOT_PAGES.search(one)]


def pages_with_ids() -> dict[str, str]:
    """Return name → an address with an id nobody has, for the routes that need one."""
    found = {}
    for one in routes():
        if one.method == "ANY" and "<" in one.pattern and not NOT_PAGES.search(f"/{one.pattern}"):
            filled = re.sub(r"<int:\w+>", "7", f"/{one.pattern}")
            found[one.name] = re.sub(r"<[^>]+>", str(UUID(int=7)), filled)
    return found


@pytest.fixture(scope="module")
def reached() -> set[str]:
    """Return the names of the routes that were looked at, filled as the tests go."""
    return set()


@pytest.mark.parametrize("username", WHO)
def test_every_page_can_be_used_by_all_fits_and_is_quiet(windows, reached, username):
    walk = Walk(windows(username), reached, brief=username in BRIEF)
    walk.look(["/", *plain_addresses()])
    reached.update(walk.seen)
    assert not walk.found, told(walk.found)
    assert len(walk.seen) >= 4


def test_the_pages_of_who_is_not_signed_in_have_none_either(windows, reached):
    walk = Walk(windows())
    walk.look(plain_addresses())
    reached.update(walk.seen)
    assert not walk.found, told(walk.found)
    assert "people:sign-in" in walk.seen


def test_error_pages_and_refused_forms_have_none_either(windows):
    hand = windows("s01-guard")
    for path in ("/nowhere/", "/late/", "/units/?export=pdf&page=9"):
        hand.go(path)
        assert [axe.grave(hand.page) for _ in both_sizes(hand.page)] == [[], []], path
    hand.go("/-/components/")
    hand.page.get_by_role("button", name="提交", exact=True).click()
    hand.page.get_by_role("alert").first.wait_for()
    assert [axe.grave(hand.page) for _ in both_sizes(hand.page)] == [[], []]
    hand.complaints.clear()


def test_the_page_of_a_change_of_a_unit_has_none_either(windows):
    hand = windows("desk")
    hand.go("/units/?kind=primary")
    unit = hand.page.locator("main a[href^='/units/']").evaluate_all(
        "all => all.map(a => a.getAttribute('href')).find(h => /^.units.[0-9a-f-]{36}.$/.test(h))"
    )
    hand.go(f"{unit}change/")
    assert "变更" in hand.page.title()
    assert [axe.grave(hand.page) for _ in both_sizes(hand.page)] == [[], []]


@pytest.mark.parametrize(("room", "route"), [("suggestions", "suggestion"), ("tasks", "task")])
def test_the_page_of_a_row_of_burden_has_none_either(windows, room, route):
    hand = windows("desk")
    hand.go(reverse(f"burden:{room}"))
    links = hand.page.locator("main a[href]").evaluate_all("all => all.map(a => a.pathname)")
    path = next((one for one in links if route_name(one) == f"burden:{route}"), "")
    assert path, hand.page.locator("main").inner_text()
    hand.go(path)
    assert [axe.grave(hand.page) for _ in both_sizes(hand.page)] == [[], []]


def test_what_would_be_done_and_what_an_import_found_have_none_either(windows):
    hand = windows("desk")
    hand.go("/units/?kind=primary")
    hand.page.locator(".az-bulk").wait_for()
    hand.page.keyboard.press("Control+k")
    hand.page.locator("#go-0").wait_for()
    assert [axe.grave(hand.page) for _ in both_sizes(hand.page)] == [[], []]
    hand.go("/late/?by=list")
    hand.page.locator("[data-pick-matching]").check()
    hand.page.locator("[data-bulk] button[value=remind]").click()
    hand.page.wait_for_url("**/-/bulk/runs/**")
    assert [axe.grave(hand.page) for _ in both_sizes(hand.page)] == [[], []]
    hand.go("/exchange/upload/")
    if hand.page.locator("select[name=scope]").count():
        hand.page.locator("select[name=scope]").select_option(index=0)
    file = {"name": "a.csv", "mimeType": "text/csv", "buffer": "单位名称\n某学校\n".encode()}
    hand.page.locator("input[type=file]").set_input_files(file)
    hand.page.locator("main form button[type=submit]").first.click()
    hand.page.wait_for_load_state()
    assert [axe.grave(hand.page) for _ in both_sizes(hand.page)] == [[], []]
    hand.complaints.clear()


def test_every_page_of_the_route_table_was_looked_at(windows, reached):
    if not reached:
        pytest.skip("only together with the walks above")
    hand = windows("desk")
    missing = [
        name
        for name, address in pages_with_ids().items()
        if name not in reached | set(UNREACHED)
        and hand.page.request.get(f"{hand.at}{address}").status != 405
    ]
    how = "lead to these from a page, or say in UNREACHED why a walk cannot: "
    assert not missing, how + ", ".join(missing)


def test_the_measure_finds_a_picture_without_words_and_a_field_without_a_label(windows):
    hand = windows("desk")
    hand.go("/")
    assert axe.grave(hand.page) == []
    hand.page.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML(
            "beforeend", "<img src='/static/web/mark.svg'><input>")"""
    )
    assert {one[1] for one in axe.grave(hand.page)} >= {"image-alt", "label"}

"""A list without a row says why, and what to do next: in a district founded this morning."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import services as people
from anze.kernel.people.signin import BACKEND
from anze.kernel.units import services as units
from anze.kernel.web.listing import Listing, Shown
from tests.access.routes import routes
from tests.cast import OPENED, SINCE

EMPTY = re.compile(
    r'<div class="az-empty">.*?<p class="az-empty-title">(?P<title>[^<]*)</p>\s*'
    r'(?:<p class="quiet">(?P<text>[^<]*)</p>)?',
    re.DOTALL,
)
# Pages that show something of their own in place of a declared list.
OTHERS = ["/", "/exchange/", "/registers/audits/", "/packs/", "/plan/", "/notices/"]
# Below an object, or only named for what is done with many of its rows: no page of its own.
BELOW = {"collection-answers", "notices"}
# The page of components, in every state at once.
SHOWN_ONLY = {"sample-full", "sample-long", "sample-empty", "sample-nothing", "sample-wrong"}


@pytest.fixture
def browsers(db) -> dict[str, Client]:
    """A district with a section and one school, and who works there; nothing has happened."""
    ctx = Ctx.system()
    people.sync_post_types(ctx)
    top = units.register_unit(ctx, level="authority", name="云州市教育局", opened=OPENED)
    made = {"level": "district", "name": "星湖区教育局", "parent_id": top.pk}
    district = units.register_unit(ctx, opened=OPENED, **made)
    school = units.register_unit(
        ctx, level="unit", name="临湖小学", kind="primary", parent_id=district.pk, opened=OPENED
    )
    parts = {
        "desk": district, "leader": district, "sysadmin": district, "secadmin": district,
        "auditor": district, "unit_head": school, "safety_officer": school,
    }  # fmt: skip
    found = {}
    for number, (role, unit) in enumerate(parts.items()):
        phone = f"139000001{number:02d}"
        who = people.create_account(ctx, username=role, name="某人", phone=phone, unit_id=unit.pk)
        people.grant_role(ctx, who.pk, role=role, unit_id=unit.pk, since=SINCE)
        found[role] = Client()
        found[role].force_login(who, backend=BACKEND)
    return found


def plain_addresses() -> list[str]:
    """Every address without an argument that may hold a list."""
    found = {f"/{route.pattern}" for route in routes() if "<" not in route.pattern}
    skipped = ("/api/", "/-/", "/sign-", "/sw.js", "/files/")
    registers = {f"/registers/{code}/" for code in ("fire_equipment", "security_equipment")}
    found |= {"/late/?by=list"}
    return sorted(one for one in found | registers if not one.startswith(skipped))


def pages(browsers: dict[str, Client], addresses: list[str]):
    """Yield (address, page) of each that somebody may open."""
    for address in addresses:
        for client in browsers.values():
            answer = client.get(address)
            if answer.status_code == 200 and "text/html" in answer.get("Content-Type", ""):
                yield address, answer.content.decode()
                break


def told(page: str) -> list[tuple[str, str]]:
    return [(one["title"], one["text"] or "") for one in EMPTY.finditer(page)]


def unhelpful(page: str) -> bool:
    """Whether nothing on the page is empty in so many words, or one of them says no more."""
    said = told(page)
    return not said or any(not title or not text.endswith("。") for title, text in said)


def declared(kind: type = Listing) -> set[str]:
    """The keys of every list there is."""
    found = {kind.__dict__["key"]} if isinstance(kind.__dict__.get("key"), str) else set()
    own = [one for one in kind.__subclasses__() if ".tests." not in one.__module__]
    return found.union(*(declared(one) for one in own))


def test_every_list_without_a_row_says_why_and_what_to_do(browsers, monkeypatch):
    reached = set()
    real = Shown._matching

    def nothing(self):
        reached.add(self.listing.key)
        return real(self).none()

    monkeypatch.setattr(Shown, "_matching", nothing)
    silent = [
        address
        for address, page in pages(browsers, plain_addresses())
        if "az-listing" in page and unhelpful(page)
    ]
    assert silent == []
    assert declared() - reached - BELOW - SHOWN_ONLY == set()
    assert any("fire" in key for key in reached)


def test_every_other_page_of_a_new_district_says_what_comes_next(browsers):
    found = dict(pages(browsers, OTHERS))
    assert set(found) == set(OTHERS)
    assert [address for address, page in found.items() if unhelpful(page)] == []


def test_a_list_that_says_nothing_would_be_found():
    assert unhelpful("<section></section>")
    assert unhelpful('<div class="az-empty"><p class="az-empty-title">还没有内容</p></div>')

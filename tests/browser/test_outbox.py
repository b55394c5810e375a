"""A phone without network: taken along, filled in, sent later; kills, sign-outs, two tabs."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from anze.kernel.work.tests.house import House
from tests.browser.conftest import ROOT, _free_port
from tests.browser.hand import PASSWORD, PHONE
from tests.browser.pictures import noise, photo

FOUND = f"""
from datetime import date
from pathlib import Path
from django.conf import settings
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.forms.tests.testpack import load
from anze.kernel.packs import services as packs
from anze.kernel.people import passwords
from tests.cast import build

cast = build()
row = load(Path(settings.ANZE_HOME) / "packs-made")
packs.activate(Ctx.system(), row, cast.district.pk, date(2020, 9, 1))
for who in ("officer", "principal"):
    passwords.store(cast.people[who], "{PASSWORD}", clock.now(), must_change=False)
print(cast.primary_east.pk)
"""


class District:
    """A small district on a port of its own, whose server can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.house = House(folder)
        self.campus = self.house.run(FOUND).splitlines()[-1]
        self.port = _free_port()
        self.at = f"http://127.0.0.1:{self.port}"
        self.log = folder.with_suffix(".log").open("w")
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("ANZE_")}
        surroundings = {
            "ANZE_HOME": str(self.house.folder),
            "ANZE_MANIFEST": "false",
            "DJANGO_SETTINGS_MODULE": "anze.config.settings",
        }
        self.child = subprocess.Popen(
            [sys.executable, "-m", "anze", "open", "--port", str(self.port)],
            env={**kept, **surroundings}, cwd=ROOT,
            stdout=self.log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        until = time.monotonic() + 120
        while True:
            try:
                urlopen(f"{self.at}/sign-in/", timeout=5).close()
                return
            except (URLError, OSError):
                assert self.child.poll() is None, Path(self.log.name).read_text()[-3000:]
                assert time.monotonic() < until, "the server did not answer"
                time.sleep(0.2)

    def kill(self) -> None:
        if self.child is not None:
            self.child.send_signal(signal.SIGKILL)
            self.child.wait(10)

    def count(self, query: str) -> int:
        with sqlite3.connect(self.house.folder / "anze.sqlite3") as database:
            return int(database.execute(query).fetchone()[0])

    @property
    def drills(self) -> int:
        return self.count("SELECT count(*) FROM ledger_entry WHERE kind = 'drill.held'")


@pytest.fixture(scope="module")
def district(tmp_path_factory):
    made = District(tmp_path_factory.mktemp("outbox-browser") / "home")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def phone(browser, district):
    """A fresh phone, signed in as the safety officer; scripts that fail fail the test."""
    if district.child.poll() is not None:
        district.start()
    context = browser.new_context(**PHONE, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(15_000)
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context
    context.close()
    assert errors == []


def sign_in(page, district, username="officer"):
    page.goto(f"{district.at}/sign-in/")
    page.get_by_label("用户名或手机号").fill(username)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.locator("h1")).to_be_visible()


def take_along(page, district, times=1):
    page.goto(f"{district.at}/forms/trial/drill/?unit={district.campus}")
    page.locator("[data-take] input[name=times]").fill(str(times))
    page.get_by_role("button", name="带走").click()
    expect(page.locator("[data-take-said]")).to_contain_text("没有网络也能填")
    return page.locator("[data-take-said] a").get_attribute("href")


def fill_in(page, photos=(), participants="590"):
    page.get_by_role("group", name="类型").locator("label").filter(has_text="消防").first.click()
    page.get_by_label("应参加").fill("600")
    page.get_by_label("实际参加").fill(participants)
    page.get_by_label("用时").fill("150")
    page.get_by_role("group", name="已讲评").locator("label").filter(has_text="是").first.click()
    if photos:
        page.locator("input[type=file]").set_input_files(list(photos))
        kept = page.locator("[data-attach-list] input[name=a-photos]")
        expect(kept).to_have_count(len(photos))


def store(page):
    page.get_by_role("button", name="存入发件箱").click()
    done = page.locator("[data-fill-done]")
    expect(done).to_be_visible()
    expect(done).to_contain_text("已存入发件箱")


def items(page):
    return page.locator("[data-outbox-item]")


def test_without_network_a_form_with_two_photos_is_filled_in_and_sent_later(phone, district):
    before = district.drills
    page = phone.new_page()
    sign_in(page, district)
    address = take_along(page, district)
    phone.set_offline(True)
    page.goto(f"{district.at}/units/")
    expect(page.locator("h1")).to_have_text("现在没有网络")
    page.get_by_role("link", name="去填写").click()
    fill_in(page, [photo("one"), photo("two") | {"buffer": noise(400, 300)}])
    store(page)
    expect(items(page)).to_contain_text("待发送")
    page.close()
    assert district.drills == before
    phone.set_offline(False)
    page = phone.new_page()
    page.goto(f"{district.at}/outbox/")
    expect(items(page)).to_contain_text("已收到 存证第", timeout=20_000)
    expect(items(page).locator(".az-ob-file")).to_have_count(2)
    expect(items(page).locator(".az-ob-file").first).to_contain_text("已收到 回执")
    assert district.drills == before + 1
    page.get_by_role("link", name="看回执").click()
    expect(page.locator("main")).to_contain_text("已登记")
    expect(page.locator(".az-attach-list img")).to_have_count(2)
    # delivered: neither page nor bytes stay behind
    left = page.evaluate(
        """async (address) => [!!(await caches.match(address)),
             (await anzeOutbox.all("bytes")).length, (await anzeOutbox.all("packets")).length]""",
        address,
    )
    assert left == [False, 0, 0]


def test_what_is_half_filled_in_survives_closing_the_page(phone, district):
    page = phone.new_page()
    sign_in(page, district)
    address = take_along(page, district)
    phone.set_offline(True)
    page.goto(district.at + address)
    fill_in(page, [photo("kept")], participants="577")
    page.get_by_label("发现的问题").fill("北门打开较慢")
    page.wait_for_timeout(600)
    page.close()
    page = phone.new_page()
    page.goto(district.at + address)
    expect(page.get_by_label("实际参加")).to_have_value("577")
    expect(page.get_by_label("发现的问题")).to_have_value("北门打开较慢")
    expect(page.locator("input[name=a-evaluated]:checked")).to_have_value("true")
    expect(page.locator("[data-attach-list] img")).to_have_count(1)
    store(page)
    phone.set_offline(False)
    expect(items(page)).to_contain_text("已收到 存证第", timeout=60_000)


def test_a_server_killed_in_the_middle_of_a_photo_goes_on_where_it_stood(phone, district):
    before = district.drills
    page = phone.new_page()
    sign_in(page, district)
    page.goto(district.at + take_along(page, district))
    seen: list[str] = []

    def watch(request):
        if request.method == "PATCH":
            seen.append(request.headers["upload-offset"])
            if len(seen) == 3:
                district.kill()

    page.on("request", watch)
    large = photo("large") | {"buffer": noise(2200, 1500)}
    assert len(large["buffer"]) > 4 * 512 * 1024
    fill_in(page, [large])
    store(page)
    expect(items(page)).to_contain_text("网络不通", timeout=20_000)
    assert district.drills == before
    district.start()
    page.get_by_role("button", name="立即重试").click()
    expect(items(page)).to_contain_text("已收到 存证第", timeout=60_000)
    assert district.drills == before + 1
    assert "0" not in seen[3:]  # nothing that had arrived was sent again


def test_a_server_killed_between_photo_and_form_makes_one_entry(phone, district):
    before = district.drills
    page = phone.new_page()
    sign_in(page, district)
    page.goto(district.at + take_along(page, district))
    killed: list[str] = []

    def watch(request):
        if request.method == "PUT" and "/items/" in request.url and not killed:
            district.kill()
            killed.append(request.url)

    page.on("request", watch)
    fill_in(page, [photo("between")])
    store(page)
    expect(items(page)).to_contain_text("网络不通", timeout=20_000)
    expect(items(page).locator(".az-ob-file")).to_contain_text("已收到 回执")
    district.start()
    page.get_by_role("button", name="立即重试").click()
    expect(items(page)).to_contain_text("已收到 存证第", timeout=60_000)
    assert district.drills == before + 1


def test_signing_out_keeps_what_waits_and_another_person_sees_a_number_only(phone, district):
    before = district.drills
    page = phone.new_page()
    sign_in(page, district)
    address = take_along(page, district)
    page.goto(district.at + address)
    phone.route("**/outbox/send/**", lambda route: route.abort())
    fill_in(page)
    store(page)
    expect(items(page)).to_contain_text("网络不通")
    page.goto(f"{district.at}/outbox/")
    page.locator("details[data-menu] summary").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(f"{district.at}/sign-in/")
    sign_in(page, district, "principal")
    page.goto(f"{district.at}/outbox/")
    here = page.locator("[data-outbox]")
    expect(here).to_contain_text("另有 1 项待发送（他人）")
    expect(here).not_to_contain_text("应急演练")
    page.goto(district.at + address)
    expect(page.locator("main")).to_contain_text("另一个账号带走的")
    expect(page.locator("[data-fill-form]")).to_be_hidden()
    phone.unroute("**/outbox/send/**")
    page.goto(f"{district.at}/outbox/")
    for _ in range(100):
        if district.drills > before:
            break
        page.wait_for_timeout(200)
    expect(here).not_to_contain_text("他人")
    assert district.drills == before + 1


def test_one_that_the_server_cannot_take_now_does_not_hold_up_the_next(phone, district):
    before = district.drills
    page = phone.new_page()
    sign_in(page, district)
    address = take_along(page, district, times=2)
    stuck: list[str] = []

    def answer(route):
        stuck[:] = stuck or [route.request.url]
        if route.request.url == stuck[0]:
            route.fulfill(status=500, body="{}")
        else:
            route.continue_()

    phone.route("**/items/**", answer)
    for participants in ("590", "591"):
        page.goto(district.at + address)
        fill_in(page, participants=participants)
        store(page)
    page.goto(f"{district.at}/outbox/")
    expect(items(page).filter(has_text="已收到 存证第")).to_have_count(1, timeout=60_000)
    expect(items(page).filter(has_text="待发送")).to_have_count(1)
    assert district.drills == before + 1
    phone.unroute("**/items/**")
    page.reload()
    expect(items(page).filter(has_text="已收到 存证第")).to_have_count(2, timeout=60_000)
    assert district.drills == before + 2


def test_what_is_not_needed_is_given_back_to_the_server(phone, district):
    page = phone.new_page()
    sign_in(page, district)
    take_along(page, district)
    page.goto(f"{district.at}/outbox/")
    given_back = page.locator("text=手机丢了，收回")
    known = given_back.count()
    with page.expect_response("**/revoke/"):
        page.get_by_role("button", name="不用了").first.click()
    page.reload()
    expect(given_back).to_have_count(known - 1)


def test_two_tabs_send_once(phone, district):
    before = district.drills
    first = phone.new_page()
    sign_in(first, district)
    address = take_along(first, district)
    second = phone.new_page()
    second.goto(f"{district.at}/outbox/")
    phone.set_offline(True)
    first.goto(district.at + address)
    fill_in(first, [photo("tabs")])
    store(first)
    sent: list[str] = []
    for page in (first, second):
        page.on("request", lambda one: sent.append(one.method) if "/send/" in one.url else None)
    phone.set_offline(False)
    for page in (first, second):
        expect(items(page)).to_contain_text("已收到 存证第", timeout=60_000)
    assert sorted(sent) == ["PATCH", "PUT", "PUT"]
    assert district.drills == before + 1


def test_other_bytes_under_the_same_id_are_shown_and_settled_by_a_person(phone, district):
    before = district.drills
    page = phone.new_page()
    sign_in(page, district)
    page.goto(district.at + take_along(page, district, times=2))
    fill_in(page)
    phone.route("**/outbox/send/**", lambda route: route.abort())
    store(page)
    expect(items(page)).to_contain_text("网络不通")
    original = page.evaluate("async () => (await anzeOutbox.all('items'))[0]")
    phone.unroute("**/outbox/send/**")
    page.get_by_role("button", name="立即重试").click()
    expect(items(page)).to_contain_text("已收到 存证第", timeout=20_000)
    altered = original | {"body": original["body"].replace("590", "555"), "state": "waiting"}
    page.evaluate("async (item) => { await anzeOutbox.put('items', item); }", altered)
    page.goto(f"{district.at}/outbox/")
    expect(items(page)).to_contain_text("有冲突", timeout=20_000)
    page.get_by_role("link", name="核对两份内容").click()
    expect(page.locator("main")).to_contain_text("555 人")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="按后收到的更正").click()
    expect(page.locator("main")).to_contain_text("已按这一份更正")
    assert district.drills == before + 2  # the first, and its correction


def test_what_is_returned_says_why_and_can_be_mended(phone, district):
    before = district.drills
    page = phone.new_page()
    sign_in(page, district)
    page.goto(district.at + take_along(page, district))
    fill_in(page, participants="99999")
    store(page)
    expect(items(page)).to_contain_text("被退回", timeout=20_000)
    expect(items(page)).to_contain_text("不能大于")
    page.get_by_role("link", name="打开修改").click()
    page.reload()
    expect(page.get_by_label("应参加")).to_have_value("600")
    page.get_by_label("实际参加").fill("588")
    store(page)
    expect(items(page)).to_contain_text("已收到 存证第", timeout=20_000)
    assert district.drills == before + 1


def test_where_nothing_can_be_kept_it_says_so_in_words(phone, district):
    phone.add_init_script("Object.defineProperty(window, 'indexedDB', { get: () => undefined });")
    page = phone.new_page()
    sign_in(page, district)
    page.goto(f"{district.at}/forms/trial/drill/?unit={district.campus}")
    page.get_by_role("button", name="带走").click()
    expect(page.locator("[data-take-said]")).to_contain_text("无痕模式")
    page.goto(f"{district.at}/outbox/")
    expect(page.locator("[data-outbox]")).to_contain_text("无痕模式")


def test_a_full_phone_says_so_and_keeps_the_page(phone, district):
    page = phone.new_page()
    sign_in(page, district)
    page.goto(district.at + take_along(page, district))
    fill_in(page)
    page.evaluate(
        """() => { anzeOutbox.hand = async () => {
             throw new DOMException("full", "QuotaExceededError"); }; }"""
    )
    page.get_by_role("button", name="存入发件箱").click()
    expect(page.locator("[data-fill-wrong]")).to_contain_text("存储空间不够")
    expect(page.get_by_label("实际参加")).to_have_value("590")

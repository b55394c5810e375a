"""A tablet for the gatehouse, from the head's page to the guard's home; and a change by two."""

from __future__ import annotations

import re

from playwright.sync_api import expect

PIN = "480217"


def test_a_guard_enters_on_a_tablet_that_the_head_has_bound(windows, size):
    head = windows("s01-head", size=size)
    head.go("/people/devices/new/")
    head.main.locator("select[name=campus]").select_option(index=1)
    head.write(head.main.get_by_label("名称"), f"试用平板 {size}")
    head.submit("生成登记码")
    code = head.main.locator(".pe-secret").inner_text()
    head.link("我已记下")
    head.main.locator("select[name=person]").select_option(index=0)
    head.write(head.main.get_by_label("6 位 PIN 码"), PIN)
    head.submit("设置 PIN 码")

    tablet = windows(size=size)
    tablet.go("/gate/")
    tablet.write(tablet.page.get_by_label("登记码"), code)
    tablet.submit("登记这台设备")
    tablet.tap(tablet.page.locator(".pe-guards a").first)
    tablet.write(tablet.page.get_by_label("6 位 PIN 码"), PIN)
    tablet.submit("进入")
    expect(tablet.page).to_have_url(f"{tablet.at}/")
    tablet.tap(tablet.page.locator(".az-menu summary"))
    tablet.tap(tablet.page.get_by_role("button", name="退出登录"))
    expect(tablet.page).to_have_url(re.compile(r"/gate/$"))
    expect(tablet.page.locator("h1")).to_have_text("谁在值班？")


def test_what_the_security_administrator_proposes_waits_for_the_leader(windows):
    secadmin = windows("secadmin")
    secadmin.go("/people/roles/grant/?person=desk")
    secadmin.main.get_by_label("角色").select_option("inspector")
    secadmin.main.locator("select[name=unit]").select_option(index=1)
    secadmin.submit("提出")
    expect(secadmin.main).to_contain_text("待确认")
    expect(secadmin.main.get_by_role("button", name="确认生效")).to_have_count(0)
    expect(secadmin.main.get_by_role("button", name="撤回提议")).to_be_visible()
    address = secadmin.page.url.removeprefix(secadmin.at)

    leader = windows("leader")
    leader.go(address)
    leader.page.on("dialog", lambda asked: asked.accept())
    leader.submit("确认生效")
    expect(leader.main).to_contain_text("已确认")

"""One small district served by a child process, one browser, a fresh window for each test.

Nothing here touches the ORM: Playwright keeps an event loop in the thread it runs in. The browser
is closed when the last test of this folder is done, so that the loop troubles nobody else.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.browser.hand import PASSWORD, SIZES, Hand

CHROMIUM = "/usr/bin/chromium"
ROOT = Path(__file__).parents[2]
PATIENCE = 240


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as a browser test, and skip it where there is no browser."""
    missing = "" if Path(CHROMIUM).exists() else f"{CHROMIUM} is missing: apt-get install chromium"
    if not missing and not _playwright():
        missing = "playwright is not installed: requirements/dev.lock"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if missing:
                item.add_marker(pytest.mark.skip(reason=missing))


def _playwright() -> bool:
    from importlib.util import find_spec

    return find_spec("playwright") is not None


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the served district; see ``serve.py``."""
    home = tmp_path_factory.mktemp("browser-home")
    port = _free_port()
    log = home.with_suffix(".log")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ANZE_")}
    with log.open("w") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.serve", str(port)],
            env={**kept, "ANZE_HOME": str(home), "ANZE_MANIFEST": "false"},
            cwd=ROOT, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait_for(f"http://127.0.0.1:{port}/sign-in/", child, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
        shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, child: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if child.poll() is not None:
            break
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Return Debian's Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def sessions() -> dict[str, Any]:
    """Return who is signed in already: hashing a password takes longer than a page."""
    return {}


@pytest.fixture
def windows(browser, server, sessions) -> Iterator[Callable[..., Hand]]:
    """Return a function that opens a window as a person, and fail on any complaint of it."""
    opened: list[Hand] = []

    def open_as(username: str = "", size: str = "desktop", scripts: bool = True) -> Hand:
        if username and username not in sessions:
            sessions[username] = _signed_in(browser, server, username)
        context = browser.new_context(
            **SIZES[size], locale="zh-CN", timezone_id="Asia/Shanghai",
            java_script_enabled=scripts, storage_state=sessions.get(username),
        )  # fmt: skip
        context.set_default_timeout(12_000)
        hand = Hand(context.new_page(), server, size)
        opened.append(hand)
        return hand

    yield open_as
    complaints = [one for hand in opened for one in hand.complaints]
    for hand in opened:
        hand.page.context.close()
    assert complaints == []


def _signed_in(browser: Any, server: str, username: str) -> Any:
    context = browser.new_context(locale="zh-CN")
    hand = Hand(context.new_page(), server, "desktop")
    hand.go("/sign-in/")
    hand.sign_in(username, PASSWORD)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(params=list(SIZES))
def size(request: pytest.FixtureRequest) -> str:
    """Return the size of the window: every journey is walked on both."""
    return str(request.param)

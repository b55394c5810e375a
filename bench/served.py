"""A demonstration's home served by ``anze open`` in a child, and people who sign in to it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import common
import httpx

UNITS = 40
WAIT = 600.0
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@contextmanager
def served(folder: Path, units: int = UNITS) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Give the running child and its address; ``BENCH_HOME`` names a home made before."""
    home = os.environ.get("BENCH_HOME", str(folder))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = [sys.executable, "-m", "anze", "open", "--demo", "--units", str(units)]
    child = subprocess.Popen(
        [*line, "--port", str(port)],
        cwd=common.ROOT,
        env={**os.environ, "ANZE_HOME": home, "ANZE_MANIFEST": "true"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(child, address)
        yield child, address
    finally:
        child.terminate()
        child.wait(20)


@contextmanager
def working(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Give a running ``anze serve work`` on the home that was served before."""
    home = os.environ.get("BENCH_HOME", str(folder))
    child = subprocess.Popen(
        [sys.executable, "-m", "anze", "serve", "work"],
        cwd=common.ROOT,
        env={**os.environ, "ANZE_HOME": home, "ANZE_MANIFEST": "true"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield child
        if child.poll() is not None:
            sys.exit(f"anze serve work ended with {child.returncode}")
    finally:
        child.terminate()
        child.wait(20)


def _wait(child: subprocess.Popen[bytes], address: str) -> None:
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        if child.poll() is not None:
            sys.exit(f"anze open ended with {child.returncode}")
        try:
            httpx.get(f"{address}/sign-in/", timeout=5)
        except httpx.HTTPError:
            time.sleep(0.5)
        else:
            return
    sys.exit("anze open did not answer")


def signed_in(address: str, username: str) -> httpx.Client:
    """Return a browser that asks for brotli and is signed in as a demo user, caches empty."""
    client = httpx.Client(base_url=address, headers={"Accept-Encoding": "br, gzip"}, timeout=60)
    door = client.get("/sign-in/")
    found = TOKEN.search(door.text)
    form = {
        "csrfmiddlewaretoken": found[1] if found else "",
        "username": username,
        "password": password(),
    }
    answer = client.post("/sign-in/", data=form, headers={"Referer": f"{address}/sign-in/"})
    if answer.status_code != 302:
        sys.exit(f"{username} could not sign in: {answer.status_code}")
    return client


def password() -> str:
    """Return the demonstration's password."""
    from anze.interfaces.console.demo import district

    return str(district.PASSWORD)

"""How many compressed bytes a page costs: the first with its assets, the later ones without.

Usage: python bench/first_load.py          (BENCH_HOME=<a demonstration's home> skips making one)

Bytes as they came over the wire from the running server to a client that accepts br and gzip. The
first load is the page and every style, script, icon, font and manifest it names; images of
content and what only a chart asks for would not count, but no such page is asked for here.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import common
import httpx
import served

FIRST, LATER = 250 * 1024, 40 * 1024
ASSET = re.compile(r'(?:src|href)="(/static/[^"#?]+)')
INSIDE = re.compile(r"url\([\"']?([^)\"'#?]+)")
PAGES = (
    "/", "/units/", "/plan/", "/duties/", "/late/", "/heat/", "/ledger/", "/packs/", "/forms/",
    "/notices/", "/account/",
)  # fmt: skip


def main() -> None:
    """Serve a demonstration, sign in as two people, weigh every page."""
    with tempfile.TemporaryDirectory(prefix="anze-bench-") as folder:
        common.use(Path(folder))
        common.start(migrate=False)
        with served.served(Path(folder)) as (_child, address):
            heaviest = max(weigh(address, user) for user in ("desk", "s01-safety"))
    common.ratio(heaviest, "at most 1 of what is allowed")


def weigh(address: str, user: str) -> float:
    """Print what each page costs this person; return the worst share of what is allowed."""
    client, kept = served.signed_in(address, user), {}
    page = client.get("/")
    if page.status_code != 200:
        sys.exit(f"home answered {page.status_code} to {user}")
    first = wire(page)
    for path in assets(client, page.text, kept):
        first += kept[path]
    common.table((f"{user}: first load, bytes", first, f"{len(kept)} assets"))
    for path, size in sorted(kept.items(), key=lambda one: -one[1])[:6]:
        common.table((f"    {path[-40:]}", size))
    worst = first / FIRST
    units = re.findall(r'href="(/units/[0-9a-f-]{36}/)"', client.get("/units/").text)
    duty = re.findall(r'href="(/duties/\d+/)"', client.get("/duties/").text)
    clause = re.findall(r'href="(/plan/\w+/[^"?/]+/)', client.get("/plan/").text)
    for path in (*PAGES, *units[:1], *duty[:1], *clause[:1]):
        page = client.get(path)
        if page.status_code == 403:
            continue  # not for this person
        if page.status_code != 200:
            sys.exit(f"{path} answered {page.status_code} to {user}")
        new = dict(kept)
        later = wire(page) + sum(kept[one] for one in assets(client, page.text, kept))
        more = len(kept) - len(new)
        common.table((f"{user}: {path[:30]}", later, f"{more} new" if more else ""))
        worst = max(worst, later / LATER)
    return worst


def assets(client: httpx.Client, text: str, kept: dict[str, int]) -> list[str]:
    """Fetch what a page names and was not fetched before; return the new addresses."""
    new: list[str] = []
    waiting = list(dict.fromkeys(ASSET.findall(text)))
    while waiting:
        path = waiting.pop()
        if path in kept:
            continue
        answer = client.get(path)
        if answer.status_code != 200:
            sys.exit(f"{path} answered {answer.status_code}")
        kept[path] = wire(answer)
        new.append(path)
        if path.endswith(".css"):
            inside = (str(answer.url.join(one)) for one in INSIDE.findall(answer.text))
            waiting += [httpx.URL(one).path for one in inside if not one.startswith("data:")]
    return new


def wire(answer: httpx.Response) -> int:
    """Return the bytes of the body as they came, and of the headers."""
    return answer.num_bytes_downloaded + sum(len(k) + len(v) + 4 for k, v in answer.headers.raw)


if __name__ == "__main__":
    main()

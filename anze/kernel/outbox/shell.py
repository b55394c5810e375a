"""What a phone keeps of the house so that it opens without network, and the worker that keeps it.

Rooms add their page assets; nothing that depends on a person is among them.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from django.templatetags.static import static
from django.urls import reverse

WORKER = Path(__file__).parent / "static" / "outbox" / "sw.js"
OWN = ("outbox/outbox.css", "outbox/store.js", "outbox/send.js", "outbox/show.js", "outbox/fill.js")
_assets: list[str] = list(OWN)


def add(*names: str) -> None:
    """Keep these page assets on phones, too (``forms/fill.css``); called in ``ready()``."""
    _assets.extend(name for name in names if name not in _assets)


@lru_cache(maxsize=1)
def worker() -> str:
    """Return the text of the service worker with the list of what it keeps.

    Its version is the hash of all of it: another asset or another line is another cache.
    """
    body = WORKER.read_text(encoding="utf-8")
    urls = [reverse("outbox:offline"), *(static(name) for name in _assets)]
    version = hashlib.sha256(json.dumps([urls, body]).encode()).hexdigest()[:12]
    shell = {"version": version, "urls": urls, "offline": urls[0]}
    return f"const SHELL = {json.dumps(shell)};\n{body}"

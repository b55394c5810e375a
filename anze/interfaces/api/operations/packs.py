"""Packs: which rules are loaded, since when they bind whom, what they say."""

from __future__ import annotations

import json
from collections import defaultdict

from ninja import Path, Query, Router

from anze.interfaces.api.shapes.packs import PackDetail, PackOut, detail
from anze.kernel.packs import selectors as packs
from anze.kernel.people.access import Request
from anze.kernel.web.wire.base import Slug
from anze.kernel.web.wire.declare import operation
from anze.kernel.web.wire.paging import Page, Paging, page

router = Router(tags=["制度包"])


@operation(router, "GET", "", action="packs.view", answer=Page[PackOut], summary="制度包列表")
def list_packs(request: Request, paging: Query[Paging]) -> Page[PackOut]:
    """List every loaded version."""
    active = _active()
    return page(
        Page[PackOut],
        packs.loaded(),
        paging,
        lambda found: [PackOut.of(row, active[row.hash]) for row in found],
    )


def _active() -> dict[str, list[packs.Active]]:
    found: dict[str, list[packs.Active]] = defaultdict(list)
    for one in packs.activations():
        found[one.row.hash].append(one)
    return found


@operation(
    router,
    "GET",
    "/{issuer}/{version}",
    action="packs.view",
    answer=PackDetail,
    summary="一个制度包版本",
)
def get_pack(request: Request, issuer: Path[Slug], version: Path[Slug]) -> PackDetail:
    """Return one version with its whole content."""
    row = packs.row(issuer, version)
    return detail(row, _active()[row.hash], json.loads(row.content))

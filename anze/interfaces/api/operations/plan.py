"""The plan board."""

from __future__ import annotations

from ninja import Path, Query, Router

from anze.engines.duties import selectors as duties
from anze.interfaces.api.shapes.duties import BoardFilter, BoardOut
from anze.kernel.bus.errors import NotFound
from anze.kernel.people.access import Request
from anze.kernel.web.wire.base import Slug
from anze.kernel.web.wire.declare import operation

router = Router(tags=["方案看板"])


@operation(router, "GET", "/{issuer}", action="board.view", answer=BoardOut, summary="方案看板")
def get_board(request: Request, issuer: Path[Slug], asked: Query[BoardFilter]) -> BoardOut:
    """Return every clause of a pack in force with its fulfilment over the units in sight."""
    board = duties.board(request.ctx, issuer, asked.on)
    if board is None:
        raise NotFound("这一天没有这个制度包在用", where=issuer, remedy="换一天，或换一个制度包")
    return BoardOut.of(board)

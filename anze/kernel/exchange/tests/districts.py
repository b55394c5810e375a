"""A district with towns, in which the tests import."""

from __future__ import annotations

from anze.kernel.bus.ctx import Ctx
from anze.kernel.exchange.tests.books import TOWNS
from anze.kernel.people import services as people
from anze.kernel.units import services as units
from anze.kernel.units.models import Unit


def district(name: str = "青禾区教育局") -> Unit:
    """Return a new district with the towns of the workbooks; the posts are known."""
    ctx = Ctx.system(via="demo")
    people.sync_post_types(ctx)
    top = units.register_unit(ctx, level="authority", name=f"{name}上级")
    bureau = units.register_unit(ctx, level="district", name=name, parent_id=top.pk)
    for town in TOWNS:
        units.register_unit(ctx, level="town", name=town, parent_id=bureau.pk)
    return bureau

"""What pages of the portal are about, for whoever says something about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anze.domains.burden import seen
from anze.engines.duties import selectors as duties
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Problem


def duty(ctx: Ctx, arguments: Mapping[str, Any]) -> seen.Thing:
    """Tell which requirement an occurrence in sight is of; its unit is not told."""
    try:
        asked = duties.get(ctx, int(arguments["occurrence_id"])).requirement
    except Problem:
        return seen.Thing()
    issuer = asked.pack.issuer
    form = asked.form if "/" in asked.form or not asked.form else f"{issuer}/{asked.form}"
    return seen.Thing(asked.title, form, f"{issuer}/{asked.ref}")


def register() -> None:
    """Teach the burden room the pages of this one."""
    seen.teach("portal:duty", duty)

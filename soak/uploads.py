"""Bombs, polyglots and tell-tale pictures: every one refused with a reason, or kept bare."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from typing import Any

import common


def prove(chosen: Namespace) -> dict[str, Any]:
    """Bring ``chosen.files`` files of the corpus to both doors."""
    from tests.faults.hostile import everything

    with common.home():
        from anze.kernel.bus.ctx import Ctx
        from anze.kernel.units import services as units
        from tests.faults.storming import storm

        ctx, day = Ctx.system(), date(2020, 9, 1)
        top = units.register_unit(ctx, level="authority", name="市教育局", opened=day)
        district = units.register_unit(
            ctx, level="district", name="试验区教育局", parent_id=top.pk, opened=day
        )
        some = everything()[:: max(1, len(everything()) // chosen.files)]
        fates, wrong = storm(some, district.pk, district.pk)
    return {
        "files": len(some),
        "fates": dict(sorted(fates.items())),
        "wrong": wrong[:20],
        "failures": len(wrong),
    }


if __name__ == "__main__":
    common.main("uploads", prove, files=(1000, 30))

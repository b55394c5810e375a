"""QR labels: 24 on an A4 sheet, three across and eight down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from anze.engines.registers import values
from anze.engines.registers.spec import RegisterSpec
from anze.lib import qr
from anze.lib.qr import Svg

MOST = 480  # twenty sheets at a time


@dataclass(frozen=True)
class Label:
    """One sticker."""

    svg: Svg
    title: str
    code: str
    token: str
    unit: str
    lines: tuple[str, ...]


def labels(spec: RegisterSpec, things: Iterable[Any], site: str) -> list[Label]:
    """Return a label for each thing; ``site`` is the address the codes lead to."""
    return [_label(spec, one, site.rstrip("/")) for one in things]


def _label(spec: RegisterSpec, thing: Any, site: str) -> Label:
    said = (values.said(spec.field(name), getattr(thing, name)) for name in spec.label_fields)
    return Label(
        qr.svg(f"{site}/t/{thing.token}"),
        spec.title(thing),
        thing.code,
        spaced(thing.token),
        thing.unit.short_name or thing.unit.name,
        tuple(one for one in said if one)[:1],
    )


def spaced(token: str) -> str:
    """Return a label's code in groups of four, easy to type."""
    return "-".join(token[n : n + 4] for n in range(0, len(token), 4))

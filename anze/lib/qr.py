"""QR codes as inline SVG, without a style attribute: the pages allow none."""

from __future__ import annotations

import segno


class Svg(str):
    """Markup made here and nowhere else, which a template shows as it is."""

    __slots__ = ()

    def __html__(self) -> str:
        """Return the markup itself; templates ask for it."""
        return self


def svg(text: str) -> Svg:
    """Return the code of a text (error correction M), sized by the class ``az-qr``."""
    code = segno.make(text, error="m", micro=False)
    return Svg(code.svg_inline(scale=4, border=2, omitsize=True, svgclass="az-qr", lineclass=None))

"""What is wrong in one cell, in words for the person who typed it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True)
class Fault:
    """``code`` names the sort of fault, ``column`` the field, ``cell`` where (``名册!C7``)."""

    code: str
    column: str
    text: str
    remedy: str = ""
    cell: str = ""

    def at(self, cell: str) -> Fault:
        """Return the fault with its place."""
        return replace(self, cell=cell)

    def as_dict(self) -> dict[str, str]:
        """Return what is kept with the row."""
        return asdict(self)


class CellError(ValueError):
    """A cell does not say what its column asks for."""

    def __init__(self, code: str, text: str, remedy: str = "") -> None:
        super().__init__(text)
        self.code, self.text, self.remedy = code, text, remedy

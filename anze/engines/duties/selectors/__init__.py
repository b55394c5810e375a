"""Reading duties: what a person owes, how the plan stands, why an occurrence is as it is."""

from anze.engines.duties.selectors.board import Board, Counts, board
from anze.engines.duties.selectors.heat import Heat, heat
from anze.engines.duties.selectors.lines import (
    Line,
    get,
    lacking,
    occurrences,
    owed,
    spec_of,
    tally,
)
from anze.engines.duties.selectors.why import Why, why

__all__ = [
    "Board",
    "Counts",
    "Heat",
    "Line",
    "Why",
    "board",
    "get",
    "heat",
    "lacking",
    "occurrences",
    "owed",
    "spec_of",
    "tally",
    "why",
]

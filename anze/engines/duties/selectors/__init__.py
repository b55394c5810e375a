"""Reading duties: what a person owes, how the plan stands, why an occurrence is as it is."""

from anze.engines.duties.selectors.board import Board, Counts, board
from anze.engines.duties.selectors.heat import Heat, heat
from anze.engines.duties.selectors.lines import (
    REMEMBERED,
    Line,
    get,
    lacking,
    missed_earlier,
    occurrences,
    owed,
    spec_of,
    tally,
)
from anze.engines.duties.selectors.months import Months, months
from anze.engines.duties.selectors.why import Why, made_by, why

__all__ = [
    "REMEMBERED",
    "Board",
    "Counts",
    "Heat",
    "Line",
    "Months",
    "Why",
    "board",
    "get",
    "heat",
    "lacking",
    "missed_earlier",
    "made_by",
    "months",
    "occurrences",
    "owed",
    "spec_of",
    "tally",
    "why",
]

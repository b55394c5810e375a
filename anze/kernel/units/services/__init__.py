"""Writing units: each function is one intention and one entry, in the caller's transaction."""

from anze.kernel.units.services.days import override_day, set_term
from anze.kernel.units.services.facts import set_fact, settle
from anze.kernel.units.services.places import add_place, add_places, remove_place
from anze.kernel.units.services.succession import Part, dissolve, merge, split
from anze.kernel.units.services.tree import (
    close,
    join_group,
    leave_group,
    move,
    register_unit,
    rename,
    set_codes,
)

__all__ = [
    "Part",
    "add_place",
    "add_places",
    "close",
    "dissolve",
    "join_group",
    "leave_group",
    "merge",
    "move",
    "override_day",
    "register_unit",
    "remove_place",
    "rename",
    "set_codes",
    "set_fact",
    "set_term",
    "settle",
    "split",
]

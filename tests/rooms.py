"""What domains bring to the tests that no single room owns, in their own ``tests``."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from anze.config import modules

ROOT = Path(__file__).resolve().parents[1]


def brought(module: str) -> dict[str, ModuleType]:
    """Return domain → its ``tests.<module>``, for the domains that have one."""
    names = {name: f"anze.domains.{name}.tests.{module}" for name in modules.DOMAINS}
    return {name: import_module(dotted) for name, dotted in names.items() if _there(dotted)}


def _there(dotted: str) -> bool:
    return find_spec(dotted.rpartition(".")[0]) is not None and find_spec(dotted) is not None


def files(name: str) -> list[Path]:
    """Return the files of a name in the ``tests`` of the domains."""
    found = [ROOT / "anze" / "domains" / room / "tests" / name for room in modules.DOMAINS]
    return [path for path in found if path.exists()]

"""The operations that other rooms bring: ``ROUTERS`` in the module ``api`` of each."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from ninja import Router


def routers() -> Iterator[tuple[str, Router]]:
    """Yield (prefix, router) of every installed room that has an ``api`` module, in their order.

    Raises ValueError where two rooms take the same prefix.
    """
    taken: dict[str, str] = {}
    for config in apps.get_app_configs():
        dotted = f"{config.name}.api"
        if not config.name.startswith("anze.") or not find_spec(dotted):
            continue
        for prefix, router in import_module(dotted).ROUTERS:
            if taken.setdefault(prefix, config.name) != config.name:
                raise ValueError(f"{prefix} belongs to {taken[prefix]}, not to {config.name}")
            yield prefix, router

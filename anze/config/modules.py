"""The rooms that are open. Adding one is a folder and a line here; everything else follows."""

from importlib.util import find_spec

KERNEL = [
    "ledger",
    "units",
    "people",
    "files",
    "work",
    "packs",
    "outbox",
    "forms",
    "exchange",
    "documents",
    "web",
]
ENGINES = ["registers", "duties"]
DOMAINS = [
    "organisation",
    "outreach",
    "emergency",
    "facilities",
    "burden",
]
INTERFACES = ["portal", "personnel", "api", "console", "health"]


def installed_apps() -> list[str]:
    """Return the dotted names of every room, floor by floor from the bottom."""
    floors = {"kernel": KERNEL, "engines": ENGINES, "domains": DOMAINS, "interfaces": INTERFACES}
    return [f"anze.{floor}.{name}" for floor, names in floors.items() for name in names]


def address_books() -> list[str]:
    """Return the dotted names of the ``urls`` modules the domains bring."""
    named = [f"anze.domains.{name}.urls" for name in DOMAINS]
    return [dotted for dotted in named if find_spec(dotted)]

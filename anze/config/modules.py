"""The rooms that are open. Adding one is a folder and a line here; everything else follows."""

KERNEL = ["ledger", "units", "people", "files", "work", "packs", "forms", "exchange", "web"]
ENGINES = ["duties"]
DOMAINS = ["organisation", "outreach", "emergency"]
INTERFACES = ["portal", "api", "console"]


def installed_apps() -> list[str]:
    """Return the dotted names of every room, floor by floor from the bottom."""
    floors = {"kernel": KERNEL, "engines": ENGINES, "domains": DOMAINS, "interfaces": INTERFACES}
    return [f"anze.{floor}.{name}" for floor, names in floors.items() for name in names]

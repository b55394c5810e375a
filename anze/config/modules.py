"""The rooms that are open. Adding one is a folder and a line here; everything else follows."""

KERNEL = ["ledger", "units", "people", "files", "work", "packs", "forms", "exchange", "web"]
ENGINES = ["duties"]
DOMAINS = ["organisation", "outreach", "emergency"]
INTERFACES = ["portal", "api", "console"]


def installed_apps() -> list[str]:
    """Return the dotted names of every room that exists, floor by floor from the bottom."""
    floors = {"kernel": KERNEL, "engines": ENGINES, "domains": DOMAINS, "interfaces": INTERFACES}
    names = [(floor, name) for floor, names in floors.items() for name in names]
    # TRANSITION: rooms under construction
    import os
    from pathlib import Path

    root = Path(__file__).resolve().parents[1]
    return [f"anze.{f}.{n}" for f, n in names if (root / f / n / "apps.py").exists() and n not in os.environ.get("ANZE_SKIP", "").split(",")]

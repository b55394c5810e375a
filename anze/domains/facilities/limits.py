"""How long fire extinguishers are good for: data with its source. Pure.

Source: GB 50444-2008 建筑灭火器配置验收及检查规范, tables of chapter 5 on repair and scrapping;
the same scrapping years in GA 95-2015 (now XF 95) 灭火器维修. Confidence K: well known, not read
again here; compare with the official text before it is used against anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

SOURCE: Final = "GB 50444-2008 第 5 章；GA 95-2015"
CONFIDENCE: Final = "K"


@dataclass(frozen=True)
class Limit:
    """Years from making to the first service, between later ones, and from making to scrapping."""

    first_service: int
    later_service: int
    scrap: int


LIMITS: Final[dict[str, Limit]] = {
    "dry_powder": Limit(5, 2, 10),
    "water": Limit(3, 1, 6),
    "clean_gas": Limit(5, 2, 10),
    "co2": Limit(5, 2, 12),
}


def years_after(day: date, years: int) -> date:
    """Return the same day some years later; the 29th of February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def computed(values: dict[str, Any]) -> dict[str, Any]:
    """Return ``service_due`` and ``scrap_on`` of an extinguisher, nothing for other equipment.

    ``service_due`` counts from the last service, or from making while there was none.
    """
    limit, made_on = LIMITS.get(str(values.get("kind"))), values.get("made_on")
    if limit is None or made_on is None:
        return {}
    serviced = values.get("serviced_on")
    if serviced:
        service_due = years_after(serviced, limit.later_service)
    else:
        service_due = years_after(made_on, limit.first_service)
    return {"service_due": service_due, "scrap_on": years_after(made_on, limit.scrap)}


def faults(values: dict[str, Any], _today: date) -> dict[str, str]:
    """Return field → what does not fit together: making, service, and what must be known."""
    made_on, serviced = values.get("made_on"), values.get("serviced_on")
    if str(values.get("kind")) in LIMITS and made_on is None:
        return {"made_on": "灭火器要填出厂日期（在瓶体钢印或标签上），维修和报废期限从它算起"}
    if made_on and serviced and serviced < made_on:
        return {"serviced_on": "不能早于出厂日期"}
    return {}

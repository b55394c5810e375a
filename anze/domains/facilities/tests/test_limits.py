"""When an extinguisher must be serviced and scrapped."""

from __future__ import annotations

from datetime import date

import pytest

from anze.domains.facilities import limits

MADE = date(2020, 2, 29)


@pytest.mark.parametrize(
    ("kind", "serviced", "due", "scrap"),
    [
        ("dry_powder", None, date(2025, 2, 28), date(2030, 2, 28)),
        ("dry_powder", date(2025, 3, 1), date(2027, 3, 1), date(2030, 2, 28)),
        ("water", None, date(2023, 2, 28), date(2026, 2, 28)),
        ("water", date(2023, 2, 1), date(2024, 2, 1), date(2026, 2, 28)),
        ("clean_gas", None, date(2025, 2, 28), date(2030, 2, 28)),
        ("co2", None, date(2025, 2, 28), date(2032, 2, 29)),
    ],
)
def test_the_days_follow_from_making_and_service(kind, serviced, due, scrap):
    found = limits.computed({"kind": kind, "made_on": MADE, "serviced_on": serviced})
    assert found == {"service_due": due, "scrap_on": scrap}


def test_a_hydrant_has_no_such_days():
    assert limits.computed({"kind": "hydrant", "made_on": MADE}) == {}


def test_an_extinguisher_without_its_day_of_making_is_refused():
    assert "made_on" in limits.faults({"kind": "co2"}, MADE)
    assert limits.faults({"kind": "hydrant"}, MADE) == {}
    wrong = {"kind": "co2", "made_on": MADE, "serviced_on": date(2019, 1, 1)}
    assert "serviced_on" in limits.faults(wrong, MADE)

"""Ask axe-core what is wrong with a page for people who do not see it or use no mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = Path(__file__).with_name("vendor") / "axe" / "axe.min.js"
GRAVE = ("serious", "critical")
RUN = """async () => {
    const found = await axe.run(document, {resultTypes: ["violations"]});
    return found.violations.map(one => [one.impact, one.id, one.nodes.length,
        one.nodes.slice(0, 3).map(node => node.html.slice(0, 160) + " | "
            + node.failureSummary.replace(/\\s+/g, " ").slice(0, 200))]);
}"""


def grave(page: Page) -> list[tuple[str, str, int, list[str]]]:
    """Return the serious and critical violations: impact, rule, how many places, some of them."""
    return [one for one in _all(page) if one[0] in GRAVE]


def _all(page: Page) -> list[Any]:
    if not page.evaluate("() => 'axe' in window"):
        # Through the debugger, not as a script element: the policy of the page stays as it is.
        page.evaluate(SOURCE.read_text() + "\n;0")
    return [tuple(one) for one in page.evaluate(RUN)]

"""Small words of the portal's templates."""

from __future__ import annotations

from django import template

from anze.interfaces.portal import links
from anze.kernel.bus import clock
from anze.kernel.units.models import Unit
from anze.kernel.web.templatetags.web import day

register = template.Library()


@register.filter
def duties_of(unit: Unit) -> str:
    """``{{ unit|duties_of }}``: the list of a unit's occurrences."""
    return links.duties(unit=unit.pk)


@register.simple_tag
def now_day() -> str:
    """``{% now_day %}``: today in China."""
    return day(clock.today())

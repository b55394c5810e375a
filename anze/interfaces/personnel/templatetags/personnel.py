"""What the templates of this room ask of the actor."""

from __future__ import annotations

from django import template
from django.template.context import Context

from anze.kernel.bus.errors import Problem

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: Context, action: str) -> bool:
    """``{% may "people.manage" as manage %}``: whether the actor holds an action anywhere."""
    try:
        context["request"].ctx.access.check(action, None)
    except Problem:
        return False
    return True

"""Does somebody have a second factor, and does the house ask for one? Read at every request."""

from __future__ import annotations

from django.conf import settings

from anze.kernel.bus import readonly
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import roles
from anze.kernel.people.models import SecondFactor, User


def has(user: User) -> bool:
    """Tell whether a second factor counts for a person."""
    return SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).exists()


def required(ctx: Ctx) -> bool:
    """Tell whether the house asks the actor for a second factor, now or after the grace."""
    from anze.kernel.people.access import PersonAccess  # which imports the gates, which ask here

    if settings.ANZE_SECOND_FACTOR != "bureau" or not isinstance(ctx.access, PersonAccess):
        return False
    return bool({root.role for root in ctx.access.roots} - roles.UNIT_ROLES)


def overdue(user: User, ctx: Ctx) -> bool:
    """Tell whether the person must enrol before anything else: required, and the grace is over.

    The grace begins when the person is first asked.
    """
    if not required(ctx) or has(user):
        return False
    if user.factor_asked_at is None:
        with readonly.tolerated():
            User.objects.filter(pk=user.pk, factor_asked_at=None).update(factor_asked_at=ctx.now)
        user.factor_asked_at = ctx.now
    return (ctx.now - user.factor_asked_at).days >= settings.ANZE_SECOND_FACTOR_GRACE

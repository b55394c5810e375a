"""Among people of the demonstration: a deputy, a vacancy, a tablet, keys, proposals."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from anze.kernel.bus.ctx import Ctx
from anze.kernel.people import services as people
from anze.kernel.people.access import ctx_for
from anze.kernel.people.models import Holding, User

PIN = "480217"


@transaction.atomic
def happen(ctx: Ctx) -> None:
    """Let all of it happen today, each by whom it takes."""
    who = {user.username: user for user in User.objects.all()}
    _leave(ctx, who)
    _vacancy(ctx)
    _tablet(ctx, who)
    _keys(ctx, who)
    _proposals(who)


def _leave(ctx: Ctx, who: dict[str, User]) -> None:
    """The safety officer of the first school is away; a teacher stands in."""
    officer, teacher = who.get("s01-safety"), who.get("s01-teacher")
    if officer and teacher:
        last = ctx.today + timedelta(days=4)
        holding = officer.holdings.get()
        people.name_deputy(ctx, holding.pk, user_id=teacher.pk, first_day=ctx.today, last_day=last)


def _vacancy(ctx: Ctx) -> None:
    """The newest school has lost its safety officer, and his work waits."""
    held = Holding.objects.filter(post="safety_officer", valid_to=None).order_by("pk").last()
    if held:
        people.end_post(ctx, held.pk, until=ctx.today)


def _tablet(ctx: Ctx, who: dict[str, User]) -> None:
    head, guard = who.get("s01-head"), who.get("s01-guard")
    if head and guard:
        campus = guard.holdings.get().unit_id
        _device, code = people.make_device(ctx_for(head, "demo", ctx.now), campus, "传达室平板")
        people.enroll(ctx, code)
        people.set_pin(ctx_for(head, "demo", ctx.now), guard.pk, PIN, campus_id=campus)


def _keys(ctx: Ctx, who: dict[str, User]) -> None:
    """One key works, another still waits for the second person."""
    body = who["leader"].holdings.get().unit_id
    sysadmin, secadmin = (ctx_for(who[one], "demo", ctx.now) for one in ("sysadmin", "secadmin"))
    for name, confirmed in (("平安校园数据交换", True), ("应急指挥中心", False)):
        until = ctx.today + timedelta(days=180)
        actions = ["units.view", "duties.view"]
        wanted = people.Wanted(name, body, "inspector", actions, until)
        proposal, _secret = people.propose_token(sysadmin, wanted)
        if confirmed:
            people.confirm(secadmin, proposal.pk)


def _proposals(who: dict[str, User]) -> None:
    """The security administrator has proposed a role; a leader has yet to confirm it."""
    body = who["leader"].holdings.get().unit_id
    ctx = ctx_for(who["secadmin"], "demo")
    people.propose_grant(ctx, who["desk-head"].pk, role="inspector", unit_id=body)

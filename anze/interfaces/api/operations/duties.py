"""What is owed, why it stands as it does, waiving and reminding."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from ninja import Query, Router
from ninja.responses import Status

from anze.engines.duties import kinds, services
from anze.engines.duties import selectors as duties
from anze.engines.duties.models import Occurrence, State
from anze.interfaces.api import shared
from anze.interfaces.api.shapes import duties as shapes
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.ledger import kinds as entry_kinds
from anze.kernel.ledger import selectors as ledger
from anze.kernel.packs import schema
from anze.kernel.packs import selectors as packs
from anze.kernel.people import sight
from anze.kernel.people.access import Request
from anze.kernel.units import selectors as units
from anze.kernel.web.wire.base import RowId
from anze.kernel.web.wire.declare import operation
from anze.kernel.web.wire.paging import Page, Paging, page

router = Router(tags=["履职"])
waivers = Router(tags=["豁免"])
OPEN = (State.OWED, State.MISSED)


@operation(
    router, "GET", "", action="duties.view", answer=Page[shapes.DutyOut], summary="履职事项列表"
)
def list_duties(
    request: Request, asked: Query[shapes.DutyFilter], paging: Query[Paging]
) -> Page[shapes.DutyOut]:
    """List the occurrences in sight that still stand, the last due first."""
    rows = _chosen(request.ctx, asked).order_by("-due", "-pk")
    return page(
        Page[shapes.DutyOut],
        rows,
        paging,
        lambda found: [shapes.DutyOut.of(occ) for occ in found],
    )


def _chosen(ctx: Ctx, asked: shapes.DutyFilter) -> QuerySet[Occurrence]:
    rows = duties.occurrences(ctx)
    exact: dict[str, Any] = {
        "unit_id": asked.unit,
        "state": asked.state,
        "requirement__pack__issuer": asked.issuer,
        "requirement__ref": asked.requirement,
        "requirement__clauses__clause": asked.clause,
        "due__gte": asked.due_from,
        "due__lte": asked.due_to,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if asked.under:
        units.get(ctx, asked.under)
        rows = rows.filter(unit_id__in=units.subtree(asked.under, ctx.today))
    if words := asked.q.strip():
        rows = rows.filter(Q(requirement__title__contains=words) | Q(unit__name__contains=words))
    return rows


@operation(
    router,
    "POST",
    "/remind",
    action="duties.remind",
    answer=shapes.RemindReceipt,
    summary="催办",
)
def remind(request: Request, body: shapes.RemindIn) -> shapes.RemindReceipt:
    """Remind the holders of what is still owed; the same on the same day goes out once."""
    return shapes.RemindReceipt(reminded=services.remind(request.ctx, body.duties))


@operation(
    router,
    "GET",
    "/{duty_id}",
    action="duties.view",
    answer=shapes.DutyDetail,
    summary="一个履职事项",
)
def get_duty(request: Request, duty_id: RowId) -> shapes.DutyDetail:
    """Return one occurrence, its waivers, and what this person may do about it."""
    ctx = request.ctx
    occ = duties.get(ctx, duty_id)
    spec = duties.spec_of(occ.requirement)
    still_open = occ.state in OPEN

    def may(action: str) -> bool:
        return still_open and occ.unit_id in ctx.access.visible(action)

    return shapes.detail(
        occ,
        sentence=_sentence(occ, spec),
        waivable=spec.waivable,
        waivers=_waivers(ctx, occ),
        may_record=may("duties.record") and bool(occ.requirement.form),
        may_waive=may("duties.waive") and spec.waivable,
        may_remind=may("duties.remind"),
    )


def _sentence(occ: Occurrence, spec: schema.Requirement) -> str:
    pack = packs.get(occ.requirement.pack.issuer, occ.requirement.pack.version)
    return shared.describe.sentence(spec, shared.taught([pack]))


def _waivers(ctx: Ctx, occ: Occurrence) -> list[shapes.WaiverOut]:
    found = shared.waivers_of(occ)
    rows = [*found.proposals, *([found.given] if found.given else [])]
    return [
        shapes.WaiverOut(
            uid=row.uid,
            kind="proposal" if row.kind == kinds.PROPOSED.name else "waiver",
            reason=row.data["reason"],
            recorded=row.recorded,
            proposed_by_me=row.actor_id == ctx.actor_id,
        )
        for row in rows
    ]


@operation(
    router,
    "GET",
    "/{duty_id}/why",
    action="duties.view",
    answer=shapes.WhyOut,
    summary="为什么是这个状态",
    also=(422,),
)
def explain_duty(request: Request, duty_id: RowId, asked: Query[shapes.WhyFilter]) -> shapes.WhyOut:
    """Judge one occurrence again and return everything that made it so."""
    ctx = request.ctx
    occ = duties.get(ctx, duty_id)
    if asked.n is not None and not occ.opened_n <= asked.n <= ledger.size():
        raise Refused(
            "这个编号不在这项履职的历史里",
            field="query.n",
            where=str(asked.n),
            remedy=f"n 应在 {occ.opened_n} 和 {ledger.size()} 之间",
        )
    found = duties.why(ctx, occ, asked.n)
    return shapes.WhyOut(
        duty=shapes.DutyOut.of(occ),
        rule=found.spec.model_dump(mode="json", by_alias=True, exclude_none=True),
        sentence=_sentence(occ, found.spec),
        clauses=[
            shapes.ClauseRef(ref=one.ref, text=one.text, source_section=one.source_section)
            for one in found.clauses
        ],
        basis=[_basis(ref, source) for ref, source in found.sources],
        verdict=shapes.VerdictOut(
            state=found.state,
            count=found.verdict.count,
            needed=found.verdict.needed,
            complete_since=found.verdict.on,
            missing=list(found.verdict.missing),
        ),
        agrees=found.state == occ.state,
        entries=_counted(ctx, found),
        changes=[
            shapes.ChangeOut(n=one.n, at=one.at, state=one.state, count=one.count, cause=one.cause)
            for one in found.changes
        ],
        n=found.n,
        asked_at=ctx.now,
        pack=occ.requirement.pack.name,
        pack_hash=occ.requirement.pack.hash,
        algorithm=found.algorithm,
    )


def _basis(ref: str, source: schema.Source) -> shapes.BasisOut:
    names = ("title", "number", "article", "confidence")
    return shapes.BasisOut(ref=ref, **{name: getattr(source, name) for name in names})


def _counted(ctx: Ctx, found: duties.Why) -> list[shapes.CountedEntry]:
    """Return the entries that counted.

    Who may see a duty may see what an entry of the unit or the public says; entries meant for the
    bureau, or for a few, only who may read them on their own.
    """
    readable = set(
        sight.entries(ctx)
        .filter(uid__in=[entry.uid for entry in found.entries])
        .values_list("uid", flat=True)
    )
    return [
        shapes.CountedEntry(
            uid=entry.uid,
            n=entry.leaf.n,
            kind=entry.kind,
            label=entry_kinds.label(entry.kind),
            happened=entry.happened,
            recorded=entry.recorded,
            facts=entry.data
            if entry.uid in readable or entry.visibility in ("unit", "public")
            else None,
        )
        for entry in found.entries
    ]


@operation(
    router,
    "POST",
    "/{duty_id}/waiver",
    action="duties.waive",
    answer=shapes.WaiverReceipt,
    summary="豁免，或申请豁免",
    status=201,
)
def waive_duty(
    request: Request, duty_id: RowId, body: shapes.WaiverIn
) -> Status[shapes.WaiverReceipt]:
    """Waive a duty; once its deadline has passed, propose to: a second person must agree."""
    entry = services.propose_waiver(request.ctx, duty_id, body.reason, body.words)
    return Status(201, _receipt(entry))


@operation(
    waivers,
    "POST",
    "/{uid}/confirm",
    action="duties.waive",
    answer=shapes.WaiverReceipt,
    summary="批准豁免",
)
def confirm_waiver(request: Request, uid: UUID, body: shapes.WordsIn) -> shapes.WaiverReceipt:
    """Agree to a waiver that somebody else proposed; again with the same words changes nothing."""
    return _receipt(services.confirm_waiver(request.ctx, uid, body.words))


@operation(
    waivers,
    "POST",
    "/{uid}/lift",
    action="duties.waive",
    answer=shapes.LiftReceipt,
    summary="撤销豁免",
)
def lift_waiver(request: Request, uid: UUID) -> shapes.LiftReceipt:
    """Take a waiver back: the duty is judged as if it had not been waived."""
    return shapes.LiftReceipt(waiver=uid, uid=services.lift_waiver(request.ctx, uid).uid)


def _receipt(entry: Any) -> shapes.WaiverReceipt:
    return shapes.WaiverReceipt(
        uid=entry.uid, waived=entry.kind == kinds.WAIVED.name, recorded=entry.recorded
    )

"""What a submission did: the section "这条记录算到了哪里" on its receipt."""

from __future__ import annotations

from anze.engines.duties.models import DONE, StateChange
from anze.kernel.bus.ctx import Ctx
from anze.kernel.forms.models import Submission
from anze.kernel.forms.receipts import Line, Section
from anze.kernel.ledger.models import Entry

MOST = 30


def tell(ctx: Ctx, submission: Submission, entry: Entry) -> Section:
    """Return every occurrence the entry changed, with how it stands now. One query."""
    changes = (
        StateChange.objects.filter(cause=entry.uid, occurrence__opened_n__lte=entry_n(entry))
        .select_related("occurrence__requirement__pack", "occurrence__unit")
        .defer("occurrence__requirement__pack__content")
        .order_by("occurrence__deadline", "pk")[:MOST]
    )
    return Section(
        "这条记录算到了哪里",
        [_line(change) for change in changes],
        empty="没有哪项应做事项等着这条记录；它已存证，随时可查。",
    )


def entry_n(entry: Entry) -> int:
    """Return the number of an entry; a very large one while it waits for its number."""
    leaf = getattr(entry, "leaf", None)
    return leaf.n if leaf is not None else 1 << 62


def _line(change: StateChange) -> Line:
    occ = change.occurrence
    if occ.state in DONE:
        note = f"{occ.period} 已满足"
    else:
        note = f"{occ.period} 已计 {occ.count}，应有 {occ.needed}"
    title = f"{occ.requirement.title}（{occ.requirement.pack.title}）"
    return Line(title, url=f"/duties/{occ.pk}/", note=note, state=occ.state)

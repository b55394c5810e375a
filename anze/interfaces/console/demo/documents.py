"""Issue a few documents in the demonstration district, through the services like anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from anze.engines.duties.models import Occurrence, State
from anze.interfaces.console.demo.district import District
from anze.interfaces.portal import when
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.documents import services
from anze.kernel.documents.models import Document
from anze.kernel.documents.models import State as Issue
from anze.kernel.people.access import ctx_for
from anze.kernel.units.models import Unit
from anze.kernel.work import jobs

SITE = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Wish:
    """One document to draft, and the word it is issued under; without one it stays a draft."""

    ctx: Ctx
    kind: str
    issuer: UUID
    params: Mapping[str, str]
    word: str = ""


def issue_some(district: District, last: date) -> int:
    """Issue a report, a notice and a school's book; leave one draft. Returns how many are out."""
    wishes = list(_wishes(district, last))
    drafts = [
        (one, services.draft(one.ctx, one.kind, one.issuer, one.params, title="")) for one in wishes
    ]
    jobs.run_waiting()
    out = 0
    for wish, row in drafts:
        row.refresh_from_db()
        if wish.word and row.state == Issue.DRAFT:
            services.issue(wish.ctx, row.pk, word=wish.word, site=SITE)
            out += 1
    jobs.run_waiting()
    return Document.objects.filter(state=Issue.ISSUED).count() if out else 0


def _wishes(district: District, last: date) -> Iterator[Wish]:
    desk = ctx_for(district.desk, "demo", clock.now())
    root = {"issuer": str(district.id)}
    known = [one for one in when.terms(desk, district.id) if one.start <= last]
    if known:
        yield Wish(desk, "report", district.id, {**root, "term": known[-1].code}, "云教安报")
    if about := _most_missed(last):
        span = {"since": last.replace(month=max(1, last.month - 2), day=1).isoformat()}
        asked = {**root, **span, "on": last.isoformat(), "about": f"r:{about}"}
        yield Wish(desk, "notice", district.id, {**asked, "copy_to": "区政府办公室"}, "云教安通")
        yield Wish(desk, "notice", district.id, asked)
    school = Unit.objects.filter(level="unit", kind="primary").order_by("pk").first()
    if school is not None:
        book = {"issuer": str(school.pk), "unit": str(school.pk), "year": str(last.year)}
        head = district.hands.get(school.pk)
        if head is not None:
            ctx = ctx_for(head, "demo", clock.now())
            yield Wish(ctx, "book", school.pk, {**book, "on": last.isoformat()}, "一小安档")


def _most_missed(last: date) -> int | None:
    rows = Occurrence.objects.filter(state=State.MISSED, due__lte=last, unit__level="campus")
    return rows.order_by("-due", "pk").values_list("requirement_id", flat=True).first()

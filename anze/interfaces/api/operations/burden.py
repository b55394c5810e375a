"""How much is asked of whom."""

from __future__ import annotations

from datetime import date

from ninja import Query, Router

from anze.domains.burden.selectors import months
from anze.interfaces.api.shapes import burden as shapes
from anze.kernel.people.access import Request
from anze.kernel.web.wire.declare import operation

router = Router(tags=["填报负担"])


@operation(
    router, "GET", "", action="burden.count", answer=shapes.BurdenOut, summary="一个月要填多少"
)
def get_burden(request: Request, asked: Query[shapes.BurdenFilter]) -> shapes.BurdenOut:
    """Count the fields asked in a month of the units in sight; nothing here is typed in."""
    ctx = request.ctx
    first = date.fromisoformat(f"{asked.month}-01") if asked.month else ctx.today.replace(day=1)
    now, then = months.month(ctx, first), months.month(ctx, months.before(first))
    if asked.unit:
        now, then = now.of(asked.unit), then.of(asked.unit)
    titles, times = months.posts(), now.times()
    by_post = now.by(lambda one: one.source.post)
    sources = {one.source.key: one.source for one in now.lines}
    return shapes.BurdenOut(
        month=f"{first:%Y-%m}",
        fields=now.fields,
        fields_before=then.fields,
        prefilled=now.prefilled,
        formless=now.formless,
        posts=[
            shapes.PostBurden(post=post, title=titles.get(post, post), fields=count)
            for post, count in sorted(by_post.items())
        ],
        sources=[
            shapes.BurdenSource(
                key=key,
                title=one.title,
                post=one.post,
                each=one.each,
                prefilled_each=one.prefilled,
                times=times[key],
                fields=times[key] * one.each,
            )
            for key, one in sorted(sources.items())
        ],
        twice=[
            shapes.AskedTwice(label=label, sources=[one.key for one in found])
            for label, found in now.twice()
        ],
    )

"""通报: who has not fulfilled a clause or a requirement by a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from anze.engines.duties.models import DONE, Occurrence, Requirement, State
from anze.engines.duties.selectors.lines import lines
from anze.interfaces.portal import describe, when
from anze.interfaces.portal.listings.duties import DutyList
from anze.interfaces.portal.pages.plan import taught
from anze.interfaces.portal.papers import asked
from anze.kernel.bus.ctx import Ctx, narrow
from anze.kernel.bus.errors import NotFound, Refused
from anze.kernel.documents.catalogue import Made, Told
from anze.kernel.documents.shape import Block, Figure, Heading, Paper, Para, Table
from anze.kernel.packs import selectors as packs
from anze.kernel.units import bodies
from anze.kernel.units.models import Unit
from anze.kernel.web.states import STATES
from anze.lib.charts import Bars, Series

CODE = "notice"
MOST = 2000


@dataclass(frozen=True)
class Standing:
    """What a notice tells: the occurrences due in the span, folded, and whose they are."""

    title: str
    since: date
    on: date
    n: int
    rows: list[Occurrence]
    homes: dict[UUID, Unit]
    terms: dict[str, str]

    @property
    def lacking(self) -> list[Occurrence]:
        """Those not done by the day, by unit."""
        late = [occ for occ in self.rows if _late(occ, self.on)]
        return sorted(late, key=lambda occ: (self.homes[occ.unit_id].pinyin, occ.due, occ.pk))


def _late(occ: Occurrence, on: date) -> bool:
    shown = occ.shown_state  # type: ignore[attr-defined]
    return shown == State.MISSED or (shown == State.OWED and occ.due <= on)


def make(ctx: Ctx, params: Mapping[str, str], told: Told) -> Made:
    """Return the notice about ``about`` (``c:issuer:ref`` or ``r:id``) for what fell due by ``on``.

    Raises Refused when nothing fell due in the span.
    """
    issuer = asked.unit(ctx, params, "issuer")
    requirements, title, basis = _about(params.get("about", ""))
    found = _standing(ctx, params, requirements, title)
    told(1, 2, "正在成文")
    late = found.lacking
    subject = params.get("title") or f"关于“{title}”履职情况的通报"
    paper = Paper(
        issuer=issuer.name,
        title=subject,
        to=params.get("to", "") or "各有关单位",
        blocks=tuple(_blocks(ctx, found, basis, params.get("asks", ""))),
        signed=issuer.name,
        copy_to=params.get("copy_to", ""),
        printed_by=issuer.name,
    )
    recipients = {found.homes[occ.unit_id].pk for occ in late} - {issuer.pk}
    return Made(paper, tuple(sorted(recipients)))


def _about(about: str) -> tuple[list[Requirement], str, list[str]]:
    """Return the requirements, what they are called together, and the rules in words."""
    known = Requirement.objects.select_related("pack").defer("pack__content")
    kind, _, rest = about.partition(":")
    if kind == "r" and rest.isdecimal():
        rows = list(known.filter(pk=int(rest[:18])))
        title = rows[0].title if rows else ""
    else:
        issuer, _, ref = rest.partition(":")
        rows = list(known.filter(pack__issuer=issuer, clauses__clause=ref).order_by("pk"))
        title = f"方案第{ref}条"
    if not rows:
        raise NotFound("没有这个条款或要求", where=about[:40], remedy="请重新选择。")
    words = taught(packs.by_hash(digest) for digest in {one.pack.hash for one in rows})
    basis = []
    for one in rows:
        spec = packs.by_hash(one.pack.hash).requirements_by_ref[one.ref]
        basis.append(f"{spec.title}：{describe.sentence(spec, words)}")
    return rows, title, list(dict.fromkeys(basis))


def _standing(
    ctx: Ctx, params: Mapping[str, str], requirements: list[Requirement], title: str
) -> Standing:
    since, on = asked.day(params, "since"), min(asked.day(params, "on"), ctx.today)
    n, at_n = asked.known_at(ctx, on)
    rows = DutyList({}, at_n).rows(ctx)
    rows = narrow(rows, ctx.access.visible("board.view"))
    rows = rows.filter(requirement__in=requirements, due__range=(since, on)).order_by("due", "pk")
    most = MOST * 4
    found = list(rows[: most + 1])
    if len(found) > most:
        raise Refused(
            f"这段时间到期的事项超过{most}项，一份通报写不下", where=f"{since}至{on}",
            field="since", remedy="请把时间改短，或选一个要求而不是整条。",
        )  # fmt: skip
    folded = [line.first for line in lines(found)]
    if not folded:
        raise Refused(
            "这段时间没有到期的事项", where=f"{since}至{on}", remedy="请换一段时间，或换一个要求。"
        )
    ids = {occ.unit_id for occ in folded}
    over = bodies.homes_of(ids, on)
    known = Unit.objects.in_bulk(ids | set(over.values()))
    homes = {pk: known[over.get(pk, pk)] for pk in ids}
    return Standing(title, since, on, n, folded, homes, when.names(when.terms(ctx)))


def _blocks(ctx: Ctx, found: Standing, basis: list[str], asks: str) -> Iterator[Block]:
    late = found.lacking
    units = {found.homes[occ.unit_id].pk for occ in late}
    done = sum(1 for occ in found.rows if occ.shown_state in DONE)  # type: ignore[attr-defined]
    waived = sum(1 for occ in found.rows if occ.shown_state == State.WAIVED)  # type: ignore[attr-defined]
    yield Para(
        f"{asked.said(found.since)}至{asked.said(found.on)}，{found.title}到期应办"
        f"{len(found.rows)}项，已完成{done}项，豁免{waived}项，未完成{len(late)}项，"
        f"涉及{len(units)}个单位。现将有关情况通报如下。"
    )
    yield Heading("要求")
    for one in basis:
        yield Para(one)
    yield Heading("未完成情况")
    if not late:
        yield Para("到期事项均已完成。")
    else:
        yield from _by_town(found, late)
        yield Table(
            ("序号", "单位", "事项", "周期", "应完成", "状态"),
            tuple(_row(found, place, occ) for place, occ in enumerate(late[:MOST], 1)),
            "到期未完成事项",
            (2, 6, 6, 4, 4, 3),
        )
        if len(late) > MOST:
            yield Para(f"表中列出前{MOST}项，其余见平台。")
    yield Heading("工作要求")
    yield Para(
        asks
        or "请未完成的单位尽快补办并如实登记，登记后系统自动计入，不需另行书面回复；"
        "确因客观原因不能办理的，请说明情况。"
    )
    yield Para(asked.told_at(found.on, found.n))


def _row(found: Standing, place: int, occ: Occurrence) -> tuple[str, ...]:
    unit, body = found.homes[occ.unit_id], occ.unit
    name = unit.name if body.pk == unit.pk or body.name == unit.name else f"{unit.name}（{body}）"
    period = describe.period(occ.requirement.every, occ.period, occ.start, found.terms)
    said = " ".join(part for part in (occ.requirement.title, occ.subject) if part)
    shown: str = occ.shown_state  # type: ignore[attr-defined]
    state = "未完成" if shown == State.OWED else STATES[shown].label
    return (str(place), name, said, period, f"{occ.due:%Y-%m-%d}", state)


def _by_town(found: Standing, late: list[Occurrence]) -> Iterator[Block]:
    """A chart by town where there are several."""
    homes = {unit.pk for unit in found.homes.values()}
    towns = bodies.towns_of(homes, found.on)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    slow = {occ.pk for occ in late}
    for occ in found.rows:
        town = towns.get(found.homes[occ.unit_id].pk, "局直属")
        counts[town][occ.pk in slow] += 1
    if len(counts) < 2:
        return
    names = sorted(counts, key=lambda name: (-counts[name][1], name))[:20]
    yield Figure(
        Bars(
            "各镇（街道）到期事项",
            tuple(names),
            (
                Series("未完成", tuple(counts[name][1] for name in names)),
                Series("已完成或豁免", tuple(counts[name][0] for name in names)),
            ),
            "项",
        )
    )

"""安全工作档案: what a unit owed in a year by clause, what was done when, and what proves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from anze.engines.duties import selectors as duties
from anze.engines.duties.models import Occurrence, State
from anze.interfaces.portal import describe, when
from anze.interfaces.portal.listings.duties import DutyList
from anze.interfaces.portal.pages.plan import taught
from anze.interfaces.portal.papers import asked
from anze.interfaces.portal.words import Words
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.documents.catalogue import Made, Told
from anze.kernel.documents.shape import Block, Break, Heading, Paper, Para, Table
from anze.kernel.ledger.models import Entry
from anze.kernel.packs import schema
from anze.kernel.packs import selectors as packs
from anze.kernel.people import selectors as people
from anze.kernel.people import sight
from anze.kernel.units import bodies, rules
from anze.kernel.units import selectors as units
from anze.kernel.units.models import Unit
from anze.kernel.web.states import STATES

CODE = "book"
STEP = 25


@dataclass
class Year:
    """A unit's year as known at ledger number ``n``, with all the book tells of it."""

    unit: Unit
    issuer: Unit
    year: int
    on: date
    n: int
    bodies: dict[UUID, Unit]
    standing: list[Occurrence]
    words: Words
    terms: dict[str, str]
    entries: dict[int, list[Entry]] = field(default_factory=dict)
    hidden: dict[int, int] = field(default_factory=dict)

    def state(self, occ: Occurrence) -> str:
        """Return the state known then; what is owed past its day is missing in a book."""
        shown: str = occ.shown_state  # type: ignore[attr-defined]
        late = shown == State.OWED and occ.due < self.on
        return "未完成" if late else STATES[shown].label

    def lacks(self, occ: Occurrence) -> bool:
        """Whether it was not done by its day, and not waived."""
        return self.state(occ) == "未完成"


def make(ctx: Ctx, params: Mapping[str, str], told: Told) -> Made:
    """Return the yearly book of ``unit`` as of ``on``, issued by ``issuer``.

    Raises NotFound or Denied by ``duties.view``, Refused when nothing was owed in the year.
    """
    read = _read(ctx, params)
    _judge(ctx, read, told)
    told(2 * len(read.standing), 2 * len(read.standing) + 1, "正在成册")
    paper = Paper(
        issuer=read.issuer.name,
        title=f"{read.unit.name}{read.year}年度安全工作档案",
        layout="book",
        cover=(
            ("单位名称", read.unit.name),
            ("年度", f"{read.year}年"),
            ("资料截至", asked.said(read.on)),
            ("存证范围", f"第1至{read.n}号"),
            ("编制单位", read.issuer.name),
        ),
        blocks=tuple(_blocks(ctx, read)),
        signed=read.issuer.name,
    )
    others = () if read.issuer.pk == read.unit.pk else (read.unit.pk,)
    return Made(paper, others)


def _read(ctx: Ctx, params: Mapping[str, str]) -> Year:
    unit, issuer = asked.unit(ctx, params, "unit"), asked.unit(ctx, params, "issuer")
    ctx.access.check("duties.view", unit.pk)
    year = int(params["year"])
    on = min(asked.day(params, "on"), ctx.today, date(year, 12, 31))
    n, at_n = asked.known_at(ctx, on)
    ids = [unit.pk, *bodies.campuses_of([unit.pk], on).get(unit.pk, [])]
    rows = DutyList({}, at_n).rows(ctx).filter(unit_id__in=ids, start__lte=on)
    standing = list(rows.filter(due__year=year).order_by("due", "unit__pinyin", "pk"))
    if not standing:
        raise Refused(
            f"{unit.name}在{year}年没有应办事项",
            remedy="请换一个年度，或确认单位和制度包已经启用。",
        )
    digests = {occ.requirement.pack.hash for occ in standing}
    return Year(
        unit,
        issuer,
        year,
        on,
        n,
        Unit.objects.in_bulk(ids),
        standing,
        taught(packs.by_hash(digest) for digest in sorted(digests)),
        when.names(when.terms(ctx, unit.pk)),
    )


def _judge(ctx: Ctx, read: Year, told: Told) -> None:
    """Find the entries that count for each occurrence, as the engine would then."""
    end = min(ctx.now, clock.start_of(read.on + timedelta(days=1)))
    made: dict[int, tuple[UUID, ...]] = {}
    for place, (occ, uids) in enumerate(
        zip(read.standing, duties.made_by(read.standing, read.n, end), strict=True)
    ):
        made[occ.pk] = uids
        if place % STEP == 0:
            told(place, 2 * len(read.standing), "正在核对存证")
    readable = _readable(ctx, {uid for uids in made.values() for uid in uids})
    for pk, uids in made.items():
        found = [readable[uid] for uid in uids if uid in readable]
        read.entries[pk] = sorted(found, key=lambda one: one.n)  # type: ignore[attr-defined]
        read.hidden[pk] = len(uids) - len(found)


def _readable(ctx: Ctx, uids: set[UUID]) -> dict[UUID, Entry]:
    wanted, found = sorted(uids), {}
    for at in range(0, len(wanted), 500):
        rows = sight.entries(ctx).filter(uid__in=wanted[at : at + 500])
        found |= {one.uid: one for one in rows}
    return found


def _blocks(ctx: Ctx, read: Year) -> Iterator[Block]:
    yield from _about(read)
    yield from _charges(read)
    yield Break()
    yield from _clauses(read)
    yield Break()
    yield from _lacking(read)
    yield from _proofs(read)


def _about(read: Year) -> Iterator[Block]:
    yield Heading("单位情况")
    rows = [("类别", read.unit.get_kind_display() or read.unit.get_level_display())]
    if read.unit.code:
        rows.append(("学校标识码", read.unit.code))
    known = units.facts(read.unit.pk, read.on)
    for key, (label, form) in rules.FACTS.items():
        if key in known and key not in rules.MIRRORED:
            flag = {"yes": "是", "no": "否"} if form == "flag" else {}
            rows.append((label, flag.get(known[key], known[key])))
    names = [one.name for pk, one in read.bodies.items() if pk != read.unit.pk]
    if names:
        rows.append(("校区", "、".join(names)))
    yield Table(("项目", "情况"), tuple(rows), weights=(1, 3))
    yield from _sums(read)


def _sums(read: Year) -> Iterator[Block]:
    counts: dict[str, int] = {}
    for occ in read.standing:
        counts[read.state(occ)] = counts.get(read.state(occ), 0) + 1
    told = "，".join(f"{name}{count}项" for name, count in counts.items())
    yield Para(f"{read.year}年本单位应办事项共{len(read.standing)}项，其中{told}。")
    yield Para(
        asked.told_at(read.on, read.n)
        + "各事项的状态由系统按制度包和存证计算，不由人工勾选；后来补记的不计入。"
    )


def _charges(read: Year) -> Iterator[Block]:
    """Who answers for what: every post that a duty of the year asks for, vacant ones too."""
    yield Heading("责任分工")
    held = people.in_charge(list(read.bodies), read.on)
    wanted = {occ.requirement.who for occ in read.standing}
    codes = sorted(wanted | {post for posts in held.values() for post in posts})
    rows = []
    for code in codes:
        found = [
            (body.short_name or body.name, name)
            for pk, body in read.bodies.items()
            for name in held.get(pk, {}).get(code, [])
        ]
        count = sum(1 for occ in read.standing if occ.requirement.who == code)
        home = str(read.unit)
        said = "、".join(f"{name}（{where}）" if where != home else name for where, name in found)
        rows.append((read.words.post(code), said or "（无人在任）", f"{count}项"))
    yield Table(("岗位", "在任人员", "年度应办"), tuple(rows), weights=(2, 4, 1))


def _clauses(read: Year) -> Iterator[Block]:
    yield Heading("逐条落实情况")
    by_pack: dict[str, list[Occurrence]] = {}
    for occ in read.standing:
        by_pack.setdefault(occ.requirement.pack.hash, []).append(occ)
    parsed = [(packs.by_hash(digest), mine) for digest, mine in by_pack.items()]
    for pack, mine in sorted(parsed, key=lambda one: (one[0].meta.kind != "plan", one[0].name)):
        yield from _of_pack(read, pack, mine)


def _of_pack(read: Year, pack: schema.Pack, mine: list[Occurrence]) -> Iterator[Block]:
    refs = {occ.requirement.ref for occ in mine}
    specs = {ref: pack.requirements_by_ref[ref] for ref in refs}
    yield Heading(f"{pack.meta.title}（{pack.name}）", 2)
    silent, told = [], set()
    for clause in pack.clauses.clauses:
        serving = sorted(ref for ref, spec in specs.items() if clause.ref in spec.clauses)
        if not serving:
            silent.append(clause.ref)
            continue
        yield Heading(f"{clause.text.rstrip('。')}（第{clause.ref}条）", 3)
        for ref in serving:
            yield from _requirement(read, specs[ref], mine, again=ref in told)
            told.add(ref)
    if others := sorted(refs - told):
        yield Heading("其他要求" if told else "要求", 3)
        for ref in others:
            yield from _requirement(read, specs[ref], mine, again=False)
    if silent:
        yield Para(f"下列条款本年度没有对本单位产生应办事项：{'、'.join(silent)}。")


def _requirement(
    read: Year, spec: schema.Requirement, mine: list[Occurrence], *, again: bool
) -> Iterator[Block]:
    yield Para(f"要求：{spec.title}。{describe.sentence(spec, read.words)}")
    if again:
        yield Para("（办理情况见前面同一要求的表。）")
        return
    rows = [_row(read, occ) for occ in mine if occ.requirement.ref == spec.ref]
    heads = ("周期", "校区或对象", "应完成", "状态", "存证编号、日期和类型")
    yield Table(heads, tuple(rows), weights=(4, 4, 3, 2, 6))


def _row(read: Year, occ: Occurrence) -> tuple[str, ...]:
    body = read.bodies.get(occ.unit_id)
    where = "" if body is None or body.pk == read.unit.pk else body.short_name or body.name
    period = describe.period(occ.requirement.every, occ.period, occ.start, read.terms)
    made = [_entry(read, occ, one) for one in read.entries[occ.pk]]
    if read.hidden[occ.pk]:
        made.append(f"另有{read.hidden[occ.pk]}条不在查看范围内")
    place = " ".join(part for part in (where, occ.subject) if part) or "本单位"
    return (period, place, f"{occ.due:%Y-%m-%d}", read.state(occ), "；".join(made) or "—")


def _entry(read: Year, occ: Occurrence, one: Entry) -> str:
    late = "（期限后登记）" if one.recorded > occ.deadline else ""
    day = f"{clock.day_of(one.happened):%Y-%m-%d}"
    return f"{one.n}号 {day} {read.words.kind(one.kind)}{late}"  # type: ignore[attr-defined]


def _lacking(read: Year) -> Iterator[Block]:
    yield Heading("缺项")
    rows = [
        (str(place), occ.requirement.title, *_row(read, occ)[:3])
        for place, occ in enumerate((one for one in read.standing if read.lacks(one)), 1)
    ]
    if not rows:
        yield Para(f"截至{asked.said(read.on)}，没有到期未完成的事项。")
        return
    yield Para(f"截至{asked.said(read.on)}，到期未完成{len(rows)}项。")
    heads = ("序号", "要求", "周期", "校区或对象", "应完成")
    yield Table(heads, tuple(rows), weights=(1, 5, 3, 3, 3))


def _proofs(read: Year) -> Iterator[Block]:
    yield Heading("证明材料")
    known = {one.pk: one for found in read.entries.values() for one in found if one.proof_list}
    rows = [
        (f"{one.n}号", f"{clock.day_of(one.happened):%Y-%m-%d}", read.words.kind(one.kind), digest)
        for one in sorted(known.values(), key=lambda one: one.n)
        for digest in one.proof_list
    ]  # fmt: skip
    if not rows:
        yield Para("计入的存证没有附材料。")
        return
    yield Para(
        "下表是计入的存证所附材料的SHA-256，按收到时的字节计算；文件与此不符，就不是当时的那一份。"
    )
    yield Table(("存证", "发生日期", "类型", "SHA-256"), tuple(rows), weights=(2, 3, 3, 8))

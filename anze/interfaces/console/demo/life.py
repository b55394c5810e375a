"""Live one term, day by day: what is owed is mostly done, sometimes late, sometimes not at all."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from django.db import transaction
from PIL import Image, ImageDraw

from anze.engines.duties import selectors as duties
from anze.engines.duties import services as duty_services
from anze.engines.duties.advance import advance
from anze.engines.duties.models import Occurrence, State
from anze.engines.duties.selectors.lines import Line, lines
from anze.interfaces.console.demo import answers
from anze.interfaces.console.demo.district import District
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import SYSTEM_ACCESS, Ctx
from anze.kernel.bus.errors import Problem
from anze.kernel.files import services as files
from anze.kernel.forms import definitions
from anze.kernel.forms import services as forms
from anze.kernel.forms.models import Submission
from anze.kernel.ledger import sequencer
from anze.kernel.people.models import User
from anze.kernel.units import selectors as unit_selectors
from anze.kernel.units import services as units

YEAR = timedelta(days=366)
SPACE = UUID("5f0c1a52-7f0e-5d3a-9a49-2f8f0d1f6f10")
Say = Callable[[str], None]


@dataclass
class Life:
    """One district's days. ``plans`` says what somebody means to do on which day."""

    district: District
    seed: int
    say: Say
    plans: dict[date, list[int]] = field(default_factory=lambda: defaultdict(list))
    seen: int = 0
    pupils: dict[UUID, int] = field(default_factory=dict)
    done: int = 0
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def live(self, first: date, last: date) -> None:
        """Live the days from first to last, both included."""
        day = first
        while day <= last:
            with clock.travel(clock.start_of(day) + timedelta(minutes=5)):
                duty_services.sweep(Ctx.system(via="demo"))
            self._day(day)
            if day.day == 1 or day == last:
                self.say(f"  {day}  已填报 {self.done} 件")
            day += timedelta(days=1)

    def _day(self, day: date) -> None:
        evening = clock.start_of(day) + timedelta(hours=18)
        with clock.travel(evening):
            with transaction.atomic():
                for line in self._due_today(day):
                    self._do(line, day)
                self._second_thoughts(day)
                self._bureau(day)
            sequencer.advance()
            advance()

    def _due_today(self, day: date) -> list[Line]:
        """Plan what has begun since yesterday, and return what was planned for today."""
        new = Occurrence.objects.filter(pk__gt=self.seen, unit_id__in=self.district.bodies)
        new = new.exclude(requirement__form="").select_related("requirement").order_by("pk")
        for occ in new:
            self.seen = occ.pk
            if (planned := self._plan(occ, day)) is not None:
                self.plans[max(planned, day)].append(occ.pk)
        rows = Occurrence.objects.filter(
            pk__in=self.plans.pop(day, []), state__in=(State.OWED, State.MISSED)
        ).select_related("requirement__pack")
        rows = rows.defer("requirement__pack__content").order_by("deadline", "pk")
        return lines(rows)

    def _plan(self, occ: Occurrence, day: date) -> date | None:
        """Choose the day: in time, a few days late, or never (None)."""
        random = self._random(occ.requirement.group, self._place(occ), occ.period)
        care = self.district.care[occ.unit_id]
        first = max(occ.start, day)
        if random.randrange(1000) < care:
            room = max(0, (min(occ.due, first + timedelta(days=75)) - first).days)
            return _weekday(first + timedelta(days=int(room * random.betavariate(3, 1.6))), occ.due)
        if random.randrange(1000) < 600:
            return max(first, min(occ.due, first + YEAR)) + timedelta(days=random.randint(1, 6))
        return None

    def _do(self, line: Line, day: date) -> None:
        occ = line.first
        ref = line.form
        if ref.count("/") != 1:
            return
        random = self._random(ref, self._place(occ), occ.period, "do")
        hand = self.district.hands.get(occ.unit_id, self.district.desk)
        try:
            definition = definitions.find(ref, occ.unit_id, day)
            given = answers.answer(
                definition.form, definition.kind, duties.spec_of(occ.requirement), day,
                self._pupils(occ.unit_id, day), random,
            )  # fmt: skip
            ctx = _ctx(hand, day, random)
            for one in definition.form.fields:
                if one.type == "photo" and (one.required or random.random() < 0.4):
                    given[one.name] = [str(self._photo(ctx, occ.unit_id, definition.form.title))]
            client = uuid5(SPACE, f"{self.seed}/{occ.requirement}/{occ.unit_id}/{occ.period}/{day}")
            with transaction.atomic():
                forms.submit(ctx, ref, occ.unit_id, client, given, happened=day)
            self.done += 1
        except Problem as problem:
            # A form the generator cannot answer sensibly is left undone, and said at the end.
            self.refused[f"{ref}: {problem.message}"] += 1

    def _second_thoughts(self, day: date) -> None:
        """Now and then somebody corrects or withdraws what he handed in the day before."""
        random = self._random("second", day)
        handed = Submission.objects.filter(
            submitted_at__gte=clock.start_of(day - timedelta(days=1)),
            submitted_at__lt=clock.start_of(day), state="recorded",
        ).order_by("submitted_at", "form_ref", "pk")  # fmt: skip
        for submission in handed:
            if random.random() > 0.012:
                continue
            ctx = _ctx(User.objects.get(pk=submission.actor_id), day, random)
            try:
                forms.withdraw(ctx, submission, sorted(forms.REASONS)[0])
            except Problem as problem:
                self.refused[f"withdraw: {problem.message}"] += 1

    def _bureau(self, day: date) -> None:
        """The desk reminds on Tuesdays, waives what cannot be, and sees one institution close."""
        random = self._random("bureau", day)
        ctx = _ctx(self.district.desk, day, random)
        if day.weekday() == 1:
            late = Occurrence.objects.filter(
                state=State.MISSED, due__range=(day - timedelta(days=9), day)
            )
            duty_services.remind(ctx, list(late.order_by("pk").values_list("pk", flat=True)[:40]))
        if (day.month, day.day) == (10, 20) and self.district.training:
            closing = self.district.training[-1]
            for campus in unit_selectors.children(ctx, closing, day):
                units.close(ctx, campus.pk, on=day)
            units.close(ctx, closing, on=day)
        if (day.month, day.day) == (9, 22):
            some = Occurrence.objects.filter(state=State.OWED, unit__level="campus")
            for occ in [one for one in some.order_by("pk")[:400] if _waivable(one)][:3]:
                duty_services.propose_waiver(ctx, occ.pk, "rebuilding", "校舍改扩建，本期暂停。")

    def _pupils(self, unit: UUID, day: date) -> int:
        if unit not in self.pupils:
            line = [unit, *unit_selectors.ancestors(unit, day)]
            known = [unit_selectors.facts(one, day) for one in line]
            counts = [one.get("pupils") or one.get("staff") for one in known]
            self.pupils[unit] = int(next((count for count in counts if count), "30"))
        return self.pupils[unit]

    def _photo(self, ctx: Ctx, unit: UUID, title: str) -> UUID:
        """Hand in a drawn picture that says it is none of a real place."""
        image = Image.new("RGB", (640, 480), (214, 222, 230))
        draw = ImageDraw.Draw(image)
        number = self.done
        draw.rectangle((60 + number % 90, 140, 420, 400), fill=(150, 165, 182))
        draw.polygon([(40 + number % 90, 140), (240, 60), (440, 140)], fill=(120, 134, 150))
        draw.text((24, 440), f"DEMO {unit.hex[-6:]} #{number}", fill=(60, 66, 74))
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=72)
        buffer.seek(0)
        row, _new = files.receive(ctx, unit, buffer, name=f"demo-{number}.jpg")
        return row.pk

    def _place(self, occ: Occurrence) -> int:
        """Return the number of a body: ids differ from district to district, numbers do not."""
        return self.district.bodies.index(occ.unit_id)

    def _random(self, *key: object) -> Random:
        return Random("/".join(str(part) for part in (self.seed, *key)))


def _weekday(day: date, last: date) -> date:
    """Return the day, or the Friday before when it falls on a weekend and that is not too early."""
    back = day - timedelta(days=max(0, day.weekday() - 4))
    return min(back, last)


def _waivable(occ: Occurrence) -> bool:
    return duties.spec_of(occ.requirement).waivable


def _ctx(user: User, day: date, random: Random) -> Ctx:
    """Return the context of a person at some minute between eight and five."""
    at: datetime = clock.start_of(day) + timedelta(minutes=random.randint(8 * 60, 17 * 60))
    return Ctx(actor_id=user.pk, now=at, via="demo", access=SYSTEM_ACCESS)


def listed(refused: dict[str, int]) -> Iterable[str]:
    """Return what could not be done, most frequent first."""
    return (f"{count} × {what}" for what, count in sorted(refused.items(), key=lambda x: -x[1]))

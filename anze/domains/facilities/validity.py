"""What duties may ask of the registers: is everything in date, and which devices are there.

Both answers come from live entries alone, so that any past day can be judged again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from anze.domains.facilities.registers import SPECIAL
from anze.engines.duties import facts, subjects
from anze.engines.duties.body import Body
from anze.engines.duties.facts import BEGINNING, FOREVER, Question, Source
from anze.engines.duties.rules import Fact, Held
from anze.engines.registers import fold, kinds, spec
from anze.kernel.bus import clock
from anze.kernel.packs import known
from anze.kernel.packs.schema import matches

NAMED = 5


class InDate:
    """``register.in_date``: every thing in use of ``with: {register: fire_equipment}`` is in date.

    ``where`` chooses among them by their values: ``{kind: [dry_powder, water]}``. For each device
    it asks of that device alone. Nothing registered is nothing shown: that does not hold.
    """

    def kinds(self, params: Mapping[str, Any]) -> frozenset[str]:
        return frozenset(kinds.OF_A_THING)

    def hold(self, question: Question, source: Source) -> Held:
        one = spec.get(str(question.condition.params["register"]))
        every = _entries(question.body, source)
        by_then = [fact for fact in every if fact.recorded <= question.by]
        calm = FOREVER if len(by_then) == len(every) else None
        told = [fact for fact in by_then if fact.facts["register_code"] == one.code]
        if question.subject:
            told = [fact for fact in told if fact.subject == question.subject]
        chosen = _chosen(told, one.code, question)
        last = max(told, key=lambda fact: fact.n, default=None)
        if not chosen:
            gone = bool(question.subject) and last is not None
            return _answer(gone, last, f"{one.label}台账里还没有登记", calm, question)
        ends = {state.code: fold.first_end(state, _ends(one)) for state in chosen}
        over = sorted(code for code, end in ends.items() if end and end < question.day)
        if over:
            more = f"等 {len(over)} 件" if len(over) > NAMED else ""
            return _answer(False, last, f"{'、'.join(over[:NAMED])}{more} 已过期", calm, question)
        first = min((end for end in ends.values() if end), default=None)
        until = calm and (clock.start_of(first + timedelta(days=1)) if first else FOREVER)
        return _answer(True, last, "", until, question)


def _answer(
    holds: bool, last: Fact | None, text: str, until: datetime | None, question: Question
) -> Held:
    if not holds:
        return Held(False, text=text, until=until)
    since = last.recorded if last else question.body.registered
    return Held(True, since=since, uid=last.uid if last else None, until=until)


def _ends(one: spec.RegisterSpec) -> list[str]:
    return [field.name for field in one.ends]


def _chosen(told: Sequence[Fact], register: str, question: Question) -> list[fold.State]:
    states = fold.states(((fact.kind, fact.facts) for fact in told), register)
    where = question.condition.where
    return [
        state
        for state in states.values()
        if not state.ended and (not where or matches(where, state.values))
    ]


def _entries(body: Body, source: Source) -> list[Fact]:
    """Return all that was ever said about things of a body, in the order of the ledger."""
    found = [
        fact
        for kind in kinds.OF_A_THING
        for fact in source.facts(kind, body.counted, BEGINNING, date.max)
    ]
    return sorted(found, key=lambda fact: fact.n)


def devices(body: Body, source: Source, day: date) -> list[str]:
    """Return the numbers of the special equipment in use at a body on a day."""
    told = [fact for fact in _entries(body, source) if fact.day <= day]
    states = fold.states(((fact.kind, fact.facts) for fact in told), SPECIAL.code)
    return sorted(state.code for state in states.values() if not state.ended)


def _in_words(params: Mapping[str, Any]) -> str:
    return f"台账里在用的“{spec.get(str(params['register'])).label}”都在有效期内"


def register() -> None:
    """Let packs name the fact and the subject; called once at start."""
    facts.register("register.in_date", InDate(), _in_words)
    known.add_provider("register.in_date", frozenset({"register"}))
    subjects.register("device", devices)

"""Compares the rows of every register with the entries they came from. Any difference is a bug."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from anze.engines.registers import fold, kinds, values
from anze.engines.registers.models import ENDED, Audit, Thing
from anze.engines.registers.spec import RegisterSpec, all_specs
from anze.kernel.bus.ctx import Ctx
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.models import RETRACT, Entry
from anze.kernel.ledger.reconcile import Drift


def drift(_ctx: Ctx) -> Iterator[Drift]:
    """Yield every thing that stands otherwise than its entries say, and every audit likewise."""
    said = _states()
    words = _words()
    for spec in all_specs():
        states = said.pop(spec.code, {})
        for thing in spec.model._default_manager.all().iterator(chunk_size=500):
            yield from _of_thing(spec, thing, states.pop(str(thing.pk), None), words)
        for thing_id, state in states.items():
            yield Drift(f"{spec.code} {state.code}", "an entry added it, there is no row", thing_id)
    for register in said:
        yield Drift(register, "entries speak of a register nobody declares")
    yield from _audits()


def _live() -> Iterator[Entry]:
    gone = set(Entry.objects.exclude(target=None).values_list("target", flat=True))
    rows = Entry.objects.filter(kind__in=kinds.OF_A_THING).exclude(op=RETRACT).order_by("pk")
    return (one for one in rows.iterator(chunk_size=500) if one.uid not in gone)


def _states() -> dict[str, dict[str, fold.State]]:
    found: dict[str, dict[str, fold.State]] = defaultdict(dict)
    for one in _live():
        fold.apply(found[one.data["register_code"]], one.kind, one.data)
    return found


def _words() -> dict[str, dict[str, str] | None]:
    """Return thing id → texts by field as private parts say; None where one was erased."""
    found: dict[str, dict[str, str] | None] = {}
    for one in _live():
        if not one.commitment or one.kind == kinds.ENDED.name:
            continue
        private, thing = ledger.private_part(one), str(one.data["thing"])
        known = found.setdefault(thing, {})
        if private is None:
            found[thing] = None
        elif known is not None:
            known.update(private["words"])
    return found


def _of_thing(
    spec: RegisterSpec,
    thing: Thing,
    state: fold.State | None,
    words: dict[str, dict[str, str] | None],
) -> Iterator[Drift]:
    where = f"{spec.code} {thing.code}"
    if state is None:
        yield Drift(where, "a row without the entry that added it", str(thing.entry_uid))
        return
    place = {"place": str(thing.place_id)} if thing.place_id else {}
    row = place | values.codes(spec, values.of(spec, thing))
    entry = {key: value for key, value in state.values.items() if key != "missing"}
    if row != entry:
        yield Drift(where, f"the row says {row}, the entries {entry}", str(thing.entry_uid))
    if (thing.state == ENDED) != state.ended:
        yield Drift(where, f"the row is {thing.state}, the entries say otherwise")
    texts = words.get(str(thing.pk), {})
    shown = values.words(spec, values.of(spec, thing))
    if texts is not None and {key: text for key, text in texts.items() if text} != shown:
        yield Drift(where, "the row has other words than its entries")


def _audits() -> Iterator[Drift]:
    entries = {
        UUID(one.data["audit"]): one for one in Entry.objects.filter(kind=kinds.AUDITED.name)
    }
    for audit in Audit.objects.filter(state=Audit.CLOSED):
        entry = entries.pop(audit.pk, None)
        if entry is None or entry.uid != audit.entry_uid or entry.unit_id != audit.unit_id:
            yield Drift(f"audit {audit.pk}", "closed without its entry", str(audit.entry_uid))
    for audit_id, entry in entries.items():
        yield Drift(f"audit {audit_id}", "an entry says it is closed", str(entry.uid))

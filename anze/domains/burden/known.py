"""What is asked or kept already: forms in force, registers, facts of units, earlier tasks."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from anze.domains.burden import meaning
from anze.domains.burden.meaning import Known
from anze.domains.burden.models import CollectionField, TaskState
from anze.engines.registers import spec
from anze.kernel.bus.ctx import Ctx
from anze.kernel.packs import selectors as packs
from anze.kernel.units import rules

ATTACHED = ("photo", "file")
RAN = (TaskState.OPEN, TaskState.ENDED)


def everything(ctx: Ctx, besides: UUID | None = None) -> list[Known]:
    """Return all of it as of today; ``besides`` leaves the fields of one task out. Few queries."""
    return [*_facts(), *_registers(), *_forms(ctx), *_tasks(besides)]


def _facts() -> Iterator[Known]:
    for label, _type in rules.FACTS.values():
        yield Known(meaning.of(label), label, "单位情况")


def _registers() -> Iterator[Known]:
    for register in spec.all_specs():
        for field in register.asked:
            yield Known(meaning.of(field.label), field.label, f"台账“{register.label}”")


def _forms(ctx: Ctx) -> Iterator[Known]:
    for active in packs.active_packs(ctx.today):
        for form in active.pack.forms:
            for field in form.fields:
                if field.type not in ATTACHED:
                    yield Known(meaning.of(field.label), field.label, f"表单“{form.title}”")


def _tasks(besides: UUID | None) -> Iterator[Known]:
    rows = CollectionField.objects.filter(task__state__in=RAN).exclude(task=besides)
    for field in rows.select_related("task").order_by("-task__opened", "position")[:2000]:
        yield Known(field.meaning, field.label, f"临时报表“{field.task.title}”")

"""What must be done or hold, how often, and what met it: one row per duty owed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anze.kernel.packs.models import Pack
from anze.kernel.units.models import Unit


class State(models.TextChoices):
    """Where an occurrence stands. Waived is a number of its own, neither met nor missed."""

    OWED = "owed", "待完成"
    MET = "met", "已完成"
    MET_LATE = "met_late", "迟完成"
    MISSED = "missed", "未完成"
    WAIVED = "waived", "已豁免"
    WITHDRAWN = "withdrawn", "已撤回"
    LAPSED = "lapsed", "已失效"


SETTLED = (State.WITHDRAWN, State.LAPSED)
DONE = (State.MET, State.MET_LATE)


class Requirement(models.Model):
    """A requirement of an activated pack: a handle for rows; its text stays in the pack.

    ``group`` is the ref of the first of all requirements that are the same duty (``same_as``), so
    that Home shows one line for them.
    """

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="+")
    ref = models.CharField(max_length=60)
    group = models.CharField(max_length=95, db_index=True)
    title = models.CharField(max_length=120)
    who = models.CharField(max_length=60)
    level = models.CharField(max_length=12)
    every = models.CharField(max_length=8)
    form = models.CharField(max_length=95, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pack", "ref"], name="duties_requirement_once")
        ]

    def __str__(self) -> str:
        return f"{self.pack.issuer}/{self.ref}"


class RequirementClause(models.Model):
    """Under which clause of its pack a requirement is counted."""

    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="clauses")
    clause = models.CharField(max_length=12)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["requirement", "clause"], name="duties_clause_once_per_requirement"
            )
        ]

    def __str__(self) -> str:
        return self.clause


class Occurrence(models.Model):
    """Requirement × unit × subject × period. ``state`` is evaluated, never ticked.

    ``start`` and ``end`` are Chinese days, both inclusive; ``deadline`` is the instant after which
    it counts as late (due day and grace included); ``opened_n`` the ledger number that opened it.
    """

    # The indexes below begin with each of the two: none of their own.
    requirement = models.ForeignKey(
        Requirement, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject = models.CharField(max_length=80, blank=True)
    period = models.CharField(max_length=40)
    start = models.DateField()
    end = models.DateField()
    due = models.DateField()
    deadline = models.DateTimeField()
    opened_n = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OWED)
    state_n = models.BigIntegerField()
    count = models.IntegerField(default=0)
    needed = models.IntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["requirement", "unit", "subject", "period"], name="duties_occurrence_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "state", "due"], name="duties_by_unit"),
            models.Index(fields=["requirement", "start", "state"], name="duties_by_requirement"),
            models.Index(fields=["state", "deadline"], name="duties_by_deadline"),
            # Lists walk these by due day, from either end; state and unit spare reading the row.
            models.Index(fields=["due", "id", "state", "unit"], name="duties_by_due"),
            models.Index(fields=["state", "due", "id", "unit"], name="duties_by_state"),
            models.Index(fields=["requirement", "state", "due"], name="duties_by_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.requirement_id} {self.period} {self.state}"


class StateChange(models.Model):
    """One state an occurrence had from ledger number ``n`` on: as-of is one query."""

    occurrence = models.ForeignKey(Occurrence, on_delete=models.CASCADE, related_name="changes")
    n = models.BigIntegerField()
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices)
    count = models.IntegerField()
    cause = models.UUIDField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["occurrence", "n"], name="duties_change_once_per_n")
        ]

    def __str__(self) -> str:
        return f"{self.n}: {self.state}"


class Cursor(models.Model):
    """How far the ledger has been read: ``n`` wholly, and ``slices`` of the entry after it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    n = models.BigIntegerField(default=0)
    slices = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="duties_one_cursor")
        ]

    def __str__(self) -> str:
        return f"n={self.n}+{self.slices}"


class Trouble(models.Model):
    """A rule that failed on an entry: the fact stands, a person is told, the sweep tries again."""

    n = models.BigIntegerField()
    requirement = models.ForeignKey(
        Requirement, null=True, on_delete=models.CASCADE, related_name="+"
    )
    text = models.CharField(max_length=400)
    seen = models.DateTimeField()
    tries = models.IntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["n", "requirement"], name="duties_trouble_once")
        ]

    def __str__(self) -> str:
        return f"n={self.n}: {self.text}"

"""Rows of the units room.

Every row carries the uid of the entry that made it, so that the past *as known then* can be read
back (``selectors.load_world``) and rows can be compared with the ledger (``reconcile``). Intervals
are half open: a row holds on the days ``valid_from <= day < valid_to``.
"""

from __future__ import annotations

import secrets

from django.db import models

from anze.kernel.units import rules
from anze.lib.ids import uuid7

# Crockford's base 32 without look-alikes: a token can also be typed from a worn sticker.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_token() -> str:
    """Return a new 12-character place token (60 random bits)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


class Unit(models.Model):
    """One node of the tree: authority, district, town, section, unit, campus or group.

    ``kind``, ``ownership`` and ``status`` mirror the dated facts of the same names as of the last
    change; rules read the facts (through ``World``), lists read the columns.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    level = models.CharField(max_length=12, choices=list(rules.LEVELS.items()))
    kind = models.CharField(max_length=24, blank=True, choices=list(rules.KINDS.items()))
    name = models.CharField("名称", max_length=120)
    short_name = models.CharField("简称", max_length=60)
    code = models.CharField("学校标识码", max_length=20, unique=True, null=True, blank=True)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True, db_index=True)
    ownership = models.CharField(max_length=8, blank=True, choices=list(rules.OWNERSHIPS.items()))
    status = models.CharField(max_length=10, default="open", choices=list(rules.STATUSES.items()))
    pinyin = models.CharField(max_length=400, blank=True, db_index=True)
    initials = models.CharField(max_length=120, blank=True, db_index=True)
    opened_on = models.DateField("设立日期")
    closed_on = models.DateField("撤销日期", null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors"
    )
    entry_uid = models.UUIDField(db_index=True)
    named_uid = models.UUIDField()
    coded_uid = models.UUIDField(null=True, blank=True)
    closed_uid = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering = ["pinyin", "id"]

    def __str__(self) -> str:
        return self.short_name or self.name


class Edge(models.Model):
    """``child`` stands under ``parent`` while the interval lasts.

    ``line`` is the administrative tree (one parent at a time; also decides who sees what),
    ``group`` is membership of an education group.
    """

    LINE, GROUP = "line", "group"

    child = models.ForeignKey(Unit, models.PROTECT, related_name="edges_up")
    parent = models.ForeignKey(Unit, models.PROTECT, related_name="edges_down")
    relation = models.CharField(max_length=5, choices=[(LINE, "隶属"), (GROUP, "集团")])
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    entry_uid = models.UUIDField(db_index=True)
    ended_uid = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "隶属关系"
        indexes = [
            models.Index(fields=["parent", "relation"], name="units_edge_down"),
            models.Index(fields=["child", "relation"], name="units_edge_up"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["child"],
                condition=models.Q(relation="line", valid_to=None),
                name="units_edge_one_open_line",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} → {self.parent_id} ({self.relation})"


class Succession(models.Model):
    """From ``since`` the successor answers for what the predecessor did, or for a part of it."""

    predecessor = models.ForeignKey(Unit, models.PROTECT, related_name="passed_on")
    successor = models.ForeignKey(Unit, models.PROTECT, related_name="taken_over")
    since = models.DateField()
    how = models.CharField(max_length=6, choices=[("merged", "并入"), ("split", "分立")])
    entry_uid = models.UUIDField(unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "承接"
        ordering = ["since", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor"], name="units_succeeded_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.predecessor_id} → {self.successor_id} ({self.since})"


class UnitFact(models.Model):
    """A fact about a unit from a day on. Never changed: a newer row takes over from its own day."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="facts")
    key = models.CharField(max_length=40)
    value = models.CharField(max_length=80)
    valid_from = models.DateField()
    entry_uid = models.UUIDField(db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "单位事实"
        indexes = [models.Index(fields=["unit", "key", "valid_from"], name="units_fact_series")]

    def __str__(self) -> str:
        return f"{self.key}={self.value} ({self.valid_from})"


class Place(models.Model):
    """A spot on a campus that carries a QR code."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campus = models.ForeignKey(Unit, models.PROTECT, related_name="places")
    name = models.CharField("名称", max_length=60)
    category = models.CharField(max_length=20, choices=list(rules.PLACE_CATEGORIES.items()))
    token = models.CharField(max_length=12, unique=True, default=new_token)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    entry_uid = models.UUIDField(db_index=True)
    ended_uid = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "地点"
        ordering = ["campus_id", "name"]

    def __str__(self) -> str:
        return self.name


class Term(models.Model):
    """A school term of a district, both days inclusive. Never changed: the newest row of a code
    is the one in force."""

    district = models.ForeignKey(Unit, models.PROTECT, related_name="terms")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    start = models.DateField()
    end = models.DateField()
    entry_uid = models.UUIDField(db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "学期"
        ordering = ["district_id", "start"]

    def __str__(self) -> str:
        return self.name


class CalendarOverride(models.Model):
    """A day that is not what the standing rules make it (调休, 停课, 补课). The newest row of a
    day is the one in force."""

    district = models.ForeignKey(Unit, models.PROTECT, related_name="overrides")
    day = models.DateField()
    kind = models.CharField(
        max_length=10,
        choices=[("workday", "上班（上课）"), ("holiday", "放假"), ("clear", "取消调整")],
    )
    name = models.CharField(max_length=60, blank=True)
    entry_uid = models.UUIDField(db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "日历调整"
        indexes = [models.Index(fields=["district", "day"], name="units_override_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"

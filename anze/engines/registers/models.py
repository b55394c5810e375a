"""The spine of every register, and the audits of what is there.

``Thing`` is abstract: each register is a table of its own with its own columns, so that it can be
filtered and indexed. Nothing is ever deleted: what is no longer kept is ended, with a reason.
"""

from __future__ import annotations

import secrets
from datetime import date
from typing import ClassVar

from django.db import models

from anze.kernel.units.models import Place, Unit
from anze.lib.ids import uuid7

NEVER = date(9999, 12, 31)  # both databases sort it the same way, unlike an empty column
IN_USE, ENDED = "in_use", "ended"
# Crockford's base 32 without look-alikes: a label can also be typed from a worn sticker.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_token(mark: str) -> str:
    """Return the code of a new label: the register's letter and 55 random bits."""
    return mark + "".join(secrets.choice(_ALPHABET) for _ in range(11))


class Thing(models.Model):
    """One thing of a register. ``due_on`` is its earliest end of validity, ``NEVER`` for none.

    ``version`` counts the changes and guards them: ``UPDATE … WHERE version = seen``.
    ``missing_since`` is set by an audit that did not find it, and cleared when it turns up.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", null=True, blank=True)
    code = models.CharField("编号", max_length=40)
    token = models.CharField(max_length=12, unique=True)
    state = models.CharField(
        max_length=6, default=IN_USE, choices=[(IN_USE, "在用"), (ENDED, "已停用")]
    )
    due_on = models.DateField("最近到期日", default=NEVER)
    version = models.PositiveIntegerField(default=1)
    missing_since = models.DateField(null=True, blank=True)
    missing_audit = models.UUIDField(null=True, blank=True)
    client_id = models.UUIDField(unique=True, null=True, blank=True)
    changed = models.DateTimeField()
    ended_on = models.DateField(null=True, blank=True)
    end_reason = models.CharField(max_length=20, blank=True)
    entry_uid = models.UUIDField()
    ended_uid = models.UUIDField(null=True, blank=True)

    class Meta:
        abstract = True
        # The first index lets a list of everything in sight stop after one page; the others are
        # for one body.
        indexes: ClassVar = [
            models.Index(fields=["state", "due_on", "id"], name="%(class)s_due"),
            models.Index(fields=["state", "code", "id"], name="%(class)s_code"),
            models.Index(fields=["unit", "state", "due_on"], name="%(class)s_unit"),
            models.Index(
                fields=["unit"],
                name="%(class)s_missing",
                condition=models.Q(missing_since__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["unit", "code"], name="%(class)s_one_code")
        ]

    def __str__(self) -> str:
        return self.code


class Audit(models.Model):
    """A count of what is there (盘点): what was expected is fixed when it begins."""

    OPEN, CLOSED, DROPPED = "open", "closed", "dropped"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", null=True, blank=True)
    registers = models.CharField(max_length=400)  # codes, separated by blanks
    state = models.CharField(
        max_length=7,
        default=OPEN,
        choices=[(OPEN, "进行中"), (CLOSED, "已结束"), (DROPPED, "已作废")],
    )
    started = models.DateTimeField()
    started_by = models.UUIDField(null=True)
    closed = models.DateTimeField(null=True, blank=True)
    closed_by = models.UUIDField(null=True)
    entry_uid = models.UUIDField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["unit", "state"], name="registers_audit_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.started:%Y-%m-%d}"

    @property
    def codes(self) -> list[str]:
        """The codes of the registers counted."""
        return self.registers.split()


class AuditLine(models.Model):
    """One thing of an audit: expected there, or seen though it was not.

    ``pending`` at the end is missing (应有未见). ``unknown`` was seen without being registered;
    ``foreign`` is registered with another body or place, outside what was expected.
    """

    PENDING, FOUND, MOVED, FOREIGN, UNKNOWN = "pending", "found", "moved", "foreign", "unknown"

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="lines")
    register = models.CharField(max_length=40)
    thing_id = models.UUIDField(null=True)
    code = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", null=True)
    state = models.CharField(
        max_length=7,
        default=PENDING,
        choices=[
            (PENDING, "未见"),
            (FOUND, "已见"),
            (MOVED, "换了地方"),
            (FOREIGN, "不在应有之列"),
            (UNKNOWN, "未登记"),
        ],
    )
    seen_at = models.DateTimeField(null=True)
    seen_by = models.UUIDField(null=True)
    seen_place = models.ForeignKey(Place, models.PROTECT, related_name="+", null=True)
    client_id = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["audit", "thing_id"],
                condition=models.Q(thing_id__isnull=False),
                name="registers_audit_thing_once",
            ),
            models.UniqueConstraint(
                fields=["audit", "client_id"],
                condition=models.Q(client_id__isnull=False),
                name="registers_audit_unknown_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["audit", "state"], name="registers_audit_state")]

    def __str__(self) -> str:
        return f"{self.code} {self.state}"


class Tap(models.Model):
    """One touch of the phone, kept so that sending it again does nothing again."""

    audit = models.ForeignKey(Audit, models.PROTECT, related_name="taps")
    client_id = models.UUIDField()
    what = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.UUIDField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["audit", "client_id"], name="registers_tap_once")
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.client_id}"


class Told(models.Model):
    """Until which day people have been told of what ends in a register."""

    register = models.CharField(max_length=40, primary_key=True)
    day = models.DateField()

    def __str__(self) -> str:
        return f"{self.register} {self.day}"

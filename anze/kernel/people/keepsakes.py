"""Rows beside accounts and posts: what waits for a second person, factors, tokens, devices."""

from __future__ import annotations

import json
from datetime import datetime
from typing import ClassVar

from django.db import models

from anze.kernel.people import roles
from anze.kernel.people.models import User
from anze.kernel.units.models import Unit
from anze.lib.ids import uuid7


class Proposal(models.Model):
    """A change of somebody's power that one person proposed and another has to confirm.

    ``terms`` is a JSON object of texts; ``services.proposals`` says which keys each ``what`` has.
    """

    class State(models.TextChoices):
        """Where it stands. What is open beyond ``expires_at`` counts as expired."""

        OPEN = "open", "待确认"
        CONFIRMED = "confirmed", "已确认"
        DECLINED = "declined", "不同意"
        WITHDRAWN = "withdrawn", "已撤回"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    what = models.CharField(max_length=12)
    person = models.ForeignKey(User, models.PROTECT, related_name="proposals")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    terms = models.TextField(default="{}")
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    entry_uid = models.UUIDField()

    class Meta:
        verbose_name = verbose_name_plural = "两人办理"
        indexes: ClassVar = [
            models.Index(fields=["state", "expires_at"], name="people_proposal_open")
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.person_id} {self.state}"

    @property
    def said(self) -> dict[str, str]:
        """The terms as a mapping."""
        return dict(json.loads(self.terms))

    def waits(self, now: datetime) -> bool:
        """Tell whether it can still be confirmed."""
        return self.state == self.State.OPEN and now < self.expires_at


class SecondFactor(models.Model):
    """The sealed secret of a person's code generator. It counts once ``confirmed_at`` is set.

    ``last_step`` is the last half minute whose code was used: a code never works twice.
    """

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="factor")
    uid = models.UUIDField(default=uuid7)
    sealed = models.BinaryField()
    wrapped_key = models.BinaryField()
    commitment = models.CharField(max_length=64)
    begun_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user_id} {self.confirmed_at}"


class RecoveryCode(models.Model):
    """A code that opens once when the phone is lost; only its hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "code_hash"], name="people_recovery_once")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.used_at}"


class Token(models.Model):
    """A key of a partner platform: one role over one subtree, and only the actions listed.

    ``account`` stands for the machine in entries; it holds no post and no password.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField("名称", max_length=60)
    account = models.OneToOneField(User, models.PROTECT, related_name="token")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=list(roles.ROLES.items()))
    actions = models.TextField()
    addresses = models.TextField(blank=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_on = models.DateField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True, blank=True)
    entry_uid = models.UUIDField()

    class Meta:
        verbose_name = verbose_name_plural = "接口令牌"

    def __str__(self) -> str:
        return self.name

    @property
    def allowed(self) -> tuple[str, ...]:
        """The codes of its actions."""
        return tuple(self.actions.split())

    @property
    def networks(self) -> tuple[str, ...]:
        """The addresses and networks it may come from; empty for any."""
        return tuple(self.addresses.split())


class Device(models.Model):
    """A shared tablet in a gatehouse (传达室平板), bound to one campus by a long-lived cookie.

    Before it is enrolled only ``code_hash`` is set; the code is typed on the tablet once.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField("名称", max_length=60)
    campus = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    code_hash = models.CharField(max_length=64, blank=True, db_index=True)
    code_until = models.DateTimeField()
    key_hash = models.CharField(max_length=64, blank=True)
    enrolled_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_seen = models.DateTimeField(null=True, blank=True)
    entry_uid = models.UUIDField()

    class Meta:
        verbose_name = verbose_name_plural = "传达室设备"

    def __str__(self) -> str:
        return self.name

    @property
    def works(self) -> bool:
        """Whether a guard may sign in on it."""
        return bool(self.enrolled_at) and self.revoked_at is None


class Pin(models.Model):
    """The six digits a guard types on a shared device; kept like a password."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="pin")
    pin_hash = models.CharField(max_length=128)
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} {self.set_at}"


class PinTry(models.Model):
    """Wrong PINs of one person on one device; five lock the pair for a quarter of an hour."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="tries")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    failed = models.PositiveSmallIntegerField(default=0)
    until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "user"], name="people_pin_try_once")
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.user_id} {self.failed}"

"""Rows of the people room. Intervals are half open: ``valid_from <= day < valid_to``.

Second factors, tokens, devices and what waits for a second person lie in ``keepsakes``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from anze.kernel.people import roles
from anze.kernel.units.models import Unit
from anze.lib.ids import uuid7


class Users(BaseUserManager["User"]):
    """Finds users by their natural key; accounts are made by ``services.create_account``."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user of this name, whatever the case it is typed in."""
        return self.get(username=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who may sign in. What he may do follows from posts and grants, never from here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField("用户名", max_length=60, unique=True)
    name = models.CharField("姓名", max_length=60)
    pinyin = models.CharField(max_length=200, blank=True, db_index=True)
    initials = models.CharField(max_length=60, blank=True)
    phone = models.CharField("手机号", max_length=11, unique=True, null=True, blank=True)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField(default=False)
    factor_asked_at = models.DateTimeField(null=True, blank=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    last_seen = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    entry_uid = models.UUIDField(db_index=True)

    objects = Users()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "人员"
        ordering = ["pinyin", "id"]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """Return the person's name."""
        return self.name

    get_short_name = get_full_name


class OldPassword(models.Model):
    """A hash that may not be used again soon."""

    user = models.ForeignKey(User, models.CASCADE, related_name="old_passwords")
    password = models.CharField(max_length=128)
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} {self.set_at}"


class SmsCode(models.Model):
    """A code asked for: also for phones nobody has, so that asking tells nothing."""

    phone = models.CharField(max_length=11)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True)
    code_hash = models.CharField(max_length=64, blank=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["phone", "asked_at"], name="people_sms_phone"),
            models.Index(fields=["ip", "asked_at"], name="people_sms_ip"),
        ]

    def __str__(self) -> str:
        return f"{self.phone} {self.asked_at}"


class PostType(models.Model):
    """A 岗位 as packs define it; the role its holder has over the body where it stands."""

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=list(roles.ROLES.items()))
    level = models.CharField(max_length=12)

    class Meta:
        verbose_name = verbose_name_plural = "岗位"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.title


class Dated(models.Model):
    """What the three dated tables share.

    ``stated_to`` is the end said at the beginning, if any; ``valid_to`` the one that counts now.
    """

    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    stated_to = models.DateField(null=True, blank=True)
    entry_uid = models.UUIDField(db_index=True)
    ended_uid = models.UUIDField(null=True, blank=True)

    class Meta:
        abstract = True


class Holding(Dated):
    """``user`` holds the post ``post`` in ``unit``. ``post_id`` is the post's code."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="holdings")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="holdings")
    post = models.ForeignKey(PostType, models.PROTECT, to_field="code", db_column="post")

    class Meta:
        verbose_name = verbose_name_plural = "任职"
        indexes = [models.Index(fields=["unit", "post"], name="people_holding_unit")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.post_id} @ {self.unit_id}"


class Deputy(Dated):
    """``user`` stands in for the holder of ``holding`` during leave."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    holding = models.ForeignKey(Holding, models.PROTECT, related_name="deputies")
    user = models.ForeignKey(User, models.PROTECT, related_name="deputyships")

    class Meta:
        verbose_name = verbose_name_plural = "代理"

    def __str__(self) -> str:
        return f"{self.user_id} for {self.holding_id}"


class Grant(Dated):
    """``user`` has ``role`` over the subtree of ``unit``, apart from any post."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=list(roles.ROLES.items()))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="grants")

    class Meta:
        verbose_name = verbose_name_plural = "授权"

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} @ {self.unit_id}"


def active_on(day: Any, prefix: str = "") -> models.Q:
    """Return the condition that a dated row holds on a day; ``prefix`` walks a relation."""
    start, end = f"{prefix}valid_from__lte", f"{prefix}valid_to"
    return models.Q(**{start: day}) & (
        models.Q(**{f"{end}__isnull": True}) | models.Q(**{f"{end}__gt": day})
    )


from anze.kernel.people.keepsakes import (  # noqa: E402 (Django looks for models here)
    Device,
    Pin,
    PinTry,
    Proposal,
    RecoveryCode,
    SecondFactor,
    Token,
)

__all__ = [
    "Dated",
    "Deputy",
    "Device",
    "Grant",
    "Holding",
    "OldPassword",
    "Pin",
    "PinTry",
    "PostType",
    "Proposal",
    "RecoveryCode",
    "SecondFactor",
    "SmsCode",
    "Token",
    "User",
    "active_on",
]

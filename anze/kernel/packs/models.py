"""Rows of the packs room: what was loaded, and from which day it binds whom. Both only grow."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anze.kernel.ledger.models import AppendOnly
from anze.lib.ids import uuid7


class Pack(AppendOnly):
    """One version of a pack as it was loaded.

    ``content`` is its canonical text (CJ-1) and ``hash`` the hex SHA-256 of it. A draft may be
    loaded again with other content; of a released version there is one, for ever.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    issuer = models.CharField(max_length=30)
    version = models.CharField(max_length=10)
    title = models.CharField(max_length=120)
    hash = models.CharField(max_length=64, unique=True)
    content = models.TextField()
    released = models.BooleanField()
    loaded_at = models.DateTimeField()
    entry_uid = models.UUIDField(unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "制度包"
        ordering: ClassVar = ["issuer", "version", "loaded_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["issuer", "version"],
                condition=Q(released=True),
                name="packs_one_released_content",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """``wujin/2020.1``."""
        return f"{self.issuer}/{self.version}"


class Activation(AppendOnly):
    """From ``from_day`` the pack binds the unit ``scope`` and all under it.

    A later activation of another version of the same issuer for the same scope replaces it from
    its own day on, an ``Ending`` ends it; nothing is ever ended by changing a row.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pack = models.ForeignKey(Pack, models.PROTECT, related_name="activations")
    scope = models.UUIDField(db_index=True)
    from_day = models.DateField()
    entry_uid = models.UUIDField(unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "启用"
        ordering: ClassVar = ["from_day", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["pack", "scope", "from_day"], name="packs_activated_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pack_id} {self.from_day}"


class Ending(AppendOnly):
    """From ``from_day`` nothing of ``issuer`` binds the unit ``scope``, until activated again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    issuer = models.CharField(max_length=30)
    scope = models.UUIDField(db_index=True)
    from_day = models.DateField()
    entry_uid = models.UUIDField(unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "停用"
        ordering: ClassVar = ["from_day", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "scope", "from_day"], name="packs_ended_once")
        ]

    def __str__(self) -> str:
        return f"{self.issuer} {self.from_day}"

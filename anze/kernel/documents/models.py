"""A document on its way from draft to issue, and the series its number comes from."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anze.kernel.files.models import StoredFile
from anze.kernel.units.models import Unit
from anze.lib.ids import uuid7


class State(models.TextChoices):
    """Moved only by guarded updates. From ``issuing`` on a document has its number for good."""

    MAKING = "making", "正在汇编"
    FAILED = "failed", "没有编成"
    DRAFT = "draft", "草稿"
    DROPPED = "dropped", "已弃用"
    ISSUING = "issuing", "正在签发"
    ISSUED = "issued", "有效"
    VOID = "void", "已作废"
    REPLACED = "replaced", "已被替代"


OUT = (State.ISSUED, State.VOID, State.REPLACED)  # issued once: the files exist and never change
UNISSUED = (State.MAKING, State.FAILED, State.DRAFT)


class Series(models.Model):
    """The numbers of one issuer, kind and year; ``last`` moves in the issuing transaction."""

    issuer = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    word = models.CharField("发文代字", max_length=20)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = verbose_name_plural = "文号"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["issuer", "kind", "year"], name="documents_series_once"
            ),
            # Two series of one word in a year would give two documents of the same 文号.
            models.UniqueConstraint(fields=["word", "year"], name="documents_word_once_a_year"),
        ]

    def __str__(self) -> str:
        return f"{self.word}〔{self.year}〕"


class Document(models.Model):
    """One document. ``content`` is the paper as ``shape.written`` gave it, fixed once it is issued.

    ``params`` is what its maker was asked, ``code`` what anybody may verify it by, ``site`` the
    address the code on paper leads to.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=20)
    issuer = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    title = models.CharField("标题", max_length=200)
    params = models.TextField(default="{}")
    content = models.TextField(blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.MAKING)
    message = models.CharField(max_length=300, blank=True)
    series = models.ForeignKey(Series, models.PROTECT, null=True, related_name="documents")
    number = models.PositiveIntegerField(null=True)
    reference = models.CharField("发文字号", max_length=60, blank=True)
    code = models.CharField(max_length=24, unique=True, null=True)
    site = models.CharField(max_length=200, blank=True)
    drafted_by = models.UUIDField(null=True)
    drafted_at = models.DateTimeField()
    issued_by = models.UUIDField(null=True)
    issued_at = models.DateTimeField("签发时间", null=True)
    ended_at = models.DateTimeField(null=True)
    pdf = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    docx = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    scan = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    entry_uid = models.UUIDField(null=True, db_index=True)
    scan_uid = models.UUIDField(null=True)
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )

    class Meta:
        verbose_name = verbose_name_plural = "公文"
        ordering: ClassVar = ["-drafted_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series", "number"], name="documents_number_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["issuer", "drafted_at"], name="documents_of_issuer"),
        ]

    def __str__(self) -> str:
        return self.reference or self.title

    @property
    def is_out(self) -> bool:
        """Whether it was issued, whatever became of it since."""
        return self.state in OUT


class Recipient(models.Model):
    """A unit an issued document is addressed to: its people may read it."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="recipients")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "主送单位"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["document", "unit"], name="documents_recipient_once"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} → {self.unit_id}"

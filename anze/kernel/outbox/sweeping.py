"""Forget what never became whole, once its token can no longer finish it."""

from __future__ import annotations

from datetime import timedelta

from anze.kernel.bus.ctx import Ctx
from anze.kernel.outbox import uploads
from anze.kernel.outbox.models import Upload, UploadState

KEEP = timedelta(days=30)
AT_ONCE = 500


def forget(ctx: Ctx) -> int:
    """Drop unfinished files whose packets closed ``KEEP`` ago; return how many.

    A phone that comes back even later sends them from the start.
    """
    old = Upload.objects.filter(state=UploadState.RECEIVING, packet__closes_at__lt=ctx.now - KEEP)
    gone = 0
    for row in old[:AT_ONCE]:
        uploads.drop(row)
        deleted, _ = Upload.objects.filter(pk=row.pk, state=UploadState.RECEIVING).delete()
        gone += deleted
    return gone

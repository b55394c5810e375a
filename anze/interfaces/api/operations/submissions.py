"""Hand in, read, correct and take back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Query, Router
from ninja.responses import Status

from anze.interfaces.api.operations.ledger import receipt_of
from anze.interfaces.api.plain import plain
from anze.interfaces.api.shapes import forms as shapes
from anze.kernel.forms import receipts, selectors, services
from anze.kernel.forms.models import Submission
from anze.kernel.ledger import selectors as ledger
from anze.kernel.people.access import Request
from anze.kernel.web.wire.declare import operation
from anze.kernel.web.wire.paging import Page, Paging, page

router = Router(tags=["登记"])


@operation(
    router,
    "GET",
    "",
    action="duties.view",
    answer=Page[shapes.SubmissionOut],
    summary="我的登记",
)
def list_submissions(request: Request, paging: Query[Paging]) -> Page[shapes.SubmissionOut]:
    """List what this person handed in, latest first."""
    return page(
        Page[shapes.SubmissionOut],
        selectors.mine(request.ctx),
        paging,
        lambda found: [shapes.SubmissionOut(**_columns(one)) for one in found],
    )


def _columns(row: Submission) -> dict[str, Any]:
    names = ("id", "title", "kind", "unit_id", "subject", "happened", "submitted_at", "state")
    return {
        **{name: getattr(row, name) for name in names},
        "form": row.form_ref,
        "corrections": row.corrections,
        "entry": row.entry_uid,
    }


@operation(
    router,
    "POST",
    "",
    action="duties.record",
    answer=shapes.SubmissionReceipt,
    summary="登记",
    status=201,
)
def submit(request: Request, body: shapes.SubmissionIn) -> Status[shapes.SubmissionReceipt]:
    """Hand in a form: 201; the same id and content again: 200 and the same receipt.

    The same id with other content is 409, and what was handed in first stands.
    """
    known = Submission.objects.filter(id=body.client_id).exists()
    done = services.submit(
        request.ctx,
        body.form,
        body.unit,
        body.client_id,
        body.answers,
        happened=body.happened,
        subject=body.subject,
    )
    return Status(200 if known else 201, _receipt(done))


def _receipt(row: Submission) -> shapes.SubmissionReceipt:
    return shapes.SubmissionReceipt(**_columns(row), receipt=_kept(row))


def _kept(row: Submission) -> Any:
    return receipt_of(ledger.receipt(selectors.entry_of(row)))


@operation(
    router,
    "GET",
    "/{submission_id}",
    action="duties.view",
    answer=shapes.SubmissionDetail,
    summary="一条登记",
)
def get_submission(request: Request, submission_id: UUID) -> shapes.SubmissionDetail:
    """Return a submission with the answers as they count now, and what they met."""
    ctx = request.ctx
    row = selectors.get(ctx, submission_id)
    sections = receipts.receipt_sections(ctx, row, selectors.counted_entry(row))
    return shapes.SubmissionDetail(
        **_columns(row),
        receipt=_kept(row),
        answers=plain(selectors.answers_of(row)),
        may_change=services.may_change(ctx, row),
        sections=[_section(one) for one in sections],
    )


def _section(said: receipts.Section) -> shapes.SaidSection:
    lines = [
        shapes.SaidLine(text=one.text, note=one.note, state=one.state, url=one.url)
        for one in said.lines
    ]
    return shapes.SaidSection(title=said.title, lines=lines, empty=said.empty)


@operation(
    router,
    "POST",
    "/{submission_id}/correct",
    action="duties.record",
    answer=shapes.SubmissionReceipt,
    summary="更正一条登记",
)
def correct(
    request: Request, submission_id: UUID, body: shapes.CorrectionIn
) -> shapes.SubmissionReceipt:
    """Replace the answers: a superseding entry; the first one stays in the history."""
    row = selectors.get(request.ctx, submission_id)
    done = services.correct(
        request.ctx,
        row,
        body.answers,
        happened=body.happened,
        expected=body.expected,
        client_id=body.client_id,
    )
    return _receipt(done)


@operation(
    router,
    "POST",
    "/{submission_id}/withdraw",
    action="duties.record",
    answer=shapes.SubmissionReceipt,
    summary="撤回一条登记",
)
def withdraw(
    request: Request, submission_id: UUID, body: shapes.WithdrawalIn
) -> shapes.SubmissionReceipt:
    """Take a submission back: it no longer counts, and the history says why."""
    row = selectors.get(request.ctx, submission_id)
    return _receipt(services.withdraw(request.ctx, row, body.reason))

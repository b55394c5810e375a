"""Hand in, correct and withdraw. Pages, API and demonstration all come through here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Problem, Refused
from anze.kernel.files import services as files
from anze.kernel.files.models import StoredFile
from anze.kernel.forms import definitions, payload, reading, rules
from anze.kernel.forms.definitions import Definition
from anze.kernel.forms.models import Attachment, State, Submission
from anze.kernel.ledger import services as ledger
from anze.kernel.ledger.body import fast
from anze.kernel.ledger.models import Entry
from anze.kernel.units.models import Unit

RECORD = "duties.record"
CORRECT = "forms.correct"
REASONS = {
    "mistake": "填错了，已另行登记或不再登记",
    "duplicate": "重复登记",
    "not_held": "实际没有开展",
    "other": "其他原因",
}


class Unanswered(Refused):
    """Answers that cannot be taken; ``faults`` holds the words for each field."""

    def __init__(self, faults: Mapping[str, str], titles: Mapping[str, str]) -> None:
        first = next(iter(faults))
        name = titles.get(first, first)
        super().__init__(
            f"有 {len(faults)} 处需要改：{name}：{faults[first]}",
            field=first,
            remedy="按每一项下面的提示改正后再提交，已填的内容都还在。",
        )
        self.faults = dict(faults)

    def as_dict(self) -> dict[str, Any]:
        """Return the words for each field too."""
        return {**super().as_dict(), "fields": self.faults}


@dataclass(frozen=True)
class _Handed:
    """Checked content: answers, payload, files, when."""

    definition: Definition
    answers: dict[str, Any]
    payload: payload.Payload
    happened: datetime
    digest: str


def submit(
    ctx: Ctx,
    form_ref: str,
    unit_id: UUID,
    client_id: UUID,
    answers: Mapping[str, Any],
    *,
    happened: date | datetime | str | None = None,
    subject: str = "",
    definition: Definition | None = None,
    captured: datetime | None = None,
) -> Submission:
    """Record what was answered to the form ``issuer/ref`` for a unit; return the submission.

    ``answers`` holds JSON values by field name; photo and file fields the ids of files received
    before for the same unit. ``happened`` may be a day, an instant or their text; a day of the
    past stands for its noon, today for now. The same ``client_id`` with the same content returns
    the first submission; with other content, or another's, it raises Conflict.

    What was filled in without network brings the ``definition`` it was filled in by and, where the
    phone may be believed, when it ``captured`` the answers: today is then that day, and rules with
    ``capture_hours`` judge punctuality by it.

    Raises NotFound and Denied by ``duties.record``, NotFound for a form not in force, Unanswered
    with every fault.
    """
    ctx.access.check(RECORD, unit_id)
    if first := Submission.objects.filter(id=client_id).first():
        return _repeated(ctx, first, form_ref, unit_id, answers, happened, subject)
    definition = definition or definitions.find(form_ref, unit_id, ctx.today)
    check_level(definition, unit_id)
    at = captured or ctx.now
    handed = _checked(at, definition, unit_id, answers, happened, subject)
    try:
        with transaction.atomic():
            return _store(ctx, handed, unit_id, client_id, subject, captured)
    except IntegrityError:  # the same id came twice at once; the other one is in
        first = Submission.objects.filter(id=client_id).first()
        if first is None:
            raise
        return _repeated(ctx, first, form_ref, unit_id, answers, happened, subject)


def correct(
    ctx: Ctx,
    submission: Submission,
    answers: Mapping[str, Any],
    *,
    happened: date | datetime | str | None = None,
    expected: UUID | None = None,
    client_id: UUID | None = None,
) -> Submission:
    """Replace the answers by new ones: a superseding entry, judged by the form as it was asked.

    ``expected`` is the entry the person saw; if another correction came between, Conflict. The
    same ``client_id`` with the same answers again changes nothing.
    """
    check_hand(ctx, submission)
    definition = definitions.pinned(submission.pack_id, submission.form_ref)
    handed = _checked(
        ctx.now,
        definition,
        submission.unit_id,
        answers,
        submission.happened if happened is None else happened,
        submission.subject,
    )
    if client_id and (done := _corrected_before(submission, client_id)):
        return done
    with transaction.atomic():
        entry = _live_entry(submission, expected)
        rows = files.use(
            ctx, submission.unit_id, rules.attachments(definition.form, handed.answers)
        )
        newer = ledger.supersede(
            ctx,
            entry,
            facts=handed.payload.facts,
            private=handed.payload.private or {},
            happened=handed.happened,
            proofs=_proofs(rows),
            client_id=str(client_id or ""),
        )
        changed = Submission.objects.filter(
            id=submission.id, entry_uid=entry.uid, state=State.RECORDED
        ).update(
            entry_uid=newer.uid,
            happened=handed.happened,
            corrections=submission.corrections + 1,
        )
        if not changed:
            raise _moved_on()
        Attachment.objects.filter(submission=submission).delete()
        _attach(submission, definition, handed.answers, rows)
    submission.refresh_from_db()
    return submission


def withdraw(ctx: Ctx, submission: Submission, reason: str) -> Submission:
    """Take a submission back: a retracting entry; ``reason`` is a code of ``REASONS``."""
    if reason not in REASONS:
        raise Refused("请选择撤回的原因", field="reason")
    check_hand(ctx, submission)
    with transaction.atomic():
        entry = _live_entry(submission, None)
        gone = ledger.retract(ctx, entry, reason)
        changed = Submission.objects.filter(
            id=submission.id, entry_uid=entry.uid, state=State.RECORDED
        ).update(entry_uid=gone.uid, state=State.WITHDRAWN)
        if not changed:
            raise _moved_on()
    submission.refresh_from_db()
    return submission


def may_change(ctx: Ctx, submission: Submission) -> bool:
    """Say whether the actor may correct or withdraw it: his own, or by ``forms.correct``."""
    try:
        check_hand(ctx, submission)
    except Problem:
        return False
    return True


def check_hand(ctx: Ctx, submission: Submission) -> None:
    """Return if the actor may change the submission now; NotFound, Denied or Conflict if not."""
    own = ctx.actor_id is not None and submission.actor_id == ctx.actor_id
    ctx.access.check(RECORD if own else CORRECT, submission.unit_id)
    if submission.state != State.RECORDED:
        raise Conflict("这条登记已经撤回", remedy="请重新登记一次。")


def _live_entry(submission: Submission, expected: UUID | None) -> Entry:
    fresh = Submission.objects.select_for_update().get(id=submission.id)
    if expected is not None and fresh.entry_uid != expected or fresh.state != State.RECORDED:
        raise _moved_on()
    return Entry.objects.get(uid=fresh.entry_uid)


def _moved_on() -> Conflict:
    return Conflict("这条登记刚被别人更正或撤回", remedy="请刷新页面，核对最新内容后再改。")


def _corrected_before(submission: Submission, client_id: UUID) -> Submission | None:
    again = Entry.objects.filter(kind=submission.kind, client_id=str(client_id)).first()
    if again is None:
        return None
    submission.refresh_from_db()
    if again.uid != submission.entry_uid:
        raise _moved_on()
    return submission


def check_level(definition: Definition, unit_id: UUID) -> None:
    """Return if a form is for units of this level; Refused otherwise."""
    level = Unit.objects.filter(pk=unit_id).values_list("level", flat=True).first()
    if level != definition.form.level:
        raise Refused(
            "这张表不是这一级填的",
            where=definition.form.title,
            remedy="校区的事请选具体校区，单位的事请选单位，再填一次。",
        )


def _checked(
    at: datetime,
    definition: Definition,
    unit_id: UUID,
    answers: Mapping[str, Any],
    happened: date | datetime | str | None,
    subject: str,
) -> _Handed:
    form, faults = definition.form, {}
    try:
        read = rules.read_all(form, answers)
    except rules.Invalid as invalid:
        read, faults = {}, invalid.faults
    try:
        moment = _moment(at, definition, happened)
    except reading.Wrong as wrong:
        moment, faults["happened"] = at, str(wrong)
    if faults:
        raise Unanswered(faults, {field.name: field.label for field in form.fields})
    built = payload.build(form, definition.kind, read)
    digest = _digest(definition.ref, unit_id, subject, answers=read, form=form, happened=happened)
    return _Handed(definition, read, built, moment, digest)


def _moment(
    at: datetime, definition: Definition, happened: date | datetime | str | None
) -> datetime:
    """Return the instant told; ``at`` is when the answers were given."""
    if definition.form.happened == "now" or happened in (None, ""):
        return at
    if isinstance(happened, datetime) or (isinstance(happened, str) and len(happened) > 11):
        moment = reading.read_moment(happened)
    else:
        day = reading.read_day(happened)
        noon = clock.start_of(day) + timedelta(hours=12)
        moment = at if day == clock.day_of(at) else noon
    if moment > at + timedelta(minutes=5):
        raise reading.Wrong("不能晚于今天：只登记已经做了的事")
    return moment


def _digest(
    form_ref: str,
    unit_id: UUID,
    subject: str,
    *,
    answers: Mapping[str, Any],
    form: Any,
    happened: date | datetime | str | None,
) -> str:
    """Return a keyed hash of what was handed in: free of the clock, useless without our key."""
    told = payload.build(form, "", answers)  # the kind's sums follow from the rest
    whole = {
        "form": form_ref,
        "unit": str(unit_id),
        "subject": subject,
        "facts": told.facts,
        "private": told.private or {},
        "files": [str(one) for one in rules.attachments(form, answers)],
        "happened": str(happened or ""),
    }
    return salted_hmac("forms.submission", fast(whole), algorithm="sha256").hexdigest()


def _repeated(
    ctx: Ctx,
    first: Submission,
    form_ref: str,
    unit_id: UUID,
    answers: Mapping[str, Any],
    happened: date | datetime | str | None,
    subject: str,
) -> Submission:
    """Return the first submission of a client id if this one says the same; else Conflict."""
    if (first.form_ref, first.unit_id, first.actor_id) == (form_ref, unit_id, ctx.actor_id):
        form = definitions.pinned(first.pack_id, form_ref).form
        try:
            read = rules.read_all(form, answers)
        except rules.Invalid:
            read = {}
        again = _digest(form_ref, unit_id, subject, answers=read, form=form, happened=happened)
        if constant_time_compare(again, first.digest):
            return first
    raise Conflict(
        "这次提交的编号已经用过，内容却不同",
        remedy="第一次提交的内容已登记。要改请在“我的登记”里更正，另一件事请重新打开表单填写。",
    )


def _store(
    ctx: Ctx,
    handed: _Handed,
    unit_id: UUID,
    client_id: UUID,
    subject: str,
    captured: datetime | None,
) -> Submission:
    definition = handed.definition
    rows = files.use(ctx, unit_id, rules.attachments(definition.form, handed.answers))
    entry = ledger.record(
        ctx,
        definition.kind,
        unit_id=unit_id,
        facts=handed.payload.facts,
        private=handed.payload.private,
        happened=handed.happened,
        captured=captured,
        subject=subject,
        proofs=_proofs(rows),
        client_id=str(client_id),
    )
    submission = Submission.objects.create(
        id=client_id,
        form_ref=definition.ref,
        title=definition.form.title,
        kind=definition.kind,
        pack_id=definition.pack_id,
        unit_id=unit_id,
        subject=subject,
        actor_id=ctx.actor_id,
        happened=handed.happened,
        submitted_at=ctx.now,
        entry_uid=entry.uid,
        digest=handed.digest,
    )
    _attach(submission, definition, handed.answers, rows)
    return submission


def _proofs(rows: list[StoredFile]) -> list[str]:
    return list(dict.fromkeys(row.sha256 for row in rows))


def _attach(
    submission: Submission,
    definition: Definition,
    answers: Mapping[str, Any],
    rows: list[StoredFile],
) -> None:
    found = {row.id: row for row in rows}
    Attachment.objects.bulk_create(
        Attachment(submission=submission, file=found[file_id], field=field.name, place=place)
        for field in definition.form.fields
        if field.type in ("photo", "file")
        for place, file_id in enumerate(answers.get(field.name, ()))
    )

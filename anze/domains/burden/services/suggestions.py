"""Say, take up, answer: each moves a suggestion once, however often it is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.db import IntegrityError, transaction

from anze.domains.burden import kinds, seen
from anze.domains.burden.models import About, Outcome, Suggestion, SuggestionState
from anze.domains.burden.selectors import suggestions as selectors
from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Conflict, Refused
from anze.kernel.ledger import services as ledger
from anze.kernel.units import selectors as units
from anze.kernel.work import services as work
from anze.kernel.work.topics import Topic

MOST, SUMMARY = 500, 200
TOPIC = Topic("burden.answered", "投诉建议的答复", "calm", (), "署名提出的人")


@dataclass(frozen=True)
class Word:
    """What somebody wants to say; ``path`` is the page he came from."""

    client_id: UUID
    about: str
    words: str
    path: str = ""
    named: bool = True


@dataclass(frozen=True)
class Answer:
    """How a suggestion is closed. ``published`` puts ``said`` and ``changed`` before everybody."""

    outcome: str
    answer: str
    published: bool = False
    said: str = ""
    changed: str = ""


def say(ctx: Ctx, word: Word) -> Suggestion:
    """Keep what somebody says; the same id and content again is the first one.

    Without a name neither the row nor the entry holds account or unit, only the district. Refused
    for no words, too many, or an unknown kind; Conflict for the same id with other content.
    """
    ctx.access.check("burden.say", None)
    words = _words(word.words, MOST, "words", "写一两句：什么多余、哪里不对、怎样更好")
    if word.about not in About.values:
        raise Refused("没有选类别", field="about", remedy="选一个最接近的，都不像就选“其他”")
    word = replace(word, words=words)
    if known := Suggestion.objects.filter(pk=word.client_id).first():
        return _same(ctx, known, word)
    try:
        with transaction.atomic():
            return _said(ctx, word)
    except IntegrityError:
        return _same(ctx, Suggestion.objects.get(pk=word.client_id), word)


def _words(text: str, most: int, field: str, remedy: str) -> str:
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not text:
        raise Refused("没有写内容", field=field, remedy=remedy)
    if len(text) > most:
        raise Refused(f"超过 {most} 字", field=field, remedy="请缩短，留最要紧的")
    return text


def _same(ctx: Ctx, known: Suggestion, word: Word) -> Suggestion:
    sender = ctx.actor_id if word.named else None
    if (known.sender_id, known.about, known.words) != (sender, word.about, word.words):
        raise Conflict(
            "这个编号已经提交过别的内容，先提交的有效", remedy="要再说一条，请重新打开页面"
        )
    return known


def _said(ctx: Ctx, word: Word) -> Suggestion:
    page = seen.look(ctx, word.path)
    unit = selectors.unit_of(ctx)
    if not word.named and unit:
        unit = units.district_of(unit, ctx.today)
    row = Suggestion(
        pk=word.client_id,
        about=word.about,
        words=word.words,
        sender_id=ctx.actor_id if word.named else None,
        unit_id=unit,
        route=page.route,
        screen=page.screen,
        form=page.thing.form,
        requirement=page.thing.requirement,
        thing=page.thing.title[:120],
        created=ctx.now,
    )
    codes = {name: getattr(row, name) for name in ("route", "form", "requirement")}
    entry = ledger.record(
        # An entry names its actor: without a name it is the platform's own.
        ctx if word.named else replace(ctx, actor_id=None),
        kinds.SAID.name,
        unit_id=unit,
        facts={
            "suggestion": row.pk,
            "about": row.about,
            "named": word.named,
            **{name: code for name, code in codes.items() if code},
        },
        private={"words": row.words},
        client_id=f"suggestion/{row.pk}",
    )
    row.entry_uid = entry.uid
    row.save(force_insert=True)
    return row


def take(ctx: Ctx, suggestion_id: UUID) -> Suggestion:
    """Take a suggestion up; one's own again changes nothing, somebody else's is Conflict."""
    row = selectors.to_handle(ctx, suggestion_id)
    with transaction.atomic():
        free = Suggestion.objects.filter(pk=row.pk, state=SuggestionState.OPEN)
        if free.update(state=SuggestionState.TAKEN, handler_id=ctx.actor_id):
            ledger.record(ctx, kinds.TAKEN.name, unit_id=row.unit_id, facts={"suggestion": row.pk})
    row.refresh_from_db()
    if row.handler_id != ctx.actor_id:
        raise Conflict("这一条别人已经在办理", remedy="看看是谁在办，有话告诉他")
    return row


def answer(ctx: Ctx, suggestion_id: UUID, given: Answer) -> Suggestion:
    """Close a suggestion with an answer and tell its sender, if it has one.

    Refused for missing words or an unknown outcome, Conflict when it is closed already; the same
    answer again is the first one.
    """
    row = selectors.to_handle(ctx, suggestion_id)
    given = _checked(given)
    with transaction.atomic():
        fresh = Suggestion.objects.filter(pk=row.pk).exclude(state=SuggestionState.ANSWERED)
        if fresh.update(
            state=SuggestionState.ANSWERED,
            handler_id=ctx.actor_id,
            answered=ctx.now,
            **vars(given),
        ):
            _answered(ctx, row, given)
    row.refresh_from_db()
    if vars(given) != {name: getattr(row, name) for name in vars(given)}:
        raise Conflict("这一条已经答复过，先答复的有效", remedy="刷新页面看已有的答复")
    return row


def _checked(given: Answer) -> Answer:
    if given.outcome not in Outcome.values:
        raise Refused("没有选办理结果", field="outcome", remedy="选一个结果")
    given = replace(
        given, answer=_words(given.answer, MOST, "answer", "告诉对方怎么处理的、为什么")
    )
    if not given.published:
        return replace(given, said="", changed="")
    return replace(
        given,
        said=_words(given.said, SUMMARY, "said", "用一句话概括反映了什么，不写人和单位"),
        changed=_words(given.changed, SUMMARY, "changed", "用一句话写改了什么，或为什么不改"),
    )


def _answered(ctx: Ctx, row: Suggestion, given: Answer) -> None:
    entry = ledger.record(
        ctx,
        kinds.ANSWERED.name,
        unit_id=row.unit_id,
        facts={
            "suggestion": row.pk,
            "outcome": given.outcome,
            "published": given.published,
        },
        private={"answer": given.answer, "said": given.said, "changed": given.changed},
        client_id=f"suggestion/{row.pk}/answer",
    )
    Suggestion.objects.filter(pk=row.pk).update(answer_uid=entry.uid)
    if row.sender_id:
        work.notify(
            ctx,
            [row.sender_id],
            TOPIC.code,
            title=f"您的投诉建议有答复了：{Outcome(given.outcome).label}",
            body=given.answer,
            link=f"/suggestions/{row.pk}/",
            key=f"suggestion/{row.pk}",
        )

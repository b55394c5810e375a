"""Forms as work that can be taken along: the page a phone keeps, and what comes back from it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.forms import definitions, selectors, services, showing
from anze.kernel.forms.definitions import Definition
from anze.kernel.forms.models import Submission
from anze.kernel.forms.services import Unanswered
from anze.kernel.forms.webform import PREFIX, PackForm, Setting
from anze.kernel.outbox.models import Packet
from anze.kernel.outbox.works import Handed, Offer, Taken, Work
from anze.kernel.units.models import Unit
from anze.lib.codes import tidy

MOST_INPUTS = 1000


def offer(ctx: Ctx, unit_id: UUID, ref: str, subject: str) -> Offer:
    """Let somebody take a form along who may record for the unit, if it is in force there."""
    ctx.access.check(services.RECORD, unit_id)
    definition = definitions.find(ref, unit_id, ctx.today)
    services.check_level(definition, unit_id)
    return Offer(definition.form.title, definition.pack_id)


def page(request: HttpRequest, packet: Packet) -> HttpResponse:
    """Return the form as the phone keeps it.

    Rendered without the request: no name, no menu, no token of the session. It starts from last
    time's answers like the page on line, but without names and free words.
    """
    ctx: Ctx = request.ctx  # type: ignore[attr-defined]
    definition = _definition(packet)
    start = selectors.defaults(definition) | selectors.last_answers(
        ctx, definition, packet.unit_id, subject=packet.subject
    )
    private = {field.name for field in definition.form.fields if field.is_private}
    shown = {name: answer for name, answer in start.items() if name not in private}
    form = PackForm(Setting(definition, packet.unit_id, ctx.today, {}), answers=shown)
    context = {
        "packet": packet,
        "definition": definition,
        "spec": definition.form,
        "unit": Unit.objects.get(pk=packet.unit_id),
        "form": form,
        "fields": showing.fields(definition, form),
        "checklist": any(field.type == "checklist" for field in definition.form.fields),
        "readers": showing.READERS[definition.form.visibility],
    }
    return HttpResponse(render_to_string("forms/packet.html", context))


def take(ctx: Ctx, packet: Packet, handed: Handed) -> Taken:
    """Record what was filled in by the form of the packet's own pack version."""
    form, subject = _form(ctx, packet, handed)
    done = services.submit(
        ctx,
        packet.ref,
        packet.unit_id,
        handed.client_id,
        form.answers(),
        happened=form.happened(),
        subject=subject,
        definition=_definition(packet),
        captured=handed.captured,
    )
    return _taken(done)


def replace(ctx: Ctx, packet: Packet, handed: Handed) -> Taken:
    """Correct what was taken first by this content."""
    form, _subject = _form(ctx, packet, handed)
    first = Submission.objects.get(pk=handed.client_id)
    return _taken(services.correct(ctx, first, form.answers(), happened=form.happened()))


def lines(packet: Packet, handed: Handed) -> list[tuple[str, str]]:
    """Tell the content field by field; what cannot be read is told as it was typed."""
    definition = _definition(packet)
    data = _data(packet, handed, whole=False)
    form = PackForm(_setting(definition, packet), data)
    form.is_valid()
    arrived = {str(row.id) for row in handed.files.values()}
    told = [("哪天做的", day)] if (day := form.happened()) else []
    for field in definition.form.fields:
        answer = form.cleaned_data.get(field.name)
        typed = [one for one in data.getlist(f"{PREFIX}-{field.name}") if one]
        if field.type in ("photo", "file"):
            short = len(typed) > sum(one in arrived for one in typed)
            count = f"{len(typed)} 个{'，没有全部收到' if short else ''}"
            told += [(field.label, count)] if typed else []
        elif answer is None:
            told += [(field.label, "、".join(typed))] if typed else []
        elif field.type == "checklist":
            told.append((field.label, showing.tally(answer)))
        else:
            told.append((field.label, showing.words(field, answer)))
    return told


def _form(ctx: Ctx, packet: Packet, handed: Handed) -> tuple[PackForm, str]:
    """Return the checked form and the subject; Unanswered with every fault."""
    definition = _definition(packet)
    data = _data(packet, handed)
    form = PackForm(_setting(definition, packet, ctx), data)
    if not form.is_valid():
        faults = {str(name): "；".join(map(str, words)) for name, words in form.errors.items()}
        titles = {field.name: field.label for field in definition.form.fields}
        raise Unanswered(faults, {"happened": "哪天做的", **titles})
    return form, packet.subject or tidy(data.get("subject", ""))[:120]


def _setting(definition: Definition, packet: Packet, ctx: Ctx | None = None) -> Setting:
    day = ctx.today if ctx else Ctx.system().today
    return Setting(definition, packet.unit_id, day, {})


def _data(packet: Packet, handed: Handed, *, whole: bool = True) -> QueryDict:
    """Return the inputs as a browser would have posted them, with the ids of the received files.

    Refused for a file that was not received, if the content must be ``whole``.
    """
    pairs = handed.content.get("fields")
    if not isinstance(pairs, list) or len(pairs) > MOST_INPUTS:
        raise Refused("内容读不懂", remedy="请更新页面后重新填写。")
    received = {str(sent): str(row.id) for sent, row in handed.files.items()}
    attached = {
        f"{PREFIX}-{field.name}"
        for field in _definition(packet).form.fields
        if field.type in ("photo", "file")
    }
    data = QueryDict(mutable=True)
    for pair in pairs:
        if not (
            isinstance(pair, list) and len(pair) == 2 and all(isinstance(p, str) for p in pair)
        ):
            raise Refused("内容读不懂", remedy="请更新页面后重新填写。")
        name, value = pair
        if whole and name in attached and value not in received:
            raise Refused("有一张照片没有随内容一起报来", remedy="请把它去掉，重新选择后再交。")
        data.appendlist(name, str(received.get(value, value)) if name in attached else value)
    return data


def _definition(packet: Packet) -> Definition:
    if packet.pack_id is None:
        raise Refused("这个随身包没有表单")
    return definitions.pinned(packet.pack_id, packet.ref)


def _taken(done: Submission) -> Taken:
    return Taken(done.entry_uid, reverse("forms:receipt", args=[done.pk]))


WORK = Work("form", "登记", offer, page, take, lines, replace)

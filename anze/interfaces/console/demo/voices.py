"""What people of the demonstration say is too much, and what became of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from anze.domains.burden.services import suggestions
from anze.domains.burden.services.suggestions import Answer, Word
from anze.kernel.bus import clock
from anze.kernel.people.access import ctx_for
from anze.kernel.people.models import User

SPACE = UUID("2f4b8e1c-6a57-5d0e-9a39-5b1c40c6d9aa")

# Who, how many days ago, of which kind, what, from which page, with a name; the answer if any.
SAID: tuple[tuple[str, int, str, str, str, bool, Answer | None], ...] = (
    (
        "s01-safety", 24, "repeated", "应到人数每次演练都要重填，学籍里就有。", "/forms/", True,
        Answer("changed", "表单已改为带出上次的人数，没有变化不用再填。", True,
               "演练表单里的应到人数每次都要重填", "改为带出上次填的，变了才改"),
    ),
    (
        "s02-safety", 20, "needless", "宣传登记不用再附简报了吧，没人看。", "/forms/", True,
        Answer("changed", "不需要简报，登记里本来就没有这一项；已通知各镇不要另外要。", True,
               "宣传活动登记之后还被要求交简报", "不要简报，已通知各镇街道不得另外索要"),
    ),
    (
        "s03-safety", 16, "impossible", "没有宿舍，住宿那几项选不了“不适用”。", "/duties/", True,
        Answer("planned", "下一版自查表按有没有住宿出题。", True,
               "没有宿舍的学校也被问到住宿", "下学期起按单位情况出题"),
    ),
    (
        "s01-teacher", 6, "other", "月底集中报，能不能提前三天提醒？", "/", True, None,
    ),
    (
        "s01-guard", 3, "needless", "巡查一天三次都登记太多，没异常能不能一天一次？",
        "/forms/", False, None,
    ),
)  # fmt: skip


def speak(first: date, last: date) -> int:
    """Let them say it on their days, and the desk answer some two days later; return how many.

    What would have been said before ``first``, when nobody held a post yet, is left out.
    """
    who = {user.username: user for user in User.objects.all()}
    said = 0
    for number, (username, ago, about, words, path, named, told) in enumerate(SAID):
        if username not in who or last - timedelta(days=ago) <= first:
            continue
        client = uuid5(SPACE, str(number))
        with clock.travel(_at(last, ago)):
            ctx = ctx_for(who[username], "demo")
            suggestions.say(ctx, Word(client, about, words, path, named))
        if told:
            with clock.travel(_at(last, ago - 2)):
                desk = ctx_for(who["desk"], "demo")
                suggestions.take(desk, client)
                suggestions.answer(desk, client, told)
        said += 1
    return said


def _at(last: date, ago: int) -> datetime:
    return clock.start_of(last - timedelta(days=ago)) + timedelta(hours=16)

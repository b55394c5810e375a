"""Collection tasks of the demonstration: one over, one running, one waiting, one returned."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from anze.domains.burden.models import CollectionAnswer, CollectionTask
from anze.domains.burden.services import answers, tasks
from anze.domains.burden.services.tasks import Asked, Draft
from anze.kernel.bus import clock
from anze.kernel.bus.ctx import Ctx
from anze.kernel.people.access import ctx_for
from anze.kernel.people.models import Holding, User
from anze.kernel.units.models import Unit
from anze.kernel.work import jobs

SPACE = UUID("7a6d3c52-2b9e-5f7d-8a04-1c3e8e0a9b17")
SCHOOLS = ("kindergarten", "primary", "junior", "nine_year", "senior", "vocational")
SANDBAGS = (
    Asked("防汛沙袋", "integer"),
    Asked("排水泵", "integer"),
    Asked("存放位置"),
)
WINTER = (
    Asked("防汛沙袋", "integer", again="汛期用去一些，入冬前要知道余量"),
    Asked("取暖方式", "choice", ("集中供暖", "空调", "电暖器", "没有取暖")),
    Asked("电暖器台数", "integer", required=False),
    Asked("融雪剂储备（公斤）", "decimal", required=False),
    Asked("除雪是否有专人", "bool"),
)


def collect(first: date, last: date, seed: int) -> int:
    """Live through four tasks, three where the district is younger; return how many."""
    who = {user.username: user for user in User.objects.all()}
    top = Unit.objects.get(level="district")
    random = Random(f"{seed}/collections")
    over = _draft(top, 1, "防汛物资摸底", last - timedelta(days=30), SANDBAGS)
    runs = _draft(top, 2, "冬季取暖和除雪准备", last + timedelta(days=6), WINTER)
    waits = _draft(top, 3, "校门口斑马线现状", last + timedelta(days=12), (
        Asked("校门口斑马线", "choice", ("清晰", "模糊", "没有")), Asked("门口有无信号灯", "bool"),
    ))  # fmt: skip
    back = _draft(top, 4, "学生基本情况", last + timedelta(days=9), (
        Asked("学生数", "integer", again="另一个处室要"),
    ))  # fmt: skip
    old = last - timedelta(days=40) > first
    if old:
        _let_out(over, last - timedelta(days=40), who)
        _answer(over, last - timedelta(days=36), random, share=1.0)
        with clock.travel(_at(last - timedelta(days=29))):
            tasks.end_due(Ctx.system(via="demo"))
    _let_out(runs, last - timedelta(days=3), who)
    _answer(runs, last - timedelta(days=1), random, share=0.55)
    for draft in (waits, back):
        with clock.travel(_at(last - timedelta(days=1))):
            desk = ctx_for(who["desk"], "demo")
            tasks.keep(desk, draft)
            tasks.submit(desk, draft.client_id)
    with clock.travel(_at(last)):
        leader = ctx_for(who["leader"], "demo")
        tasks.give_back(leader, back.client_id, "学生数在单位情况里有，直接取，不要再让学校报。")
    return 3 + old


def _draft(top: Unit, number: int, title: str, ends: date, fields: tuple[Asked, ...]) -> Draft:
    return Draft(
        uuid5(SPACE, str(number)), top.pk, title, "安排物资和经费，按实际缺口调配。",
        "区防汛防冻会议纪要（演示）", "安全综治科汇总，报分管局长，用后归档", ends, SCHOOLS, fields,
    )  # fmt: skip


def _at(day: date) -> datetime:
    return clock.start_of(day) + timedelta(hours=10)


def _let_out(draft: Draft, day: date, who: dict[str, User]) -> None:
    with clock.travel(_at(day)):
        desk = ctx_for(who["desk"], "demo")
        tasks.keep(desk, draft)
        tasks.submit(desk, draft.client_id)
        tasks.approve(ctx_for(who["leader"], "demo"), draft.client_id)
        jobs.run_waiting()


def _answer(draft: Draft, day: date, random: Random, share: float) -> None:
    row = CollectionTask.objects.get(pk=draft.client_id)
    # The first school is left owing, so that whoever tries the demonstration has it to fill in.
    asked = list(CollectionAnswer.objects.filter(task=row).order_by("unit__name"))
    with clock.travel(_at(day)):
        for answer in asked:
            held = Holding.objects.filter(
                unit_id=answer.unit_id, post="safety_officer", valid_to=None
            )
            holder = held.select_related("user").first()
            left = holder and holder.user.username == "s01-safety" and share < 1
            if holder is None or left or random.random() > share:
                continue
            values = {str(n): _value(one, random) for n, one in enumerate(draft.fields, 1)}
            ctx = ctx_for(holder.user, "demo")
            answers.hand_in(ctx, row.pk, answer.unit_id, values)


def _value(field: Asked, random: Random) -> str:
    if field.type == "choice":
        return random.choice(field.options)
    if field.type == "bool":
        return random.choice(("yes", "yes", "no"))
    if field.type == "decimal":
        return f"{random.randint(2, 40) * 5}.5"
    if field.type == "integer":
        return str(random.randint(0, 60))
    return random.choice(("门卫室", "一楼仓库", "后勤仓库"))

"""Papers and a kind of document to test with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from anze.kernel.bus.ctx import Ctx
from anze.kernel.bus.errors import Refused
from anze.kernel.documents import catalogue
from anze.kernel.documents.catalogue import DocumentKind, Made, Told
from anze.kernel.documents.shape import Figure, Heading, Paper, Para, Stamp, Table
from anze.lib.charts import Bars, Series

STAMP = Stamp(
    "星教安通〔2026〕7号", date(2026, 3, 5), "AAAAA-BBBBB", "https://x.example/v/AAAAABBBBB/"
)


def paper(title: str = "关于演练情况的通报", *texts: str, rows: int = 2) -> Paper:
    """Return a letter with one of everything."""
    chart = Bars("各校情况", ("临湖小学",), (Series("完成", (3,)),), "次")
    return Paper(
        "星湖区教育局",
        title,
        (
            Heading("总体情况"),
            *(Para(text) for text in texts or ("全区各校均已演练。",)),
            Heading("分校情况", 2),
            Figure(chart),
            Table(
                ("序号", "单位"), tuple((str(n), f"第{n}小学") for n in range(rows)), "一览", (1, 4)
            ),
        ),
        to="各学校",
        signed="星湖区教育局",
        copy_to="区政府办公室",
        printed_by="星湖区教育局办公室",
    )


def make(ctx: Ctx, params: Mapping[str, str], told: Told) -> Made:
    """Put the paper together; ``fail`` refuses."""
    told(1, 2, "正在汇总")
    if params.get("fail"):
        raise Refused("没有数据", remedy="请换一个时间段。")
    units = tuple(one for one in params.get("to", "").split(",") if one)
    from uuid import UUID

    return Made(paper(params.get("title", "关于演练情况的通报")), tuple(UUID(one) for one in units))


OPEN = DocumentKind("trial", "试用通报", "试通", make, public_title=True)
CLOSED = DocumentKind("quiet", "内部材料", "内", make)


def register() -> None:
    """Make the kinds known; safe to repeat."""
    catalogue.register(OPEN)
    catalogue.register(CLOSED)

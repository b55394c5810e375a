"""Invented content of the components page; names of places and schools are made up."""

from __future__ import annotations

from datetime import timedelta

from django import forms

from anze.kernel.bus import clock
from anze.kernel.web.shapes import Branch, Cell, Happening, HeatColumn, HeatMap, HeatRow, Step
from anze.kernel.web.widgets import DayInput, PhotosField


class SampleForm(forms.Form):
    """One field of each sort."""

    happened = forms.DateField(label="演练日期", widget=DayInput())
    kind = forms.ChoiceField(
        label="演练类型",
        choices=[
            ("evacuation", "应急疏散"),
            ("fire", "消防"),
            ("quake", "防震"),
            ("intruder", "防暴"),
        ],
        widget=forms.RadioSelect,
    )
    people = forms.IntegerField(label="参加人数", min_value=1, help_text="实际到场的师生总数")
    campus = forms.ChoiceField(
        label="校区",
        choices=[("", "请选择"), ("a", "青禾路校区"), ("b", "临湖校区")],
    )
    note = forms.CharField(
        label="存在的问题",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "没有可不填"}),
    )
    photos = PhotosField(label="现场照片", required=False, help_text="能看清人和地点即可，一张就够")
    agreed = forms.BooleanField(label="以上内容与实际情况一致")


def faulty() -> SampleForm:
    """Return a form as it comes back: what was typed, with a word at each field that is wrong."""
    typed = {"happened": "下周三", "kind": "fire", "people": "0", "note": "二楼东侧通道堆物"}
    return SampleForm(typed, prefix=None, auto_id="faulty-%s")


# What a message above the page says, by its level.
LEVELS = (
    ("success", "已登记，存证编号 10482。"),
    ("info", "这一页已有新的内容，刷新后可见。"),
    ("warning", "有 2 张照片还在手机里，没有网络时不会丢。"),
    ("error", "没有连上服务器，这次操作没有生效。"),
)


def steps() -> list[Step]:
    """A flow in its third station."""
    return [
        Step("登记", "done", "11月18日 陈老师"),
        Step("确认", "done", "11月19日 王主任"),
        Step("整改", "current", "12月2日前"),
        Step("复查", "todo"),
        Step("销号", "todo"),
    ]


def happenings() -> list[Happening]:
    """Three lines of history."""
    now = clock.now()
    return [
        Happening(
            now - timedelta(hours=3),
            "登记应急疏散演练",
            "参加 1,148 人，用时 2 分 40 秒。",
            "clipboard-check",
            "#",
            "周安全员 · 存证 10482",
            strong=True,
        ),
        Happening(now - timedelta(days=1), "区教育局催办", "", "bell-ringing", "", "安全综治科"),
        Happening(
            now - timedelta(days=22), "本月演练任务下达", "依据每月演练要求。", "calendar-event"
        ),
    ]


def heat_map() -> HeatMap:
    """Six units over twelve weeks of a term, with a week off."""
    names = [
        "青禾实验小学",
        "临湖中学",
        "云桥幼儿园",
        "北塘职业学校",
        "启明培训中心",
        "安途校车公司",
    ]
    weeks = range(1, 13)
    rows = [
        HeatRow(name, [_cell(place, week) for week in weeks], "#", "2 校区" if place == 0 else "")
        for place, name in enumerate(names)
    ]
    months = {1: "9月", 5: "10月", 9: "11月"}
    month = ""
    columns = []
    for week in weeks:
        month = months.get(week, month)
        columns.append(HeatColumn(str(week), month, f"第 {week} 周", week == 11))
    return HeatMap(columns, rows, "单位 ＼ 教学周", "每周应办事项的完成情况，点一格看缺了什么")


def _cell(place: int, week: int) -> Cell:
    if week == 5:
        return Cell(off=True)
    if place == 5 and week % 2:
        return Cell()
    asked = 4 + place % 2
    lacking = (place * 5 + week * 3) % 9 - 5 if place in (1, 3, 4) else (1 if week == 8 else 0)
    if week == 12:
        return Cell(asked, asked - 2, later=True, url="#")
    return Cell(asked, asked - max(0, min(lacking + (2 if place == 4 else 0), asked)), url="#")


def branches() -> list[Branch]:
    """A district with one open town."""
    campuses = (
        Branch("青禾路校区", "#", "1,204 人", "map-pin"),
        Branch("临湖校区", "#", "612 人", "map-pin", current=True),
    )
    town = Branch(
        "云桥镇",
        "#",
        "3 家",
        "building-community",
        open=True,
        children=(
            Branch("青禾实验小学", "#", "2 校区", "school", open=True, children=campuses),
            Branch("云桥幼儿园", "#", "", "school"),
            Branch("安途校车公司", "#", "", "bus"),
        ),
    )
    other = Branch(
        "北塘街道", "#", "2 家", "building-community", children=(Branch("临湖中学", "#"),)
    )
    return [Branch("示范区教育局", "#", "5 家", "sitemap", open=True, children=(town, other))]


def duties() -> list[dict[str, object]]:
    """Rows of a plain table."""
    return [
        {
            "title": "每月至少组织一次应急疏散演练",
            "unit": "临湖中学",
            "due": "11月30日",
            "state": "owed",
        },
        {"title": "每周校园安全自查", "unit": "北塘职业学校", "due": "11月20日", "state": "missed"},
        {
            "title": "学期初安全工作领导小组会议",
            "unit": "青禾实验小学",
            "due": "9月12日",
            "state": "met",
        },
        {"title": "消防设施月度检查", "unit": "云桥幼儿园", "due": "10月31日", "state": "met_late"},
        {
            "title": "校车驾驶员季度培训",
            "unit": "启明培训中心",
            "due": "12月31日",
            "state": "waived",
        },
    ]

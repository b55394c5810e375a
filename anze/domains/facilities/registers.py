"""The three registers as the engine reads them."""

from __future__ import annotations

from typing import Any, cast

from anze.domains.facilities import limits
from anze.domains.facilities.models import FireEquipment, SecurityEquipment, SpecialEquipment
from anze.engines.registers import spec
from anze.engines.registers.models import Thing
from anze.engines.registers.spec import Field, RegisterSpec

FIRE_KINDS = {
    "dry_powder": "干粉灭火器",
    "water": "水基型灭火器",
    "co2": "二氧化碳灭火器",
    "clean_gas": "洁净气体灭火器",
    "hydrant": "室内消火栓",
    "outdoor_hydrant": "室外消火栓",
    "smoke_detector": "火灾探测器",
    "emergency_light": "应急照明灯",
    "exit_sign": "疏散指示标志",
    "fire_blanket": "灭火毯",
    "mask": "过滤式自救呼吸器",
    "other": "其他消防器材",
}
SECURITY_KINDS = {
    "camera": "视频监控",
    "panic_alarm": "一键式紧急报警",
    "entrance": "出入口门禁",
    "intrusion": "周界（入侵）报警",
    "barrier": "硬质防冲撞设施",
    "patrol": "电子巡查点",
    "intercom": "应急广播",
    "other": "其他技防设备",
}
SPECIAL_KINDS = {
    "lift": "电梯",
    "boiler": "锅炉",
    "pressure_vessel": "压力容器",
    "pressure_pipe": "压力管道",
    "forklift": "场内专用机动车辆",
    "other": "其他特种设备",
}


def _kind(choices: dict[str, str]) -> Field:
    return Field("kind", "类别", "choice", True, choices, column=True, filtered=True)


def _day(name: str, label: str, **more: Any) -> Field:
    return Field(name, label, "day", **more)


REMARK = Field("remark", "备注", max_length=200)

FIRE = RegisterSpec(
    code="fire_equipment",
    label="消防器材",
    noun="消防器材",
    model=FireEquipment,
    mark="F",
    prefix="XF",
    icon="fire-hydrant",
    hint="灭火器的维修和报废日期由出厂日期自动算出，不用填。",
    title=lambda thing: _title(thing, FIRE_KINDS, "size"),
    label_fields=("position",),
    complete=limits.computed,
    check=limits.faults,
    fields=(
        _kind(FIRE_KINDS),
        Field("size", "规格型号", max_length=40, help="例如 MFZ/ABC4", searched=True),
        Field("position", "具体位置", column=True, searched=True, help="例如 二楼东侧楼梯口"),
        _day("made_on", "出厂日期", past=True, help="灭火器必填，在瓶体或标签上"),
        _day(
            "serviced_on", "最近维修日期", past=True, help="由维修机构维修、充装过的填；没有就空着"
        ),
        _day("inspected_on", "最近检查日期", past=True, column=True),
        _day("valid_until", "有效期至", ends=True, help="铭牌或检测报告上另有期限的填"),
        _day("service_due", "应维修日期", ends=True, computed=True),
        _day("scrap_on", "应报废日期", ends=True, computed=True),
        REMARK,
    ),
)
SECURITY = RegisterSpec(
    code="security_equipment",
    label="技防设备",
    noun="技防设备",
    model=SecurityEquipment,
    mark="S",
    prefix="JF",
    icon="camera",
    title=lambda thing: _title(thing, SECURITY_KINDS, "model_name"),
    label_fields=("position",),
    fields=(
        _kind(SECURITY_KINDS),
        Field("model_name", "品牌型号", max_length=60, searched=True),
        Field("position", "安装位置", column=True, searched=True, help="例如 校门内侧立杆"),
        _day("installed_on", "安装日期", past=True),
        Field("networked", "已与公安、教育联网", "yesno", column=True, filtered=True),
        Field("keep_days", "录像保存天数", "integer", least=0, most=3650, measure=" 天"),
        _day("maintained_until", "维保到期", ends=True),
        REMARK,
    ),
)
SPECIAL = RegisterSpec(
    code="special_equipment",
    label="特种设备",
    noun="特种设备",
    model=SpecialEquipment,
    mark="T",
    prefix="TZ",
    icon="building",
    hint="下次检验日期按检验报告填；到期前一个月要向检验机构提出定期检验。",
    title=lambda thing: _title(thing, SPECIAL_KINDS, "model_name"),
    label_fields=("position", "registration"),
    tell=("safety_officer", "deputy_in_charge"),
    fields=(
        _kind(SPECIAL_KINDS),
        Field("model_name", "品牌型号", max_length=60, searched=True),
        Field("registration", "使用登记证编号", max_length=60, searched=True),
        Field("position", "所在位置", column=True, searched=True),
        _day("installed_on", "投用日期", past=True),
        _day("inspected_on", "最近检验日期", past=True, column=True),
        _day("inspect_by", "下次检验日期", required=True, ends=True),
        Field("maintainer", "维保单位"),
        REMARK,
    ),
)
ALL = (FIRE, SECURITY, SPECIAL)


def register() -> None:
    """Open the registers; called once at start."""
    for one in ALL:
        spec.register(one)


def _title(thing: Thing, kinds: dict[str, str], more: str) -> str:
    row = cast(Any, thing)
    return " ".join(part for part in (kinds.get(row.kind, row.kind), getattr(row, more)) if part)

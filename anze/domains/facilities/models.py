"""The columns of the three registers; the spine stands in the registers engine."""

from __future__ import annotations

from django.db import models

from anze.engines.registers.models import Thing


class FireEquipment(Thing):
    """消防器材. ``service_due`` and ``scrap_on`` are computed for extinguishers."""

    kind = models.CharField("类别", max_length=20)
    size = models.CharField("规格型号", max_length=40, blank=True)
    position = models.CharField("具体位置", max_length=80, blank=True)
    made_on = models.DateField("出厂日期", null=True, blank=True)
    serviced_on = models.DateField("最近维修日期", null=True, blank=True)
    inspected_on = models.DateField("最近检查日期", null=True, blank=True)
    valid_until = models.DateField("有效期至", null=True, blank=True)
    service_due = models.DateField("应维修日期", null=True, blank=True)
    scrap_on = models.DateField("应报废日期", null=True, blank=True)
    remark = models.CharField("备注", max_length=200, blank=True)

    class Meta(Thing.Meta):
        verbose_name = verbose_name_plural = "消防器材"


class SecurityEquipment(Thing):
    """技防设备: cameras, alarms, entrance guards."""

    kind = models.CharField("类别", max_length=20)
    model_name = models.CharField("品牌型号", max_length=60, blank=True)
    position = models.CharField("安装位置", max_length=80, blank=True)
    installed_on = models.DateField("安装日期", null=True, blank=True)
    networked = models.BooleanField("已联网", null=True, blank=True)
    keep_days = models.PositiveIntegerField("录像保存天数", null=True, blank=True)
    maintained_until = models.DateField("维保到期", null=True, blank=True)
    remark = models.CharField("备注", max_length=200, blank=True)

    class Meta(Thing.Meta):
        verbose_name = verbose_name_plural = "技防设备"


class SpecialEquipment(Thing):
    """特种设备: lifts, boilers, pressure vessels; ``inspect_by`` stands in the last report."""

    kind = models.CharField("类别", max_length=20)
    model_name = models.CharField("品牌型号", max_length=60, blank=True)
    registration = models.CharField("使用登记证编号", max_length=60, blank=True)
    position = models.CharField("所在位置", max_length=80, blank=True)
    installed_on = models.DateField("投用日期", null=True, blank=True)
    inspected_on = models.DateField("最近检验日期", null=True, blank=True)
    inspect_by = models.DateField("下次检验日期", null=True, blank=True)
    maintainer = models.CharField("维保单位", max_length=80, blank=True)
    remark = models.CharField("备注", max_length=200, blank=True)

    class Meta(Thing.Meta):
        verbose_name = verbose_name_plural = "特种设备"

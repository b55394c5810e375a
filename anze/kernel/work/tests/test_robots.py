"""The console command that keeps the group robots."""

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from anze.kernel.units.models import Unit
from anze.kernel.work.models import Robot

ADDRESS = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc"


def add(monkeypatch, unit, name="安全工作群"):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{ADDRESS}\n"))
    said = [f"--unit={unit}", f"--name={name}", "--kind=wecom"]
    call_command("robots", "add", *said, stdout=io.StringIO())


def test_a_robot_is_added_to_the_unit_of_a_name(cast, outward, monkeypatch):
    add(monkeypatch, cast.primary.name)
    robot = Robot.objects.get()
    assert robot.unit == cast.primary
    assert (outward["robots"] / robot.slot).read_text().strip() == ADDRESS


def test_of_two_units_of_one_name_none_is_guessed(cast, outward, monkeypatch):
    Unit.objects.filter(pk=cast.junior.pk).update(name=cast.primary.name, code="3232040031")
    with pytest.raises(CommandError, match="3232040031"):
        add(monkeypatch, cast.primary.name)
    assert not Robot.objects.exists()
    add(monkeypatch, "3232040031")
    assert Robot.objects.get().unit == cast.junior


def test_an_unknown_unit_is_named(cast, outward, monkeypatch):
    with pytest.raises(CommandError, match="没有单位“某校”"):
        add(monkeypatch, "某校")

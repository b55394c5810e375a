"""Every action somebody may do, collected from the ``actions`` module of each room.

A room lists ``ACTIONS = (Action("duties.view", "查看履职"), …)``. Who may do it stands in
``table``, or in ``PERMISSIONS`` of the same module, written by hand; a test holds that every
declared action has a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps

from anze.kernel.people import table


@dataclass(frozen=True)
class Action:
    """What can be done: a code and its Chinese label."""

    code: str
    label: str


# The ledger and the units lie below this room, so their actions are declared here with our own.
ACTIONS = (
    Action("public", "公开页面"),
    Action("account", "我的账号"),
    Action("people.view", "查看人员"),
    Action("people.manage", "管理人员与岗位"),
    Action("people.admin", "管理机关账号"),
    Action("people.grant", "授予角色"),
    Action("people.confirm", "确认两人办理"),
    Action("people.tokens", "申请接口令牌"),
    Action("people.tokens_view", "查看接口令牌"),
    Action("people.devices", "管理传达室设备"),
    Action("contacts.view", "查看通讯录"),
    Action("contacts.phones", "查看全部手机号"),
    Action("contacts.reveal", "逐个查看手机号"),
    Action("units.view", "查看单位"),
    Action("units.describe", "维护单位情况与地点"),
    Action("units.manage", "管理单位与隶属关系"),
    Action("ledger.view", "查看存证"),
    Action("ledger.verify", "核验存证"),
)

_registry: dict[str, Action] = {}


class UnknownActionError(LookupError):
    """No room declares this action."""


def collect() -> None:
    """Read the ``actions`` module of every installed room; raise ValueError on two labels."""
    _registry.clear()
    for config in apps.get_app_configs():
        dotted = f"{config.name}.actions"
        if config.name.startswith("anze.") and find_spec(dotted):
            room = import_module(dotted)
            for action in room.ACTIONS:
                _add(action, config.label)
            for code, row in getattr(room, "PERMISSIONS", {}).items():
                table.add(code, row)


def _add(action: Action, room: str) -> None:
    if _registry.get(action.code, action) != action:
        raise ValueError(f"{room}: action {action.code} has another label elsewhere")
    _registry[action.code] = action


def get(code: str) -> Action:
    """Return a declared action; raise UnknownActionError."""
    try:
        return _registry[code]
    except KeyError:
        raise UnknownActionError(f"no room declares the action {code!r}") from None


def all_actions() -> list[Action]:
    """Return every declared action by code."""
    return [_registry[code] for code in sorted(_registry)]

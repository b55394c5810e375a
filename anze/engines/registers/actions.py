"""What people may do with registers; who may stands in ``people/table.py``."""

from anze.kernel.people.actions import Action

ACTIONS = (
    Action("registers.view", "查看台账"),
    Action("registers.edit", "维护台账"),
    Action("registers.audit", "盘点"),
)

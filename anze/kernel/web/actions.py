"""What can be done in this room."""

from anze.kernel.people.actions import Action

ACTIONS = (Action("web.components", "查看视觉语言"),)

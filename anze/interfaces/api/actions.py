"""What can be done in this room by everybody who is signed in."""

from anze.kernel.people.actions import Action

ACTIONS = (Action("api.docs", "查看接口说明"),)

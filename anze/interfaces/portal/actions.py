"""What can be done in this room by everybody who is signed in."""

from anze.kernel.people.actions import Action

ACTIONS = (Action("portal.home", "查看首页"),)

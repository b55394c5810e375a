"""What may be done with packs."""

from anze.kernel.people.actions import Action

ACTIONS = (
    Action("packs.view", "查看制度包"),
    Action("packs.activate", "装载和启用制度包"),
)

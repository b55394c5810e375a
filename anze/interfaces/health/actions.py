"""What can be done in this room."""

from anze.kernel.people.actions import Action

ACTIONS = (Action("health.metrics", "读取运行指标（凭令牌或在本机）"),)

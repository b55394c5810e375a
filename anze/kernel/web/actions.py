"""What can be done in this room."""

from anze.kernel.people.actions import Action

ACTIONS = (
    Action("web.components", "查看视觉语言"),
    Action("web.lists", "保存筛选、批量办理"),
    Action("web.share_filters", "共享筛选方案"),
)

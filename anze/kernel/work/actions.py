"""What can be done with notices and jobs; who may stands in ``people/table.py``."""

from anze.kernel.people.actions import Action

ACTIONS = (
    Action("notices.send", "发通知单"),
    Action("notices.deliveries", "查看和重发通知的送达"),
    Action("work.jobs", "管理后台任务"),
)

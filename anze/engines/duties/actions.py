"""What people may do with duties; who may stands in ``people/table.py``."""

from anze.kernel.people.actions import Action

ACTIONS = (
    Action("duties.view", "查看履职"),
    Action("duties.record", "登记履职活动"),
    Action("duties.waive", "豁免"),
    Action("duties.remind", "催办"),
    Action("board.view", "查看方案看板"),
)

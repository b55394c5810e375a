"""What people may do with duties; the table of who may is ``people/table.py``."""

from anze.kernel.people.actions import Action

VIEW = Action("duties.view", "查看履职")
RECORD = Action("duties.record", "填报")
WAIVE = Action("duties.waive", "豁免")
REMIND = Action("duties.remind", "催办")
BOARD = Action("board.view", "查看方案看板")

"""What can be done with Excel files."""

from anze.kernel.people.actions import Action

ACTIONS = (
    Action("exchange.import", "导入名册和账号"),
    Action("exchange.export", "导出表格"),
)

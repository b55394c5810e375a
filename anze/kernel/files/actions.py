"""What can be done with files."""

from anze.kernel.people.actions import Action

ACTIONS = (
    Action("files.add", "上传材料"),
    Action("files.view", "查看材料"),
    Action("files.erase", "删除材料"),
)

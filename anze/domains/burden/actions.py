"""What can be done in this room."""

from anze.kernel.people.actions import Action

ACTIONS = (
    Action("burden.say", "提投诉建议"),
    Action("burden.handle", "办理投诉建议"),
    Action("burden.collect", "发起临时报表"),
    Action("burden.approve", "审批临时报表"),
    Action("burden.answer", "填报临时报表"),
    Action("burden.count", "查看填报负担"),
)

"""What can be done with documents."""

from anze.kernel.people.actions import Action

ACTIONS = (
    Action("documents.view", "查看公文"),
    Action("documents.issue", "起草和签发公文"),
    Action("documents.void", "作废公文"),
)

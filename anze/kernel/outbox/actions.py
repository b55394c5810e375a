"""Taking along needs the action of the work itself; sending needs the packet's token alone."""

from anze.kernel.people.actions import Action

ACTIONS = (
    Action("outbox.view", "我的发件箱"),
    Action("outbox.settle", "处理内容不一致的离线上报"),
)

"""Recording is ``duties.record``, reading ``duties.view``; only this is the room's own."""

from anze.kernel.people.actions import Action

ACTIONS = (Action("forms.correct", "更正、撤回他人的登记"),)

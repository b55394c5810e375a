"""What a service may say instead of doing what was asked. Each has one HTTP meaning."""

from __future__ import annotations


class Problem(Exception):
    """Base of the refusals that people see: what was wrong, where, and what to do about it."""

    status = 400

    def __init__(self, message: str, *, field: str = "", where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.field, self.where, self.remedy = message, field, where, remedy

    @property
    def said(self) -> str:
        """What was wrong and what to do about it, in sentences."""
        return "".join(f"{one.rstrip('。')}。" for one in (self.message, self.remedy) if one)

    def as_dict(self) -> dict[str, str]:
        """Return the parts that are set, for JSON answers."""
        parts = {"field": self.field, "where": self.where, "remedy": self.remedy}
        return {"message": self.message, **{name: text for name, text in parts.items() if text}}


class Refused(Problem):
    """A rule says no to this input (422)."""

    status = 422


class TooMany(Refused):
    """Asked or tried too often (429); ``again`` says after how many seconds it may be tried."""

    status = 429

    def __init__(self, message: str, *, remedy: str = "", again: int = 60) -> None:
        super().__init__(message, remedy=remedy)
        self.again = again


class Denied(Problem):
    """The object is in the actor's scope, the action is not his (403)."""

    status = 403


class NotFound(Problem):
    """The object does not exist, or lies outside the actor's scope (404)."""

    status = 404


class Conflict(Problem):
    """The same id with other bytes, or a state that has moved on (409)."""

    status = 409

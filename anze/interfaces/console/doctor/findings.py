"""A finding says what, why it matters and what to do. Checks are registered by name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from anze.kernel.bus.ctx import Ctx

log = logging.getLogger("anze.doctor")


class Level(StrEnum):
    """``fail`` asks for a deed today and makes the exit status 1; ``warn`` for one soon."""

    FAIL = "fail"
    WARN = "warn"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be. ``check`` is the name of the check it came from."""

    level: Level
    what: str
    why: str
    todo: str
    check: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return it for ``--json``."""
        return {
            "check": self.check, "level": str(self.level), "what": self.what, "why": self.why,
            "do": self.todo,
        }  # fmt: skip


Check = Callable[[Ctx], Iterable[Finding]]
_checks: dict[str, tuple[str, Check]] = {}


def register(name: str, title: str, check: Check) -> None:
    """Add a check; rooms above or beside may bring their own in ``ready()``."""
    if _checks.setdefault(name, (title, check))[1] is not check:
        raise ValueError(f"check {name!r} is registered twice")


def titles() -> dict[str, str]:
    """Return name → Chinese title of every check, in the order of registration."""
    return {name: title for name, (title, _) in _checks.items()}


def examine(ctx: Ctx) -> dict[str, list[Finding]]:
    """Run every check; what a check itself stumbles over is a finding, not a crash."""
    return {name: _run(ctx, name, check) for name, (_, check) in _checks.items()}


def _run(ctx: Ctx, name: str, check: Check) -> list[Finding]:
    try:
        return [Finding(one.level, one.what, one.why, one.todo, name) for one in check(ctx)]
    except Exception as error:
        log.exception("check %s could not be made", name)
        return [
            Finding(
                Level.FAIL, f"这一项查不了：{type(error).__name__}", "查不了的地方可能正是坏的地方",
                "看日志里的原因；数据库打不开时先看磁盘和 anze migrate", name,
            )
        ]  # fmt: skip

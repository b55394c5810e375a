"""What a good administrator would look at every morning, looked at by ``anze doctor``."""

from anze.interfaces.console.doctor.findings import Finding, Level, examine, register

__all__ = ["Finding", "Level", "examine", "register"]

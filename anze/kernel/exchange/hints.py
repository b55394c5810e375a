"""“Is it this one you mean?”: near names, with a limit on what guessing may cost per file."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class Hints:
    """Near matches among many words. Beyond ``budget`` different questions nothing is guessed."""

    def __init__(self, words: Iterable[str], budget: int = 200) -> None:
        self._words, self._budget = sorted(set(words)), budget
        self._answers: dict[str, str] = {}

    def ask(self, text: str, otherwise: str) -> str:
        """Return ``是否想填“…”？``, or ``otherwise`` when nothing comes near."""
        if text not in self._answers:
            if len(self._answers) >= self._budget:
                return otherwise
            near = get_close_matches(text, self._words, n=2, cutoff=0.5)
            quoted = "或".join(f"“{word}”" for word in near)
            self._answers[text] = f"是否想填{quoted}？" if near else ""
        return self._answers[text] or otherwise

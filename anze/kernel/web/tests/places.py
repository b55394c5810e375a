"""Where things lie, for the tests of this room."""

import re
from pathlib import Path

ANZE = Path(__file__).resolve().parents[3]
ROOT = ANZE.parent
WEB = ANZE / "kernel" / "web"
STATIC = WEB / "static"
TEMPLATES = sorted(ANZE.glob("**/templates/**/*.html"))
COMMENTS = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}|<!--.*?-->", re.DOTALL)


def source(path: Path) -> str:
    """A template without its comments."""
    return COMMENTS.sub("", path.read_text(encoding="utf-8"))

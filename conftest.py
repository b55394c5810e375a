"""Every test runs in a home of its own; nothing touches the one people use."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix="anze-test-")
os.environ["ANZE_HOME"] = _home
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anze.config.settings")
if url := os.environ.get("ANZE_TEST_DATABASE_URL"):
    os.environ["ANZE_DATABASE_URL"] = url
    os.environ.setdefault("ANZE_DATABASE_POOL", "false")
else:
    os.environ.pop("ANZE_DATABASE_URL", None)
atexit.register(shutil.rmtree, _home, ignore_errors=True)

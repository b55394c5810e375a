"""Settings of the tests: a home of its own for each run, quick passwords, the chosen database."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix="anze-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["ANZE_HOME"] = _home
os.environ["ANZE_DATABASE_POOL"] = "false"
os.environ["ANZE_DATABASE_URL"] = os.environ.get("ANZE_TEST_DATABASE_URL", "")
os.environ["ANZE_MANIFEST"] = "false"

from anze.config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT = None
WHITENOISE_AUTOREFRESH = True
# A file, not memory: threads and child processes of a test need a database they can share.
if "sqlite" in str(DATABASES["default"]["ENGINE"]):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(_home, "test.sqlite3")}  # noqa: F405

"""Django settings of Anze. What may differ between machines comes from ``env.py``."""

from __future__ import annotations

import sys

from anze.config.drivers import use_bundled_sqlite

use_bundled_sqlite()

from anze.config import env as surroundings  # noqa: E402
from anze.config import outward  # noqa: E402
from anze.config.logs import logging_of  # noqa: E402
from anze.config.modules import installed_apps  # noqa: E402

env = surroundings.env
ANZE_HOME = surroundings.home()
ANZE_PACKS = surroundings.packs_root()
BASE_DIR = surroundings.ROOT

DEBUG = env.bool("ANZE_DEBUG", False)
SECRET_KEY = surroundings.secret_key(ANZE_HOME)
ALLOWED_HOSTS = env.list("ANZE_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("ANZE_ORIGINS", [])
ANZE_HTTPS = env.bool("ANZE_HTTPS", False)
ANZE_WITNESSES = env.list("ANZE_WITNESSES", [])
ANZE_PASSWORD_PROFILE = env.str("ANZE_PASSWORD_PROFILE", "dengbao")
ANZE_SITE = env.str("ANZE_SITE", "")  # the address people reach it by, for codes on paper
ANZE_FONTS = env.list("ANZE_FONTS", [])  # folders with bought fonts for documents
ANZE_SMS_CHANNEL = env.str("ANZE_SMS_CHANNEL", "anze.kernel.people.channels.ConsoleChannel")
# "bureau": everybody with a role beyond one unit signs in with a second factor, after the grace.
ANZE_SECOND_FACTOR = env.str("ANZE_SECOND_FACTOR", "optional")
ANZE_SECOND_FACTOR_GRACE = env.int("ANZE_SECOND_FACTOR_GRACE", 14)  # days
ANZE_CHANNELS = outward.channels(env, ANZE_HOME)
# Where jobs, deliveries and the sweep run: in the serving process, or in ``anze serve work`` only.
ANZE_WORKERS = env.str("ANZE_WORKERS", "in-process")
ANZE_REDIS_URL = env.str("ANZE_REDIS_URL", "")
ANZE_REDIS_PREFIX = env.str("ANZE_REDIS_PREFIX", "anze")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "ninja",
    *installed_apps(),
]

MIDDLEWARE = [
    "anze.interfaces.health.middleware.WatchMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "anze.kernel.people.middleware.IdleMiddleware",
    "anze.kernel.people.middleware.CtxMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "anze.kernel.web.middleware.ErrorsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "anze.config.urls"
ASGI_APPLICATION = "anze.config.asgi.application"
WSGI_APPLICATION = "anze.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "anze.kernel.web.context.house",
            ],
        },
    }
]

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
    ),
}


def _databases() -> dict[str, dict[str, object]]:
    """Return SQLite under the home folder unless ``ANZE_DATABASE_URL`` names a PostgreSQL."""
    if url := env.str("ANZE_DATABASE_URL", ""):
        import dj_database_url

        chosen = dict(dj_database_url.parse(url))
        if "postgresql" in str(chosen["ENGINE"]):
            chosen["OPTIONS"] = {"pool": env.bool("ANZE_DATABASE_POOL", True)}
            return {"default": chosen}
        return {"default": {**chosen, "OPTIONS": SQLITE_OPTIONS}}
    name = str(ANZE_HOME / "anze.sqlite3")
    return {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name,
            "OPTIONS": SQLITE_OPTIONS,
        }
    }


DATABASES = _databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "anze.kernel.people.backends.PasswordBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "people:sign-in"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5  # hours: at most ten guesses an hour
AXES_LOCKOUT_PARAMETERS = ["username"]  # not by address: a school is one address
AXES_RESET_ON_SUCCESS = True
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # it wants the address in the lock, see above
AXES_VERBOSE = False
ANZE_IDLE_MINUTES = env.int("ANZE_IDLE_MINUTES", 30)
SESSION_ENGINE = "anze.kernel.people.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ANZE_HTTPS
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 31536000 if ANZE_HTTPS else 0
SECURE_SSL_REDIRECT = ANZE_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^-/(live|ready|metrics)$"]  # asked from the machine itself
ANZE_METRICS_TOKEN = env.str("ANZE_METRICS_TOKEN", "")
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

from anze.kernel.web.headers import *  # noqa: E402, F403

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# Serve hashed, compressed page assets collected by ``anze open``; off for tests and development.
ANZE_MANIFEST = env.bool("ANZE_MANIFEST", not DEBUG)
STATIC_URL = "/static/"
STATIC_ROOT = ANZE_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if ANZE_MANIFEST
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_USE_FINDERS = not ANZE_MANIFEST
MEDIA_ROOT = ANZE_HOME / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000


LOGGING = logging_of(json=env.bool("ANZE_LOG_JSON", not sys.stderr.isatty()))

"""Pages and JSON are served by Django's synchronous stack."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anze.config.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()

"""The address people reach this house by, for codes on paper and links that leave it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """Return ``https://host/``: the setting ``ANZE_SITE``, else the address of this request."""
    site: str = settings.ANZE_SITE
    return f"{site.rstrip('/')}/" if site else request.build_absolute_uri("/")

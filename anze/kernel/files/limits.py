"""Stop what is too big before any of it is read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from anze.kernel.bus.errors import Refused
from anze.kernel.files.services import MAX_SIZE

MAX_BODY = MAX_SIZE + 256 * 1024  # one file and the words around it
View = Callable[..., HttpResponse]


def body_at_most(
    limit: int, refuse: Callable[[HttpRequest, Refused], HttpResponse]
) -> Callable[[View], View]:
    """Answer requests whose declared length exceeds ``limit`` bytes with ``refuse``.

    The CSRF check reads the whole body to find its token, so it has to come after this one: the
    middleware is told to leave the view alone, and the same check is made inside. A body without
    declared length is read as empty by the server.
    """

    def wrap(view: View) -> View:
        checked = csrf_protect(view)

        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            length = request.META.get("CONTENT_LENGTH") or "0"
            if length.isdigit() and int(length) > limit:
                problem = Refused(
                    f"一次上传超过 {limit // (1024 * 1024)} MB",
                    remedy="请分几次上传，或把照片缩小。",
                )
                return refuse(request, problem)
            return checked(request, *args, **kwargs)

        return csrf_exempt(guarded)

    return wrap

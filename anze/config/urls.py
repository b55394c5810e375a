"""Every address. Each room brings its own; a route that declares no action fails the build."""

import importlib.util

from django.urls import include, path


def _there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


urlpatterns = [
    *(
        [path("", include("anze.interfaces.portal.urls"))]
        if _there("anze.interfaces.portal.urls")
        else []
    ),
    *([path("", include("anze.kernel.people.urls"))] if _there("anze.kernel.people.urls") else []),
    *(
        [path("files/", include("anze.kernel.files.urls"))]
        if _there("anze.kernel.files.urls")
        else []
    ),
    *(
        [path("forms/", include("anze.kernel.forms.urls"))]
        if _there("anze.kernel.forms.urls")
        else []
    ),
    *(
        [path("exchange/", include("anze.kernel.exchange.urls"))]
        if _there("anze.kernel.exchange.urls")
        else []
    ),
    *(
        [path("notices/", include("anze.kernel.work.urls"))]
        if _there("anze.kernel.work.urls")
        else []
    ),
    *([path("-/", include("anze.kernel.web.urls"))] if _there("anze.kernel.web.urls") else []),
    *(
        [path("api/", include("anze.interfaces.api.urls"))]
        if _there("anze.interfaces.api.urls")
        else []
    ),
]

handler400 = "anze.kernel.web.errors.bad_request"
handler403 = "anze.kernel.web.errors.denied"
handler404 = "anze.kernel.web.errors.not_found"
handler500 = "anze.kernel.web.errors.broken"

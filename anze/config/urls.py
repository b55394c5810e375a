"""Every address. Each room brings its own; a route that declares no action fails the build."""

from django.urls import include, path

from anze.config import modules
from anze.kernel.outbox.views import worker

urlpatterns = [
    path("", include("anze.interfaces.portal.urls")),
    path("", include("anze.kernel.people.urls")),
    path("", include("anze.interfaces.personnel.urls")),
    path("files/", include("anze.kernel.files.urls")),
    path("forms/", include("anze.kernel.forms.urls")),
    path("outbox/", include("anze.kernel.outbox.urls")),
    path("sw.js", worker, name="worker"),
    path("exchange/", include("anze.kernel.exchange.urls")),
    path("notices/", include("anze.kernel.work.urls")),
    path("", include("anze.engines.registers.urls")),
    *(path("", include(dotted)) for dotted in modules.address_books()),
    path("-/", include("anze.kernel.web.urls")),
    path("-/", include("anze.interfaces.health.urls")),
    path("api/", include("anze.interfaces.api.urls")),
]

handler400 = "anze.kernel.web.errors.bad_request"
handler403 = "anze.kernel.web.errors.denied"
handler404 = "anze.kernel.web.errors.not_found"
handler500 = "anze.kernel.web.errors.broken"

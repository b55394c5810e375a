"""Addresses of the room: what every page shares, and the page of components."""

from django.urls import path

from anze.kernel.web import views
from anze.kernel.web.bulk import views as bulk

app_name = "web"

urlpatterns = [
    path("components/", views.components, name="components"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("go.json", views.places, name="places"),
    path("filters/<slug:listing>/", views.keep_filter, name="keep-filter"),
    path("filters/<slug:listing>/<int:filter_id>/drop/", views.drop_filter, name="drop-filter"),
    path("bulk/<slug:listing>/", bulk.choose, name="bulk"),
    path("bulk/runs/<uuid:run_id>/", bulk.run_page, name="bulk-run"),
    path("bulk/runs/<uuid:run_id>/do/", bulk.confirm, name="bulk-confirm"),
    path("bulk/runs/<uuid:run_id>/undo/", bulk.undo, name="bulk-undo"),
]

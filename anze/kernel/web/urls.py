"""Addresses of the room: the page of components and the manifest for phones."""

from django.urls import path

from anze.kernel.web import views

app_name = "web"

urlpatterns = [
    path("components/", views.components, name="components"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
]

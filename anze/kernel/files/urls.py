"""Addresses under ``/files/``."""

from django.urls import path

from anze.kernel.files import views

app_name = "files"
urlpatterns = [
    path("", views.upload, name="upload"),
    path("<uuid:file_id>/", views.download, name="download"),
    path("<uuid:file_id>/thumb/", views.thumbnail, name="thumbnail"),
]

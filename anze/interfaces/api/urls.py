"""Addresses under ``/api/``. What leads nowhere there answers in JSON too."""

from django.urls import path, re_path

from anze.interfaces.api import views
from anze.interfaces.api.v1 import api

urlpatterns = [
    path("v1/docs", views.reference, name="api-docs"),
    path("v1/openapi.json", views.document, name="api-document"),
    path("v1/", api.urls),
    re_path(r"", views.nowhere, name="api-nowhere"),
]

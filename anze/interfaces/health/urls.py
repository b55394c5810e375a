"""Addresses a monitor asks, under ``/-/``."""

from django.urls import path

from anze.interfaces.health import views

app_name = "health"
urlpatterns = [
    path("live", views.live, name="live"),
    path("ready", views.ready, name="ready"),
    path("metrics", views.metrics_page, name="metrics"),
]

"""Addresses of the room: the page of components."""

from django.urls import path

from anze.kernel.web import views

app_name = "web"

urlpatterns = [
    path("components/", views.components, name="components"),
]

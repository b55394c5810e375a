"""Addresses under ``/notices/``."""

from django.urls import path

from anze.kernel.work import views

app_name = "work"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("read/", views.read_all, name="read-all"),
    path("<uuid:notice_id>/", views.follow, name="follow"),
]

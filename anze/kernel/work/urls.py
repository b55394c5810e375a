"""Addresses under ``/notices/``."""

from django.urls import path

from anze.kernel.work import views

app_name = "work"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("read/", views.read_all, name="read-all"),
    path("settings/", views.own_settings, name="settings"),
    path("circulars/new/", views.write, name="write"),
    path("circulars/<uuid:circular_id>/", views.circular, name="circular"),
    path("circulars/<uuid:circular_id>/confirm/", views.confirm, name="confirm"),
    path("circulars/<uuid:circular_id>/nudge/", views.nudge, name="nudge"),
    path("<uuid:notice_id>/", views.follow, name="follow"),
]

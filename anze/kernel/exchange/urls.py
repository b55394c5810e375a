"""Addresses under ``/exchange/``."""

from django.urls import path

from anze.kernel.exchange import upward_views, views

app_name = "exchange"
urlpatterns = [
    path("", views.index, name="index"),
    path("upload/", views.upload, name="upload"),
    path("upward/", upward_views.sheets, name="upward"),
    path("upward/<slug:issuer>/<slug:ref>/", upward_views.sheet, name="upward-sheet"),
    path("export/<slug:kind>.xlsx", views.export, name="export"),
    path("template/<slug:kind>.xlsx", views.template, name="template"),
    path("<uuid:batch_id>/", views.batch, name="batch"),
    path("<uuid:batch_id>/progress/", views.progress, name="progress"),
    path("<uuid:batch_id>/recheck/", views.recheck, name="recheck"),
    path("<uuid:batch_id>/fix/", views.fix, name="fix"),
    path("<uuid:batch_id>/undo/", views.take_back, name="undo"),
    path("<uuid:batch_id>/commit/", views.commit, name="commit"),
    path("<uuid:batch_id>/cancel/", views.cancel, name="cancel"),
    path("<uuid:batch_id>/faults.xlsx", views.faults, name="faults"),
]

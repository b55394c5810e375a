"""Addresses under ``/exchange/``."""

from django.urls import path

from anze.kernel.exchange import views

app_name = "exchange"
urlpatterns = [
    path("", views.index, name="index"),
    path("upload/", views.upload, name="upload"),
    path("roster.xlsx", views.roster, name="roster"),
    path("template/<slug:kind>.xlsx", views.template, name="template"),
    path("<uuid:batch_id>/", views.batch, name="batch"),
    path("<uuid:batch_id>/progress/", views.progress, name="progress"),
    path("<uuid:batch_id>/recheck/", views.recheck, name="recheck"),
    path("<uuid:batch_id>/commit/", views.commit, name="commit"),
    path("<uuid:batch_id>/cancel/", views.cancel, name="cancel"),
    path("<uuid:batch_id>/faults.xlsx", views.faults, name="faults"),
]

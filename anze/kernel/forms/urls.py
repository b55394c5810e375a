"""Addresses under ``/forms/``."""

from django.urls import path

from anze.kernel.forms import views

app_name = "forms"
urlpatterns = [
    path("", views.index, name="index"),
    path("mine/", views.mine, name="mine"),
    path("done/<uuid:submission_id>/", views.receipt, name="receipt"),
    path("done/<uuid:submission_id>/correct/", views.correct, name="correct"),
    path("done/<uuid:submission_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<slug:issuer>/<slug:ref>/", views.fill, name="fill"),
]

"""Addresses of signing in, of one's account, and of the shared tablet."""

from django.urls import path

from anze.kernel.people import factor_views, gate_views, views

app_name = "people"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/code/", views.sign_in_code, name="sign-in-code"),
    path("sign-in/second/", views.sign_in_second, name="sign-in-second"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("account/", views.account, name="account"),
    path("account/password/", views.password, name="password"),
    path("account/factor/", factor_views.factor, name="factor"),
    path("account/pin/", gate_views.own_pin, name="own-pin"),
    path("gate/", gate_views.gate, name="gate"),
    path("gate/enroll/", gate_views.enroll, name="gate-enroll"),
    path("gate/ping/", gate_views.ping, name="gate-ping"),
    path("gate/<uuid:user_id>/", gate_views.pin, name="gate-pin"),
]

"""Addresses under ``/outbox/``."""

from django.urls import path

from anze.kernel.outbox import receiving, views

app_name = "outbox"
urlpatterns = [
    path("", views.index, name="index"),
    path("take/", views.take, name="take"),
    path("offline/", views.offline, name="offline"),
    path("packets/<uuid:packet_id>/", views.packet, name="packet"),
    path("packets/<uuid:packet_id>/renew/", views.renew, name="renew"),
    path("packets/<uuid:packet_id>/revoke/", views.revoke, name="revoke"),
    path("conflicts/<uuid:delivery_id>/", views.conflict, name="conflict"),
    path("send/<uuid:packet_id>/", receiving.state, name="state"),
    path("send/<uuid:packet_id>/files/<uuid:upload_id>/", receiving.file, name="file"),
    path("send/<uuid:packet_id>/items/<uuid:client_id>/", receiving.item, name="item"),
]

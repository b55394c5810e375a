"""Addresses under ``/registers/``, and the short one behind a label: ``/t/<code>``."""

from django.urls import path

from anze.engines.registers.views import audits, ledgers, things

app_name = "registers"
urlpatterns = [
    path("registers/", ledgers.index, name="index"),
    path("registers/audits/", audits.audit_list, name="audits"),
    path("registers/audits/start/", audits.start, name="audit-start"),
    path("registers/audits/<uuid:audit_id>/", audits.audit, name="audit"),
    path("registers/audits/<uuid:audit_id>/see/", audits.see, name="audit-see"),
    path("registers/audits/<uuid:audit_id>/unsee/", audits.unsee, name="audit-unsee"),
    path("registers/audits/<uuid:audit_id>/unknown/", audits.unknown, name="audit-unknown"),
    path("registers/audits/<uuid:audit_id>/close/", audits.close, name="audit-close"),
    path("registers/audits/<uuid:audit_id>/drop/", audits.drop, name="audit-drop"),
    path("registers/<slug:code>/", ledgers.listing_page, name="list"),
    path("registers/<slug:code>/add/", things.add, name="add"),
    path("registers/<slug:code>/labels/", ledgers.label_sheet, name="labels"),
    path("registers/<slug:code>/<uuid:thing_id>/", things.thing, name="thing"),
    path("registers/<slug:code>/<uuid:thing_id>/edit/", things.edit, name="edit"),
    path("registers/<slug:code>/<uuid:thing_id>/end/", things.end, name="end"),
    path("registers/<slug:code>/<uuid:thing_id>/found/", things.found, name="found"),
    path("t/<str:token>", things.scanned, name="scanned"),
    path("t/<str:token>/", things.scanned, name="scanned-slash"),
]

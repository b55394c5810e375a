"""Addresses of the portal, at the root of the site."""

from django.urls import path

from anze.interfaces.portal.views import duties, heat, home, late, ledger, packs, plan, units

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("units/", units.unit_list, name="units"),
    path("units/<uuid:unit_id>/", units.unit_page, name="unit"),
    path("units/<uuid:unit_id>/qr/", units.place_codes, name="unit-qr"),
    path("plan/", plan.board, name="plan"),
    path("plan/<slug:issuer>/<str:ref>/", plan.clause, name="clause"),
    path("duties/", duties.duty_list, name="duties"),
    path("duties/<int:occurrence_id>/", duties.duty_page, name="duty"),
    path("duties/<int:occurrence_id>/waive/", duties.waive, name="waive"),
    path("duties/<int:occurrence_id>/confirm/", duties.confirm, name="confirm-waiver"),
    path("duties/<int:occurrence_id>/lift/", duties.lift, name="lift-waiver"),
    path("heat/", heat.heat, name="heat"),
    path("late/", late.late, name="late"),
    path("late/remind/", late.remind, name="remind"),
    path("ledger/", ledger.entry_list, name="ledger"),
    path("ledger/<uuid:uid>/", ledger.entry_page, name="entry"),
    path("ledger/<uuid:uid>/proof.json", ledger.proof, name="proof"),
    path("packs/", packs.pack_list, name="packs"),
    path("packs/<slug:issuer>/<str:version>/", packs.pack_page, name="pack"),
]

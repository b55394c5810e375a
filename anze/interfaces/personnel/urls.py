"""Addresses of people's affairs."""

from django.urls import path

from anze.interfaces.personnel.views import changes, contacts, keys, people, posts

app_name = "personnel"
urlpatterns = [
    path("people/", people.index, name="people"),
    path("people/new/", people.create, name="create"),
    path("people/<uuid:user_id>/", people.person, name="person"),
    path("people/<uuid:user_id>/edit/", people.edit, name="edit"),
    path("people/<uuid:user_id>/lock/", people.lock, name="lock"),
    path("people/<uuid:user_id>/lift/", people.lift, name="lift"),
    path("people/<uuid:user_id>/end/", people.end, name="end"),
    path("people/<uuid:user_id>/password/", people.password, name="password"),
    path("people/<uuid:user_id>/factor/", people.reset_factor, name="reset-factor"),
    path("people/posts/", posts.index, name="posts"),
    path("people/vacancies/", posts.vacancies, name="vacancies"),
    path("people/bodies/<uuid:unit_id>/", posts.body, name="body"),
    path("people/bodies/<uuid:unit_id>/give/", posts.give, name="give"),
    path("people/posts/<uuid:holding_id>/end/", posts.end, name="end-post"),
    path("people/posts/<uuid:holding_id>/deputy/", posts.deputy, name="deputy"),
    path("people/posts/<uuid:holding_id>/hand-over/", posts.hand_over, name="hand-over"),
    path("people/deputies/<uuid:deputy_id>/end/", posts.end_deputy, name="end-deputy"),
    path("people/roles/", changes.role_list, name="roles"),
    path("people/roles/grant/", changes.grant, name="grant"),
    path("people/roles/<uuid:grant_id>/revoke/", changes.revoke, name="revoke"),
    path("people/changes/", changes.changes, name="changes"),
    path("people/changes/<uuid:proposal_id>/", changes.change, name="change"),
    path("people/changes/<uuid:proposal_id>/decide/", changes.decide, name="decide"),
    path("people/why/", changes.why, name="why"),
    path("people/tokens/", keys.tokens, name="tokens"),
    path("people/tokens/new/", keys.make_token, name="make-token"),
    path("people/tokens/<uuid:token_id>/", keys.token, name="token"),
    path("people/tokens/<uuid:token_id>/revoke/", keys.revoke_token, name="revoke-token"),
    path("people/devices/", keys.devices, name="devices"),
    path("people/devices/new/", keys.make_device, name="make-device"),
    path("people/devices/<uuid:device_id>/", keys.device, name="device"),
    path("people/devices/<uuid:device_id>/revoke/", keys.revoke_device, name="revoke-device"),
    path("contacts/", contacts.index, name="contacts"),
    path("contacts/export.xlsx", contacts.export, name="contacts-export"),
    path("contacts/<uuid:holding_id>/", contacts.phone, name="phone"),
]

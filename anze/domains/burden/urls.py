"""Addresses of the burden room."""

from django.urls import path

from anze.domains.burden.views import burden, collections, suggestions

app_name = "burden"
urlpatterns = [
    path("suggestions/", suggestions.worklist, name="suggestions"),
    path("suggestions/new/", suggestions.say, name="say"),
    path("suggestions/own/", suggestions.own, name="own"),
    path("suggestions/public/", suggestions.public, name="public"),
    path("suggestions/<uuid:suggestion_id>/", suggestions.one, name="suggestion"),
    path("suggestions/<uuid:suggestion_id>/take/", suggestions.take, name="take"),
    path("suggestions/<uuid:suggestion_id>/answer/", suggestions.answer, name="answer"),
    path("burden/", burden.month, name="burden"),
    path("burden/made-of/", burden.made_of, name="made-of"),
    path("collections/", collections.task_list, name="tasks"),
    path("collections/late/", collections.late, name="late"),
    path("collections/new/", collections.new, name="new"),
    path("collections/<uuid:task_id>/", collections.task, name="task"),
    path("collections/<uuid:task_id>/edit/", collections.edit, name="edit"),
    path("collections/<uuid:task_id>/answers/", collections.answer_list, name="answers"),
    path("collections/<uuid:task_id>/submit/", collections.submit, name="submit"),
    path("collections/<uuid:task_id>/approve/", collections.approve, name="approve"),
    path("collections/<uuid:task_id>/return/", collections.give_back, name="return"),
    path("collections/<uuid:task_id>/withdraw/", collections.withdraw, name="withdraw"),
    path("collections/<uuid:task_id>/units/<uuid:unit_id>/", collections.fill, name="fill"),
]

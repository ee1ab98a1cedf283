"""Addresses of the wallboards and of alerts. With `link/TOKEN/` behind the name of a wallboard nobody need be logged
in.
"""

from __future__ import annotations

from django.urls import path

from panel.queues import acknowledging, making, views


urlpatterns = [
    path("wallboards/", making.wallboards, name="wallboards"),
    path("wallboards/new/", making.edit, name="wallboard-new"),
    path("wallboards/<slug:name>/", making.edit, name="wallboard-edit"),
    path("wallboard/<slug:name>/", views.page, name="wallboard"),
    path("wallboard/<slug:name>/state/", views.state, name="wallboard-state"),
    path("wallboard/<slug:name>/link/<str:token>/", views.page, name="wallboard-link"),
    path("wallboard/<slug:name>/link/<str:token>/state/", views.state, name="wallboard-link-state"),
    path("alerts/<slug:key>/acknowledge/", acknowledging.acknowledge, name="alert-acknowledge"),
]

"""Addresses of the wallboards, below /wallboard/. With `link/TOKEN/` behind the name nobody need be logged in."""

from __future__ import annotations

from django.urls import path

from panel.queues import views


urlpatterns = [
    path("<slug:name>/", views.page, name="wallboard"),
    path("<slug:name>/state/", views.state, name="wallboard-state"),
    path("<slug:name>/link/<str:token>/", views.page, name="wallboard-link"),
    path("<slug:name>/link/<str:token>/state/", views.state, name="wallboard-link-state"),
]

"""Addresses of the replay: its film, and the page that shows it."""

from __future__ import annotations

from django.urls import path

from panel.replay import pages, views


urlpatterns = [
    path("replay/", pages.replay, name="replay"),
    path("replay/film", views.film, name="replay-film"),
]

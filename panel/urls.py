"""Addresses of the panel. The names of the pages and of the checks are part of the contract (ARCHITECTURE.md)."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog

from panel import health, pages
from panel.accounts import views
from panel.commands.views import listening_log
from panel.history import views as history_views
from panel.lost import views as lost_views


urlpatterns = [
    path("", pages.switchboard, name="switchboard"),
    path("queues/", pages.queues, name="queues"),
    path("listening/", listening_log, name="listening_log"),
    path("reports/", history_views.reports, name="reports"),
    path("reports/figures.<str:kind>", history_views.reports, name="report-file"),
    path("lost/", lost_views.lost, name="lost"),
    path("lost/calls.<str:kind>", lost_views.export, name="lost-file"),
    path("lost/note/", lost_views.note, name="lost-note"),
    path("lost/call/", lost_views.call, name="lost-call"),
    path("", include("panel.queues.urls")),
    path("", include("panel.replay.urls")),
    path("favicon.ico", pages.favicon),
    path("login/", views.LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("extension/", views.ChoosePhone.as_view(), name="phone"),
    path("password/", views.ChangePassword.as_view(), name="password"),
    path("account/keys/", views.ChangeKeys.as_view(), name="keys"),
    path("jsi18n/", cache_control(max_age=3600, private=True)(JavaScriptCatalog.as_view()), name="jsi18n"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]

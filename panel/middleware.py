"""A page that needs the database when it cannot be had: status 503 and the reason, instead of an error without one.

Only Django calls this module (settings.MIDDLEWARE). `/readyz` and `/metrics` have answers of their own.
"""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from panel.outage import OUTAGES, reason_of


AGAIN_SECONDS = 5
"""After which a browser that only wanted to look tries again by itself."""

log = logging.getLogger(__name__)


class DatabaseOutage(MiddlewareMixin):
    """Answers for views that the database has failed. Reading goes on for as long as it can: what is served is true,
    or the board says how old it is.
    """

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OUTAGES):
            return None
        log.warning("%s %s: %s", request.method, request.path, str(exception).strip().partition("\n")[0])
        context = {
            "reason": reason_of(exception),
            "only_looks": request.method in {"GET", "HEAD"},
            "again": AGAIN_SECONDS,
        }
        response = render(request, "panel/outage.html", context, status=503)
        response["Retry-After"] = str(AGAIN_SECONDS)
        response["Cache-Control"] = "no-store"
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response

"""The wallboard: its page, and what it shows, which the page asks for every other second.

Only panel/queues/urls.py calls this module. Everything is answered from memory (panel/queues/boards.py) on the event
loop. Who comes by a link that is wrong, withdrawn, or of a wallboard that is not there, gets one and the same answer.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from panel.assets import assets_version
from panel.live.visibility import Audience
from panel.queues.boards import Refusal, current
from panel.queues.models import Wallboard
from panel.vocabulary import utc


NOW = "Cordboard-Now"
"""Header of every state: the server's time. It stands outside the body, which stays the same while nothing changes."""


class Shown(NamedTuple):
    """A wallboard that the one who asks may look at. `viewer` is None for a link."""

    board: Wallboard
    viewer: Audience | None


class Refused(NamedTuple):
    """Nothing is shown, with the status and the sentence that says why. `is_logged_out`: a log-in would help."""

    status: int
    text: str
    is_logged_out: bool = False


@require_safe
@never_cache
async def page(request: HttpRequest, name: str, token: str = "") -> HttpResponse:
    found = await _open(request, name, token)
    if isinstance(found, Refused):
        if found.is_logged_out:
            return redirect_to_login(request.get_full_path())
        return _private(render(request, "panel/wallboard_closed.html", {"text": found.text}, status=found.status))
    arguments = [name, token] if token else [name]
    context = {
        "board": found.board,
        "page": {
            "state": reverse("wallboard-link-state" if token else "wallboard-state", args=arguments),
            "version": assets_version(),
        },
    }
    return _private(render(request, "panel/wallboard.html", context))


@require_safe
@never_cache
async def state(request: HttpRequest, name: str, token: str = "") -> HttpResponse:
    """JSON as `figures.state_of` makes it, with `version`, `is_live` and `as_of_at`; 304 while it is what the page has.

    Otherwise `{text}`, a sentence: 401, 403, 404 and 410 for who may not see it (any more), 503 while there is nothing
    to show.
    """
    found = await _open(request, name, token)
    if isinstance(found, Refused):
        return _private(JsonResponse({"text": found.text}, status=found.status))
    shown = await current().state(found.board, found.viewer)
    if shown is None:
        return JsonResponse({"text": _("The panel has no picture of the PBX yet.")}, status=503)
    if request.headers.get("If-None-Match") == shown.etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(shown.body, content_type="application/json")
    response["ETag"] = shown.etag
    response[NOW] = utc(time.time())
    return _private(response)


async def _open(request: HttpRequest, name: str, token: str) -> Shown | Refused:
    boards = current()
    board = await boards.find(name, token)
    if token:
        if board is None:
            return Refused(410, _("This link is not valid any more. Ask for a new one where the wallboards are made."))
        return Shown(board, None)
    viewer = await boards.audience_behind(request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""))
    if viewer is Refusal.NOBODY:
        return Refused(401, _("Nobody is logged in here any more."), is_logged_out=True)
    if viewer is Refusal.NO_RIGHT:
        return Refused(403, _("You may not see the wallboards. An administrator can give you the right."))
    if board is None:
        return Refused(404, _("There is no wallboard of this name."))
    assert isinstance(viewer, Audience)
    return Shown(board, viewer)


def _private(response: Any) -> HttpResponse:
    """The address may hold the token: it goes to no other page and into no list of a search engine."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    answer: HttpResponse = response
    return answer

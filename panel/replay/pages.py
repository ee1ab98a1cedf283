"""The page of the replay, `/replay/`: the board as it was at a moment. Only panel/replay/urls.py calls this module.

The page brings the frame; what it shows comes from `/replay/film`, where what an operator may see is decided.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from panel.accounts.keys import keys_of
from panel.accounts.models import Operator
from panel.directory.models import PauseReason
from panel.pbxs import pbx_of_key
from panel.replay.models import SEE_REPLAY


VIEWS = ("switchboard", "queues")

LATEST = 253_402_300_799_000
"""The end of the year 9999, in Unix milliseconds: the last that a `datetime` can say."""


class BadTime(ValueError):
    """This is no moment."""


@require_safe
@never_cache
@login_required
def replay(request: HttpRequest) -> HttpResponse:
    """`?at=` is a moment in Unix milliseconds, or local time such as 2026-11-22T10:42 in the panel's time zone; without
    it the page begins a minute ago. `?call=` marks a call, `?view=queues` begins with the queues. Where there are
    several PBXs, `?pbx=` says whose past it is; without it, that of the call, or the first one's.
    """
    operator = request.user
    assert isinstance(operator, Operator)
    if not operator.has_perm(SEE_REPLAY):
        raise PermissionDenied(_("Your account may not look at the past."))
    try:
        at = moment_of(request.GET.get("at", ""))
    except BadTime:
        text = _("“at” is a moment such as 2026-11-22T10:42, or in milliseconds since 1970.")
        return HttpResponseBadRequest(text, content_type="text/plain; charset=utf-8")
    view, pbx, call = request.GET.get("view", ""), request.GET.get("pbx", ""), request.GET.get("call", "")[:200]
    pbxs = list(settings.PBXS) if len(settings.PBXS) > 1 else []
    replayed = {
        "film": reverse("replay-film"),
        "at": at,
        "now": round(time.time() * 1000),  # the browser's clock may be another
        "zone": timezone.get_current_timezone_name(),
        "call": call,
        "view": view if view in VIEWS else VIEWS[0],
        "pbxs": pbxs,
        "pbx": pbx if pbx in pbxs else pbx_of_key(call, settings.PBXS.values()).name if pbxs else "",
    }
    minutes = dict(PauseReason.objects.exclude(minutes=0).values_list("name", "minutes"))
    return render(request, "replay/replay.html", page_context(operator, replayed, minutes))


def page_context(operator: Operator, replayed: dict[str, Any], pause_minutes: dict[str, int]) -> dict[str, Any]:
    """What the template needs. There is no catalogue of commands in it: without one no element makes a button."""
    return {
        "operator": operator,
        "page_name": "replay",
        "page": {
            "view": "replay",
            "operator": {"key": operator.username, "name": operator.shown_name, "keys": keys_of(operator)},
            "pause_minutes": pause_minutes,
            "replay": replayed,
        },
    }


def moment_of(text: str) -> int | None:
    """Unix milliseconds; None for nothing. Of an hour that came twice the first one is meant. Raises BadTime."""
    if not text:
        return None
    if text.isascii() and text.isdecimal() and len(text) < 16:
        at = int(text)
    else:
        try:
            given = datetime.fromisoformat(text)
        except ValueError as wrong:
            raise BadTime(text) from wrong
        zone = given.tzinfo or ZoneInfo(timezone.get_current_timezone_name())
        try:
            at = round(given.replace(tzinfo=zone).astimezone(UTC).timestamp() * 1000)
        except OverflowError as wrong:
            raise BadTime(text) from wrong
    if not 0 <= at <= LATEST:
        raise BadTime(text)
    return at

"""The film as a page asks for it, piece by piece. Only panel/replay/urls.py calls this module; JSON in every case."""

from __future__ import annotations

import time
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from panel.accounts.models import Operator
from panel.live.connection import consistent_view
from panel.live.visibility import Audience, audience_of
from panel.live.wire import encode
from panel.replay.film import Gap, Piece, cut_piece
from panel.replay.models import SEE_REPLAY
from panel.replay.reader import Extent, extent, gaps, recorded


USUAL_SECONDS: Final = 60
MOST_SECONDS: Final = 600

LONGEST_NUMBER: Final = 15
"""Digits of a time; more are no time of this age."""

NOT_YET_PACKED: Final = 60_000
"""Milliseconds. Of so short a time before now there may be no film yet; then it begins with the last there is."""


@require_safe
@never_cache
@gzip_page
def film(request: HttpRequest) -> HttpResponse:
    """`?at=<Unix ms>&seconds=<1..600>[&pbx=<name>]`: the board from then on, as the operator may see it. Each PBX has a
    film of its own; without a name it is the first one's.

    `{from, to, earliest, latest, gaps: [[ms, ms, reason]...], snapshot, patches: [[ms, patch]...]}`; snapshot and
    patches are frames as on the socket. Otherwise `{error: {code, message}}` with 400, 401, 403 or 404; that of
    `nothing_recorded` also says what there is: `earliest`, `latest`.
    """
    operator = request.user
    if not isinstance(operator, Operator):
        return _error(401, "logged_out", _("Nobody is logged in here any more."))
    if not operator.has_perm(SEE_REPLAY):
        return _error(403, "no_right", _("Your account may not see the replay."))
    if not settings.REPLAY_HOURS:
        return _error(404, "switched_off", _("This panel records nothing that could be shown again."))
    at, seconds = _number(request.GET.get("at", "")), _number(request.GET.get("seconds", str(USUAL_SECONDS)))
    if at is None or at > time.time() * 1000:
        return _error(400, "bad_time", _("Choose a moment that has been, as milliseconds since 1970."))
    if seconds is None or not 1 <= seconds <= MOST_SECONDS:
        return _error(400, "bad_time", _("Choose a piece of 1 to %d seconds.") % MOST_SECONDS)
    pbx = request.GET.get("pbx", settings.PBX_NAME)
    if pbx not in settings.PBXS:
        return _error(404, "no_such_pbx", _("There is no such PBX."))
    with consistent_view():  # the worker forgets what is too old meanwhile
        return _shown(pbx, at, seconds, audience_of(operator))


def _shown(pbx: str, at: int, seconds: int, audience: Audience) -> HttpResponse:
    there = extent(pbx)
    if there is None:
        return _error(404, "nothing_recorded", _("Nothing has been recorded yet."))
    began, ended = max(at, there.earliest), min(at + seconds * 1000, there.latest)
    if began > there.latest and at <= there.latest + NOT_YET_PACKED:
        began = ended = there.latest
    blind = gaps(pbx, there)
    found = recorded(pbx, began, ended, blind) if began <= ended else None
    if found is None:
        text = _("Nothing is recorded of that time.")
        return _error(404, "nothing_recorded", text, earliest=there.earliest, latest=there.latest)
    body = _body(there, blind, cut_piece(found, began, ended, audience))
    return HttpResponse(body, content_type="application/json")


def _body(there: Extent, blind: list[Gap], piece: Piece) -> str:
    """Put together from the texts of the frames, which may be long."""
    patches = ",".join(f"[{at},{text}]" for at, text in piece.patches)
    return (
        f'{{"from":{piece.began},"to":{piece.ended},"earliest":{there.earliest},"latest":{there.latest},'
        f'"gaps":{encode(blind)},"snapshot":{piece.snapshot},"patches":[{patches}]}}'
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def _error(status: int, code: str, message: str, **more: int) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": message, **more}}, status=status)

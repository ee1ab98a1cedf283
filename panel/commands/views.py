"""The page that says who has listened to whom, for those with the right. Called by panel/urls.py alone."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from panel.accounts.models import Operator
from panel.commands.models import ListeningLog
from panel.live.visibility import audience_of, may_see
from panel.vocabulary import Kind, ListenMode


ROWS: Final = 200
"""On one page; the link below leads to older ones."""

RIGHT: Final = "commands.view_listeninglog"


@require_safe
@never_cache
@login_required
def listening_log(request: HttpRequest) -> HttpResponse:
    """The latest first; `?before=ID` goes on with those before that row. Only of the operator's departments."""
    operator = request.user
    assert isinstance(operator, Operator)
    if not operator.has_perm(RIGHT):
        raise PermissionDenied
    before = request.GET.get("before", "")
    if before and not (before.isascii() and before.isdecimal() and len(before) < 19):
        return HttpResponseBadRequest(_("“before” is the number of a row."), content_type="text/plain; charset=utf-8")
    logs = ListeningLog.objects.order_by("-pk")
    if before:
        logs = logs.filter(pk__lt=int(before))
    audience = audience_of(operator)
    seen = (log for log in logs.iterator() if may_see(audience, Kind.LISTENING, log.groups, {}))
    shown = list(islice(seen, ROWS + 1))
    rows = [_row(log) for log in shown[:ROWS]]
    older = shown[ROWS - 1].pk if len(shown) > ROWS else None
    context = {"rows": rows, "older": older, "operator": operator, "page_name": "listening"}
    return render(request, "panel/listening.html", context)


def _row(log: ListeningLog) -> dict[str, Any]:
    words = {
        ListenMode.LISTEN.value: _("listened"),
        ListenMode.WHISPER.value: _("whispered"),
        ListenMode.BARGE.value: _("joined in"),
    }
    modes = [(words.get(mode, _("listened")), datetime.fromisoformat(at)) for mode, at in log.modes]
    seconds = log.seconds
    length = "" if seconds is None else f"{seconds // 60}:{seconds % 60:02}"
    return {"log": log, "modes": modes, "length": length}

"""The pages of the board: `/` for the switchboard and `/queues/` for those who watch the queues.

Only panel/urls.py calls this module. A page brings the frame and what cannot come over the socket (who is working
here, which commands there are); every row comes over the socket, where what an operator may see is decided. So the
queues need no right of their own here.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from panel.accounts.keys import keys_of
from panel.accounts.models import Operator
from panel.accounts.roles import role_of
from panel.assets import assets_version
from panel.commands.catalogue import CATALOGUE
from panel.commands.permissions import may, may_dial_out
from panel.directory.models import PauseReason, Prompt, QueueSet
from panel.live.models import LIVE_MODELS
from panel.live.visibility import audience_of, may_see
from panel.queues.models import ACKNOWLEDGE
from panel.vocabulary import Kind


SOCKET = "/ws/panel/"


@require_safe
@never_cache
@login_required
def switchboard(request: HttpRequest) -> HttpResponse:
    return render(request, "panel/switchboard.html", page_context(request, "switchboard"))


@require_safe
@never_cache
@login_required
def queues(request: HttpRequest) -> HttpResponse:
    return render(request, "panel/switchboard.html", page_context(request, "queues"))


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it on pages that name none, such as the admin's."""
    return redirect(static("panel/favicon.svg"))


def page_context(request: HttpRequest, view: str) -> dict[str, Any]:
    """What both pages give their template.

    `page` holds all of it as plain data, for `{{ page|json_script:"page" }}`; the rest is for the template itself.
    """
    operator = request.user
    assert isinstance(operator, Operator)
    role = role_of(operator)
    catalogue = [spec.as_json() | {"allowed": may(operator, spec.name)} for spec in CATALOGUE.values()]
    person = {
        "key": operator.username,
        "name": operator.shown_name,
        "role": role,
        "extension": operator.extension,
        "extension_is_fixed": operator.extension_is_fixed,
        "departments": operator.departments,
        "may_dial_out": may_dial_out(operator),
        "keys": keys_of(operator),
    }
    reasons = dict(PauseReason.objects.values_list("name", "minutes"))
    return {
        "view": view,
        "operator": operator,
        "extension": operator.extension,
        "role": role,
        "reads_listening_log": operator.has_perm("commands.view_listeninglog"),
        "catalogue": catalogue,
        "page": {
            "view": view,
            "socket": SOCKET,
            "version": assets_version(),
            "operator": person,
            "catalogue": catalogue,
            "listening_needs_reason": settings.LISTENING_NEEDS_REASON,
            "listening_reasons": settings.LISTENING_REASONS,
            "queue_sets": queue_sets(operator),
            "pause_reasons": list(reasons),
            "pause_minutes": {name: minutes for name, minutes in reasons.items() if minutes},
            "prompts": list(Prompt.objects.values_list("name", flat=True)),
            "pbxs": list(settings.PBXS) if len(settings.PBXS) > 1 else [],
            "may_acknowledge": operator.has_perm(ACKNOWLEDGE),
        },
    }


def queue_sets(operator: Operator) -> list[dict[str, Any]]:
    """The sets that somebody can be logged in to: of each the queues that there are and that the operator sees."""
    audience = audience_of(operator)
    queues = LIVE_MODELS[Kind.QUEUE]._default_manager.all()
    seen = {queue.key for queue in queues if may_see(audience, Kind.QUEUE, tuple(queue.groups), queue.row)}
    sets = [
        {"name": each.name, "queues": [name for name in each.names if name in seen]} for each in QueueSet.objects.all()
    ]
    return [each for each in sets if each["queues"]]

"""The pages on which wallboards are found, made and withdrawn: `/wallboards/` and one for each.

Only panel/queues/urls.py calls this module. Who is limited to departments changes only wallboards that are limited to
some of those. What is done to a secret link is in the log of the admin.
"""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from panel.accounts.models import Operator
from panel.live.visibility import Audience, audience_of
from panel.queues.forms import OwnWallboardForm, seen_queues
from panel.queues.models import MAKE_WALLBOARDS, SEE_WALLBOARDS, Wallboard


PAGE: Final = "wallboards"
"""Of the navigation."""


@require_safe
@never_cache
@login_required
def wallboards(request: HttpRequest) -> HttpResponse:
    """Which there are; of their queues only those that the operator sees."""
    operator = _allowed(request, SEE_WALLBOARDS)
    audience = audience_of(operator)
    may_make = operator.has_perm(MAKE_WALLBOARDS)
    seen = None if audience.departments is None else set(seen_queues(audience))
    boards = [
        {
            "board": board,
            "queues": [key for key in board.queues if seen is None or key in seen],
            "may_change": may_make and _is_own(audience, board),
        }
        for board in Wallboard.objects.all()
    ]
    context = {"boards": boards, "may_make": may_make, "operator": operator, "page_name": PAGE}
    return render(request, "queues/wallboards.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def edit(request: HttpRequest, name: str = "") -> HttpResponse:
    """A new wallboard, or with a `name` that one. Which button was pressed says what more is done than to save it."""
    operator = _allowed(request, MAKE_WALLBOARDS)
    board = _board(operator, name) if name else Wallboard()
    if board.pk and "delete" in request.POST:
        board.delete()
        messages.success(request, _("The wallboard %(name)s is gone, and so is its link.") % {"name": name})
        return redirect("wallboards")
    if board.pk and "withdraw" in request.POST:
        board.withdraw_link()
        _log(operator, board, "The secret link was withdrawn.")
        messages.success(request, _("The secret link of %(name)s was withdrawn.") % {"name": name})
        return redirect("wallboard-edit", name)
    form = OwnWallboardForm(request.POST or None, instance=board, operator=operator)
    if form.is_valid():
        board = form.save()
        if "link" in request.POST:
            return _show_link(request, operator, board)
        messages.success(request, _("The wallboard %(name)s is saved.") % {"name": board.name})
        return redirect("wallboards")
    context = {"form": form, "name": name, "queues": form.known_queues(), "operator": operator, "page_name": PAGE}
    # A form that is refused has the board as it was typed, and its link as it is.
    kept = Wallboard.objects.filter(pk=board.pk).first()
    context |= {"board": kept, "title": str(kept or "")}
    return render(request, "queues/wallboard_edit.html", context, status=400 if form.is_bound else 200)


def _show_link(request: HttpRequest, operator: Operator, board: Wallboard) -> HttpResponse:
    """In the answer itself: it goes through no cookie and no redirect, and is never shown again."""
    token = board.make_link()
    _log(operator, board, "A new secret link was made.")
    link = request.build_absolute_uri(reverse("wallboard-link", args=[board.name, token]))
    context: dict[str, Any] = {"board": board, "link": link, "operator": operator, "page_name": PAGE}
    return render(request, "queues/wallboard_link.html", context)


def _allowed(request: HttpRequest, right: str) -> Operator:
    operator = request.user
    assert isinstance(operator, Operator)
    if not operator.is_welcome or not operator.has_perm(right):
        raise PermissionDenied(
            _("Your account may not do this with wallboards. An administrator can give you the right.")
        )
    return operator


def _board(operator: Operator, name: str) -> Wallboard:
    board = Wallboard.objects.filter(name=name).first()
    if board is None:
        raise Http404
    if not _is_own(audience_of(operator), board):
        raise PermissionDenied(_("This wallboard shows more departments than yours: only others may change it."))
    return board


def _is_own(audience: Audience, board: Wallboard) -> bool:
    """Whether the wallboard shows no more than this one sees."""
    own = audience.departments
    return own is None or bool(board.departments and own.issuperset(board.departments))


def _log(operator: Operator, board: Wallboard, text: str) -> None:
    LogEntry.objects.log_actions(operator.pk, [board], CHANGE, change_message=text, single_object=True)

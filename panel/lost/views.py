"""The page of the lost calls, `/lost/`, what can be done there, and its file. Only panel/urls.py calls this module."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from panel.accounts.models import Operator
from panel.commands.models import Command
from panel.commands.permissions import may
from panel.commands.submit import Refused, submit
from panel.history.exports import attachment
from panel.live.visibility import audience_of
from panel.lost.entries import callers, fill, lost_in
from panel.lost.followups import Changed, write
from panel.lost.forms import DAYS, SEE_LOST, ListForm, NoteForm, owners_for
from panel.lost.rows import table
from panel.vocabulary import CommandState


EACH_PAGE = 50

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Operator, P], HttpResponse | StreamingHttpResponse]
Checked = Callable[Concatenate[HttpRequest, P], HttpResponse | StreamingHttpResponse]


def for_those_who_may(view: View[P]) -> Checked[P]:
    """The view for operators who may see the lost calls, with the operator."""

    @wraps(view)
    def checked(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse | StreamingHttpResponse:
        operator = request.user
        assert isinstance(operator, Operator)
        if not operator.has_perm(SEE_LOST):
            raise PermissionDenied(_("Your account may not see the lost calls."))
        return view(request, operator, *args, **kwargs)

    return cast("Checked[P]", never_cache(login_required(checked)))


@require_safe
@for_those_who_may
def lost(request: HttpRequest, operator: Operator) -> HttpResponse:
    form = ListForm(request.GET, audience_of(operator))
    return _page(request, operator, form, status=400 if form.errors else 200)


@require_safe
@for_those_who_may
def export(request: HttpRequest, operator: Operator, kind: str) -> HttpResponse | StreamingHttpResponse:
    """Every lost call of the chosen days in a line of its own, open and closed ones."""
    form = ListForm(request.GET, audience_of(operator))
    if form.errors:
        return _page(request, operator, form, status=400)
    name = f"cordboard-lost-{timezone.localdate()}"
    return attachment(request, kind, name, table(form.scope))


@require_POST
@for_those_who_may
def note(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Owner and note of one caller, and the end of it. Nothing of a colleague's is overwritten: then the page comes
    with status 409, says who was sooner, and shows what was not saved.
    """
    back, form = ListForm(_query(request), audience_of(operator)), NoteForm(request.POST, operator)
    if not form.is_valid():
        return _page(request, operator, back, problem=form.sentence, draft=request.POST.get("note", ""), status=400)
    given = form.cleaned_data
    if not _is_listed(back, given["number"], given["passage"]):
        return _page(request, operator, back, problem=_("There is no such lost call that you may see."), status=404)
    try:
        row = write(operator, **given)
    except Changed as sooner:
        return _page(request, operator, back, problem=_who(sooner), draft=given["note"], status=409)
    name = row.number or _("The caller without a number")
    done = _("%s is closed.") if row.closed_at else _("%s: saved.")
    messages.success(request, done % name)
    return redirect(_address(back))


@require_POST
@for_those_who_may
def call(request: HttpRequest, operator: Operator) -> HttpResponse:
    """Has the operator's phone ring, and then calls the number. What becomes of it is told on the page."""
    back = ListForm(_query(request), audience_of(operator))
    number = _plain(request.POST.get("number", ""))
    if not number or not _is_listed(back, number, ""):
        return _page(request, operator, back, problem=_("There is no such lost call that you may see."), status=404)
    try:
        command = submit(operator, "call", {"to": settings.NUMBER_PLAN.to_dial(number)})
    except Refused as refused:
        return _page(request, operator, back, problem=refused.message, status=409)
    return redirect(_address(back, command=command.key))


def _page(
    request: HttpRequest, operator: Operator, form: ListForm, *, problem: str = "", draft: str = "", status: int = 200
) -> HttpResponse:
    scope = form.scope
    found, has_more = callers(scope, form.is_open)
    page = Paginator(found, EACH_PAGE).get_page(form.page_chosen)
    command = Command.objects.filter(key=_plain(request.GET.get("command", "")), operator=operator).first()
    context: dict[str, Any] = {
        "operator": operator,
        "page_name": "lost",
        "form": form,
        "is_open": form.is_open,
        "days": DAYS,
        "query": urlencode(form.query),
        "page": page,
        "has_more": has_more,
        "entries": fill(scope, list(page.object_list), form.is_open),
        "gaps": scope.gaps(),
        "owners": owners_for(operator),
        "may_call": may(operator, "call"),
        "command": command,
        "command_is_open": command and command.state in (CommandState.PENDING.value, CommandState.SENT.value),
        "problem": problem or (_("This list does not exist. Choose one of these.") if form.errors else ""),
        "draft": draft,
    }
    return render(request, "lost/lost.html", context, status=status)


def _plain(text: str) -> str:
    """Without what PostgreSQL takes in no text: whoever sends that, means nothing that there is."""
    return "" if "\x00" in text else text


def _query(request: HttpRequest) -> dict[str, str]:
    """Where the operator was: the list's own fields, sent along with each form."""
    return {name: request.POST.get(name, "") for name in ("state", "days", "page")}


def _address(form: ListForm, **more: str) -> str:
    return f"{reverse('lost')}?{urlencode(form.query | more)}"


def _is_listed(form: ListForm, number: str, passage: str) -> bool:
    """Whether the caller has a lost call that the operator may see."""
    return lost_in(form.scope).filter(number=number, caller=passage).exists()


def _who(sooner: Changed) -> str:
    if not sooner.by:
        return _("This caller has been answered or reached meanwhile. Nothing was saved.")
    return _("%(name)s has changed this at %(time)s. Yours was not saved; look at it and save again.") % {
        "name": sooner.by,
        "time": timezone.localtime(sooner.at).strftime("%H:%M:%S"),
    }

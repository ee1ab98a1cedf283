"""Why a caller was lost, in one sentence out of what was written down at that moment. Used by the page and the file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from panel.history.columns import duration
from panel.history.models import Outcome, Passage


AT_ONCE = timedelta(seconds=5)
"""Who hangs up sooner has not waited."""

STATES = ("ringing", "busy", "free", "paused", "offline")
_MOST_NAMES = 3


def staff_of(passage: Passage, state: str) -> list[str]:
    """Names of the members who were in this state when the caller left."""
    staff = passage.staff if isinstance(passage.staff, dict) else {}
    names = staff.get(state, [])
    return [str(name) for name in names] if isinstance(names, list) else []


def logged_in(passage: Passage) -> list[str]:
    """Names of all members of the queue then, each once."""
    return list(dict.fromkeys(name for state in STATES for name in staff_of(passage, state)))


def waited(passage: Passage) -> timedelta:
    """How long the caller was in the queue."""
    return passage.left_at - passage.joined_at if passage.left_at else timedelta()


def why(passage: Passage) -> str:
    """One sentence: how it ended, and what the members did meanwhile."""
    return f"{_ending(passage)} {_meanwhile(passage)}".strip()


def _ending(passage: Passage) -> str:
    time = duration(waited(passage).total_seconds())
    if passage.outcome == Outcome.TIMEOUT:
        return _("Waited %s, as long as the queue allows.") % time
    if passage.outcome == Outcome.LEFT:
        return _("Left the queue after %s by a key, or was sent away by it.") % time
    if waited(passage) < AT_ONCE:
        return _("Hung up at once, after %s.") % time
    return _("Hung up after %s.") % time


def _meanwhile(passage: Passage) -> str:
    if not passage.is_complete and not passage.staff:
        return _("Who was there was not seen.")
    everybody = logged_in(passage)
    paused, offline, ringing, free = (staff_of(passage, state) for state in ("paused", "offline", "ringing", "free"))
    if not everybody:
        return _("Nobody was logged in.")
    if len(offline) == len(everybody):
        return _("All phones were away.")
    if len(paused) + len(offline) == len(everybody):
        return ngettext("The only one there was paused.", "Nobody was there who was not paused.", len(everybody))
    if ringing:
        return _("It was ringing at %s.") % _names(ringing)
    if free:
        return _("Free, but not ringing: %s.") % _names(free)
    return ngettext("The only one there was on a call.", "Everybody who was not paused was on a call.", len(everybody))


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return (
        shown
        if more <= 0
        else ngettext("%(names)s and %(more)d more", "%(names)s and %(more)d more", more)
        % {
            "names": shown,
            "more": more,
        }
    )

"""Whom a call goes to: an extension of ours, or a number; and whether the dialplan knows it.

Asterisk takes a Redirect or BlindTransfer to an extension that does not exist, says `successful`, and hangs up on
the caller. So the dialplan is asked first. Used by dialling and transfers.
"""

from __future__ import annotations

import re
from gettext import gettext as _
from typing import Final, NamedTuple

from ami_worker.mirror import Extension
from ami_worker.operations import outcomes
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Reason, failed
from ami_worker.operations.site import USUAL_CONTEXTS, exists, reading
from panel.vocabulary import ExtensionState


_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,32}", re.ASCII)


class Target(NamedTuple):
    number: str
    name: str  # as the receipt says it: "Zofia (202)"
    extension: Extension | None  # None for a number that is none of ours

    @property
    def key(self) -> str:
        return self.extension.key if self.extension is not None else ""


def resolve(attempt: Attempt) -> Target:
    """The argument `to`: an extension's key, or a number as dialled. Raises Ended for what cannot be dialled, or
    not by this operator.
    """
    to = attempt.argument("to")
    extension = _extension(attempt, to)
    if extension is not None:
        return Target(extension.number, outcomes.extension_named(extension), extension)
    if not _NUMBER.fullmatch(to):
        raise Ended(failed(Reason.NO_SUCH_NUMBER, _("This is not a number that can be dialled")))
    if not attempt.intent.may_dial_out:
        raise Ended(failed(Reason.NOT_ALLOWED, _("Your account may not dial outside numbers")))
    return Target(to, attempt.intent.to_name or to, None)


def refuse_if_unreachable(target: Target) -> None:
    """An extension without a registered phone is refused before anybody is disturbed."""
    extension = target.extension
    if extension is not None and extension.state == ExtensionState.OFFLINE:
        raise Ended(failed(Reason.NOT_REGISTERED, outcomes.why_not(target.name, Reason.NOT_REGISTERED)))


def likely_reason(target: Target) -> Reason:
    """Why the target could not be reached, when no event told: our include dials no phone that is on "do not disturb"
    or not registered.
    """
    match target.extension.state if target.extension is not None else None:
        case ExtensionState.DND:
            return Reason.DO_NOT_DISTURB
        case ExtensionState.OFFLINE:
            return Reason.NOT_REGISTERED
        case ExtensionState.TALKING | ExtensionState.RINGING | ExtensionState.HELD:
            return Reason.BUSY
    return Reason.UNREACHABLE


async def plain_context(attempt: Attempt, target: Target) -> str:
    """The context of the site's own dialplan in which the target can be dialled. Raises Ended when none knows it."""
    candidates = _contexts(attempt, target)
    for context in candidates:
        if await _knows(attempt, context, target) is not False:
            # What cannot be found out is not refused.
            return context
    raise Ended(failed(Reason.NO_SUCH_NUMBER, outcomes.why_not(target.number, Reason.NO_SUCH_NUMBER)))


async def include_reaches(attempt: Attempt, target: Target) -> bool:
    """Whether our dialplan include is there and dials where this target is known.

    A queue is reached in the plain way (FreePBX names it by its number): to the include, which waits for an answer, a
    caller who waits there would be one whom nobody answers.
    """
    site = attempt.site
    if target.extension is None and target.number in attempt.mirror.queues:
        return False
    if not _NUMBER.fullmatch(target.number):
        return False  # the include takes numbers only
    return site.has_include and await _knows(attempt, site.dial_context, target) is not False


async def _knows(attempt: Attempt, context: str, target: Target) -> bool | None:
    answer = await attempt.ask(exists(context, target.number))
    return reading(answer) if answer is not None else None


def _extension(attempt: Attempt, to: str) -> Extension | None:
    extension = attempt.mirror.extensions.get(to)
    if extension is not None:
        return extension
    return attempt.mirror.extension_with(to)


def _contexts(attempt: Attempt, target: Target) -> list[str]:
    own = attempt.mirror.extensions.get(attempt.intent.extension)
    hinted = [hint.context for extension in (target.extension, own) if extension for hint in extension.hints]
    return list(dict.fromkeys((*hinted, *USUAL_CONTEXTS)))

"""Whom a call goes to: an extension of ours, or a number; and whether the dialplan knows it.

Asterisk takes a Redirect or BlindTransfer to an extension that does not exist, says `successful`, and hangs up on
the caller. So the dialplan is asked first. Used by dialling and transfers.
"""

from __future__ import annotations

import re
from gettext import gettext as _
from typing import Final, NamedTuple

from ami_worker.ami import actions
from ami_worker.mirror import Extension
from ami_worker.operations import outcomes
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Reason, failed
from panel.vocabulary import ExtensionState


_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,32}", re.ASCII)
_NOT_THERE: Final = "did not find"
"""How ShowDialPlan says that there is no such context or extension (main/pbx.c)."""


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
    return Target(to, to, None)


def refuse_if_unreachable(target: Target) -> None:
    """An extension without a registered phone is refused before anybody is disturbed."""
    extension = target.extension
    if extension is not None and extension.state == ExtensionState.OFFLINE:
        raise Ended(failed(Reason.NOT_REGISTERED, outcomes.why_not(target.name, Reason.NOT_REGISTERED)))


async def context_for(attempt: Attempt, target: Target) -> str:
    """The context of the site's own dialplan in which the target can be dialled. Raises Ended when none knows it."""
    candidates = _contexts(attempt, target)
    if not attempt.site.may("ShowDialPlan"):
        return candidates[0]
    for context in candidates:
        answer = await attempt.ask(actions.show_dialplan(context, target.number))
        if answer is None or answer.ok or not answer.reason.lower().startswith(_NOT_THERE):
            # Not answered, or not allowed to ask: what cannot be checked is not refused.
            return context
    raise Ended(failed(Reason.NO_SUCH_NUMBER, outcomes.why_not(target.number, Reason.NO_SUCH_NUMBER)))


def _extension(attempt: Attempt, to: str) -> Extension | None:
    extension = attempt.mirror.extensions.get(to)
    if extension is not None:
        return extension
    return attempt.mirror.extension_with(to)


def _contexts(attempt: Attempt, target: Target) -> list[str]:
    site = attempt.site
    own = attempt.mirror.extensions.get(attempt.intent.extension)
    known = [target.extension] if target.extension is not None else [own] if own is not None else []
    hinted = [site.dialable(hint.context) for extension in known for hint in extension.hints]
    return list(dict.fromkeys((*hinted, *site.dial_contexts)))

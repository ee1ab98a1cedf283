"""By which way through the dialplan a leg is sent: our include, where a call that nobody answers comes back to the
operator, or the site's own dialplan.

Used by transfers, destinations, holding and pickups.
"""

from __future__ import annotations

from typing import NamedTuple

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.mirror import Channel
from ami_worker.operations import outcomes, targets
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended
from ami_worker.operations.legs import Move
from ami_worker.operations.site import TRANSFER, exists, reading
from ami_worker.operations.targets import Target


OPERATOR = "__CORDBOARD_OPERATOR"
"""To whom a leg comes back; inherited (`__`) by the legs that are dialled for it."""


class Route(NamedTuple):
    context: str
    comes_back: bool


async def find(attempt: Attempt, target: Target) -> Route:
    """The way to the target. Raises Ended when the dialplan does not know it."""
    if await targets.include_reaches(attempt, target):
        return Route(TRANSFER, True)
    return Route(await targets.plain_context(attempt, target), False)


def require_include(attempt: Attempt) -> None:
    """Raises Ended, with the sentence that says what to install, where callers cannot be kept in the dialplan."""
    if not attempt.site.keeps_callers:
        raise Ended(outcomes.needs_include())


async def require_place(attempt: Attempt, context: str, exten: str, otherwise: Ended) -> None:
    """Raises `otherwise` when the include has no such place: who is sent there all the same would be lost."""
    require_include(attempt)
    answer = await attempt.ask(exists(context, exten))
    if answer is not None and reading(answer) is False:
        raise otherwise


def way_back(attempt: Attempt, move: Move) -> str:
    """The number of whom the leg comes back to: the operator, or else the extension that it leaves; may be empty."""
    extension = attempt.mirror.extensions.get(attempt.intent.extension)
    if extension is None and move.partner is not None:
        extension = attempt.mirror.extension_of(move.partner)
    return extension.number if extension is not None else ""


def require_way_back(attempt: Attempt, move: Move) -> str:
    """The same where there must be one, lest who waits is forgotten."""
    number = way_back(attempt, move)
    if not number:
        raise Ended(outcomes.no_phone(attempt.intent.extension))
    return number


async def required_way_back(attempt: Attempt, move: Move, context: str) -> str:
    """The same where it is the extension in `context` of our include by which the leg is kept."""
    number = require_way_back(attempt, move)
    await require_place(attempt, context, number, Ended(outcomes.no_phone(number)))
    return number


def comes_back_to(number: str, channel: Channel) -> list[Action]:
    """What tells the include to whom the leg comes back; nothing when nobody is known."""
    return [actions.setvar(OPERATOR, number, channel.name)] if number else []

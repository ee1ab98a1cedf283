"""By which way through the dialplan a leg is sent: our include, where a call that nobody answers comes back to the
operator, or the site's own dialplan.

Used by transfers and pickups.
"""

from __future__ import annotations

from typing import NamedTuple

from ami_worker.ami import actions
from ami_worker.mirror import Channel
from ami_worker.operations import targets
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.legs import Move
from ami_worker.operations.site import TRANSFER
from ami_worker.operations.targets import Target


class Route(NamedTuple):
    context: str
    comes_back: bool


async def find(attempt: Attempt, target: Target) -> Route:
    """The way to the target. Raises Ended when the dialplan does not know it."""
    if await targets.include_reaches(attempt, target):
        return Route(TRANSFER, True)
    return Route(await targets.plain_context(attempt, target), False)


async def name_operator(attempt: Attempt, route: Route, move: Move) -> None:
    """Tell the include to whom the leg comes back: the operator, or else the extension that it leaves."""
    extension = attempt.mirror.extensions.get(attempt.intent.extension)
    if extension is None and move.partner is not None:
        extension = attempt.mirror.extension_of(move.partner)
    if route.comes_back and extension is not None:
        await set_operator(attempt, move.channel, extension.number)


async def set_operator(attempt: Attempt, channel: Channel, number: str) -> None:
    """Inherited (`__`) by the legs that are dialled for it."""
    await attempt.prepare(actions.setvar("__CORDBOARD_OPERATOR", number, channel.name))

"""Sending a leg into a context of the dialplan: what is set on it first, a last look, the one action, and what came of
it.

While the PBX was asked and told, the call went on. So whoever moves a leg looks again, and sends in the same breath.
Used by transfers, destinations and holding.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from gettext import gettext as _
from typing import NamedTuple

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.mirror import Channel
from ami_worker.operations import legs
from ami_worker.operations.arrivals import IsKept, Sighting, Watch, never_kept
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, failed
from ami_worker.operations.legs import Move
from panel.vocabulary import CareKind, CommandState


log = logging.getLogger(__name__)


class Place(NamedTuple):
    """Where in the dialplan a leg is sent, and what is to be seen of it then."""

    context: str
    exten: str
    rings: str | None
    """Key of the extension that rings there; empty for a number, None where nobody in particular does."""
    care: CareKind | None = None
    """As what our include keeps it there; None in the site's own dialplan."""
    whom: str = ""
    """Number of the one for whom it waits or to whom it was sent."""
    is_kept: IsKept = never_kept


async def move(
    attempt: Attempt,
    meant: Move,
    place: Place,
    settings: Sequence[Action],
    worded: Callable[[Sighting], Outcome],
    *,
    choose: Callable[[Attempt], Move] | None = None,
) -> Outcome:
    """Set what is to be set, send the leg once, and say what became of it. `choose` says again which leg it is, else
    `legs.to_move`; when that is another one than was `meant`, nothing is sent. Raises Ended.
    """
    await attempt.prepare(*settings)
    again = refuse_if_changed(attempt, meant, choose)
    channel = meant.channel
    asking = _asking(attempt, channel)
    watch = Watch.start(attempt, channel.uniqueid, place.rings, place.is_kept)
    if (waiting := attempt.waiting(channel)) is not None:
        attempt.expect_moved(waiting)
    await attempt.send(_action(again, place))
    if asking is not None:
        await _end_asking(attempt, asking)
    outcome = await watch.outcome(worded)
    if outcome.state is CommandState.DONE:
        _mark(attempt, watch, place)
    return outcome


def refuse_if_changed(attempt: Attempt, meant: Move, choose: Callable[[Attempt], Move] | None = None) -> Move:
    """The leg as it is now; raises Ended when it is another one than was `meant`."""
    again = (choose or _to_move)(attempt)
    if again.channel is not meant.channel:
        text = _("The call has changed meanwhile; look at the board and try again")
        raise Ended(failed(Reason.WRONG_STATE, text, meant.channel.call.key))
    return again


def _to_move(attempt: Attempt) -> Move:
    return legs.to_move(attempt, attempt.call())


def _action(move: Move, place: Place) -> Action:
    """BlindTransfer on the partner's channel where two talk: queue statistics and the end of the partner's leg are
    right then. A leg that waits, is parked or calls is redirected itself.
    """
    if move.partner is not None:
        return actions.blind_transfer(move.partner.name, place.context, place.exten)
    return actions.redirect(move.channel.name, place.context, place.exten)


def _mark(attempt: Attempt, watch: Watch, place: Place) -> None:
    """Where the log-in does not hear what our include tells (class `user`), the picture learns it from us."""
    mirror = attempt.mirror
    channel = mirror.channels.get(watch.uniqueid)
    if channel is None or place.care is None or mirror.peers_of(channel) or mirror.care_of(channel) != watch.care:
        return
    operator = mirror.extensions.get(attempt.intent.extension)
    number = operator.number if operator is not None else ""
    mirror.mark(watch.uniqueid, "CORDBOARD_CARE", f"{place.care},{number},{place.whom},,")


def _asking(attempt: Attempt, channel: Channel) -> Channel | None:
    """The operator's leg by which somebody is asked about this party."""
    call = channel.call
    mine, about = legs.own_leg(attempt, call), legs.asked_about(attempt, call)
    return mine.channel if mine is not None and about is not None and about.channel is channel else None


async def _end_asking(attempt: Attempt, asking: Channel) -> None:
    """The operator's leg forgets the caller, else our include would connect the two again, or take the end of that leg
    for an accident and bring the caller back; where it has nobody, it ends. The caller is on the way already, so
    nothing that goes wrong here changes the outcome.
    """
    try:
        await attempt.prepare(actions.setvar("CORDBOARD_CALLER", "", asking.name))
    except Ended as ended:
        log.warning("the operator's phone may stay in the call: %s", ended)
        return
    leg = asking.call.leg(asking.uniqueid)
    if leg is not None and not leg.peers:
        await attempt.hang_up_own(asking.uniqueid)

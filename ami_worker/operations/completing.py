"""Connecting a caller who waits with the one whom the operator asked, or is about to ask.

Called by `Operations.perform` alone; the other ways on are in concluding.py. The dialplan of the one who waits makes
the connection, and goes back to the operator when nobody is there any more; so the caller always has a way back.
"""

from __future__ import annotations

import re
from gettext import gettext as _
from typing import Final

from ami_worker.ami import actions
from ami_worker.mirror import Channel
from ami_worker.operations import moving, outcomes, routes, transfers
from ami_worker.operations.attempt import EVENT_SECONDS, Attempt
from ami_worker.operations.consultation import Consultation, Sequel, claimed, find, own_number, unchanged
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from ami_worker.operations.legs import Move
from ami_worker.operations.moving import Place
from ami_worker.operations.site import TRANSFER
from ami_worker.operations.targets import Target
from panel.vocabulary import CareKind


CONNECT: Final = "cordboard-connect"
"""Context of the include: the one who waits talks to `CORDBOARD_WITH`."""

_NUMBER: Final = re.compile(r"[0-9*#+]{1,32}")
_FREED_SECONDS: Final = 3.0
"""For the operator's leg to end, and the phone that it rang to be free."""


async def complete(attempt: Attempt) -> Outcome:
    """Connect the two, and the operator is free. While the one who is asked still rings: a transfer that comes back."""
    now = await claimed(attempt)
    if now.other is None:
        raise Ended(failed(Reason.WRONG_STATE, _("You are not asking anybody yet"), now.held.call.key))
    if now.rings:
        return await _send_on(attempt, now)
    return await _connect(attempt, now, now.other)


async def _connect(attempt: Attempt, now: Consultation, other: Channel) -> Outcome:
    """By the dialplan of the one who waits, which goes back to the operator when the other one is gone at this very
    instant.
    """
    await attempt.prepare(actions.setvar("CORDBOARD_WITH", other.name, now.held.name))
    sequel = Sequel(attempt, unchanged(attempt, now))
    await attempt.send(actions.redirect(now.held.name, CONNECT, "s"))
    words = {"held": sequel.held, "other": sequel.other}

    def look() -> Outcome | None:
        if sequel.together(now.held, other):
            return done(outcomes.first_letter_up(_("%(held)s is talking to %(other)s") % words), sequel.call)
        if now.held.uniqueid not in attempt.mirror.channels:
            return outcomes.hung_up(sequel.held, sequel.call)
        if other.uniqueid not in attempt.mirror.channels:
            if sequel.together(now.own, now.held):
                text = _("%(other)s hung up; you are talking to %(held)s again")
            elif sequel.is_coming_back(now.held):
                text = _("%(other)s hung up; your phone will ring with %(held)s")
            else:
                return None
            return failed(Reason.CALL_ENDED, text % words, sequel.call)
        return None

    return await attempt.expect(look, EVENT_SECONDS, sequel.nothing)


async def _send_on(attempt: Attempt, now: Consultation) -> Outcome:
    """The one who is asked has not answered: the operator's leg ends, with it that ringing, and the caller is sent
    there. Should we end in between, the include takes the end of the operator's leg for an accident, and brings the
    caller back.
    """
    target = _target(attempt, now)
    who = attempt.who(now.held)
    key = now.held.call.key
    nowhere = failed(Reason.NO_SUCH_NUMBER, outcomes.why_not(target.name, Reason.NO_SUCH_NUMBER), key)
    await routes.require_place(attempt, TRANSFER, target.number, Ended(nowhere))
    settings = routes.comes_back_to(own_number(attempt), now.held)
    if seconds := transfers.ring_seconds(attempt, target):
        settings.append(actions.setvar("CORDBOARD_SECONDS", seconds, now.held.name))
    await attempt.prepare(*settings)
    now = await find(attempt)
    if now.other is not None and now.talks:
        # Answered while the PBX was told.
        return await _connect(attempt, now, now.other)
    await attempt.send(actions.hangup(now.own.name))
    freed = await attempt.expect(lambda: _freed(attempt, now), _FREED_SECONDS, outcomes.no_reply, proven=True)
    if freed.reason:
        return freed
    if now.held.uniqueid not in attempt.mirror.channels:
        raise Ended(outcomes.hung_up(who, key))
    return await moving.move(
        attempt,
        Move(now.held, None),
        Place(TRANSFER, target.number, target.key, CareKind.TRANSFER, target.number),
        (),
        lambda sighting: transfers.worded(who, target, key, sighting),
        choose=lambda _attempt: Move(now.held, None),
    )


def _freed(attempt: Attempt, now: Consultation) -> Outcome | None:
    ended = (now.own, now.other)
    there = any(each is not None and each.uniqueid in attempt.mirror.channels for each in ended)
    return None if there else done("")


def _target(attempt: Attempt, now: Consultation) -> Target:
    """Who is asked, as it was dialled."""
    extension = attempt.mirror.extension_with(now.number)
    if extension is not None:
        return Target(extension.number, outcomes.extension_named(extension), extension)
    if not _NUMBER.fullmatch(now.number):
        raise Ended(failed(Reason.WRONG_STATE, _("Wait until the call is answered"), now.held.call.key))
    return Target(now.number, now.number, None)

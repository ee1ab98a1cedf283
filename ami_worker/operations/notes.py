"""What operators tell each other about a call: a note that goes with it, and a word in advance of who takes it.

Called by `Operations.perform` alone.
"""

from __future__ import annotations

import time
from gettext import gettext as _
from typing import Final

from ami_worker.ami import actions
from ami_worker.mirror import Call, Channel
from ami_worker.operations import outcomes
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed


WORD_SECONDS: Final = 8.0
"""How long a word in advance holds: longer than a key takes, shorter than a caller is forgotten."""

_NOTE: Final = "__CORDBOARD_NOTE"


async def note(attempt: Attempt) -> Outcome:
    """Write a note on the party that goes on, or take it away. It is inherited by the legs that are dialled for it."""
    call = attempt.call()
    text = attempt.argument("text")
    channel = _carrier(attempt, call)
    author = (attempt.intent.operator_name or attempt.intent.operator).replace("|", " ")[:40]
    await attempt.confirm(actions.set_note(channel.name, author, text))
    attempt.mirror.mark(channel.uniqueid, _NOTE, f"{author}|{text}")
    return done(_("Noted: %s") % text if text else _("The note is gone"), call.key)


async def claim(attempt: Attempt) -> Outcome:
    """Show the others that this operator is about to take the call; whoever was first is told instead."""
    call = attempt.call()
    intent = attempt.intent
    taken = call.row()["claim"]
    if taken is not None and taken["operator"] != intent.operator:
        raise Ended(failed(Reason.BUSY_CALL, _("%s is taking this call") % taken["name"], call.key))
    name = intent.operator_name or intent.operator
    attempt.mirror.set_claim(call.key, intent.operator, name, intent.name, time.time() + WORD_SECONDS)
    return done(_("The others see that you take this call"), call.key)


def _carrier(attempt: Attempt, call: Call) -> Channel:
    """Whoever has a note keeps it; else who began the call, or in a call that the operator placed, the other one."""
    legs = call.legs
    noted = [leg for leg in legs if leg.note is not None]
    others = [leg for leg in legs if not attempt.is_own(leg)]
    caller = call.caller_leg()
    if caller is None:
        raise Ended(outcomes.call_ended(call.key))
    if noted:
        return noted[0]
    return caller if caller in others or not others else others[0]

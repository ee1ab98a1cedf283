"""What Asterisk carries beside the stories of a chaos run: SIPp's callers come out of the trunk all through a storm.
Asterisk ends each call by itself after some seconds, so that nothing of them is left when everybody is to be quiet.

Used by the house and the run.
"""

from __future__ import annotations

from typing import Final

from tests.rig.floor import Floor
from tests.rig.phones import Rig, SipProcess


CALLS_A_SECOND: Final = 5.0
MOST_CALLS: Final = 600
"""Of one storm: some faults last for two minutes."""

TALK_SECONDS: Final = 4
NUMBER: Final = "5550199"


class LoadedFloor(Floor):
    """A floor with a number at which everybody is listened to for a while and then hung up on."""

    def _write(self) -> None:
        super()._write()
        answer = [f"exten => {NUMBER},1,Answer()", f" same => n,Wait({TALK_SECONDS})", " same => n,Hangup()"]
        self._append("extensions.conf", ["[from-trunk](+)", *answer])


def begin_load(floor: LoadedFloor) -> SipProcess:
    """Callers to that number, until `end()`; those who are in a call then are hung up on by Asterisk."""
    return Rig(floor).call_from_outside(NUMBER, name="Load", calls=MOST_CALLS, per_second=CALLS_A_SECOND)

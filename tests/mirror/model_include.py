"""The model PBX with our dialplan include: callers who are held, sent on and brought back. What the include writes on a
channel stays there until it writes something else, whatever becomes of the caller.
"""

from __future__ import annotations

from .model_legs import RINGING, Leg, Talk
from .model_pbx import ModelPbx


WITH_MUSIC = ("hold", "consult", "camp")
RINGS = ("transfer", "serial")


class ModelInclude(ModelPbx):
    """As `ModelPbx`; an operator is the one who was called."""

    def keep(self, talk: Talk, kind: str, target: str = "") -> None:
        """The operator puts the caller into the include, which plays music or rings the target."""
        operator = self._operator(talk)
        gone = [leg for leg in talk.legs if leg is not talk.caller]
        self._leave(talk.caller)
        talk.callee, talk.halves, talk.operator = None, None, operator
        self._care(talk.caller, kind, operator, target)
        self._hang_up(*gone)
        if kind in RINGS:
            self._ring(talk, target)
        else:
            self._music(talk)

    def take(self, talk: Talk, number: str) -> None:
        """An operator takes a caller who hears music, and has the phone rung for it."""
        talk.operator = number
        self._care(talk.caller, "take", number, "")
        self._ring(talk, number)

    def put_through(self, talk: Talk) -> None:
        """The target of a camped caller is free."""
        self._ring(talk, talk.caller.care.split(",")[2])

    def fail(self, talk: Talk, reason: str) -> None:
        """Nobody answers: the caller goes back to its operator, or waits again where the phone of a take was rung."""
        assert talk.callee
        callee, talk.callee = talk.callee, None
        kind, _, target = talk.caller.care.split(",")[:3]
        self._dial_end(talk.caller, callee, reason)
        self._hang_up(callee)
        self._care(talk.caller, "hold" if kind == "take" else "return", talk.operator, target, reason)
        self._music(talk)

    def ring_operator(self, talk: Talk) -> None:
        self._ring(talk, talk.operator)

    def target_hangs_up(self, talk: Talk) -> None:
        """Of a serial call: the caller comes back for the next person."""
        assert talk.callee
        callee, talk.callee = talk.callee, None
        target = talk.caller.care.split(",")[2]
        self._leave(callee, talk.caller)
        self._hang_up(callee)
        self._care(talk.caller, "return", talk.operator, target, "SERIAL")
        self._music(talk)

    def blind_transfer(self, talk: Talk, number: str) -> None:
        """By telephone, which leads out of the include."""
        assert talk.callee
        who = {"TransfereeUniqueid": talk.caller.uniqueid, "TransfereeChannel": talk.caller.name}
        by = {"TransfererChannel": talk.callee.name, "TransfererCallerIDNum": talk.callee.number, "Result": "Success"}
        to = {"Context": "from-internal", "Extension": number}
        self._say("BlindTransfer", keys=(talk.caller.uniqueid, talk.callee.uniqueid), **who, **by, **to)
        talk.caller.context = "from-internal"
        super().blind_transfer(talk, number)

    def _operator(self, talk: Talk) -> str:
        assert talk.callee
        return talk.callee.number

    def _care(self, caller: Leg, kind: str, operator: str, target: str, reason: str = "") -> None:
        caller.context = f"cordboard-{kind}"
        caller.care = f"{kind},{operator},{target},{reason},"
        self._say("UserEvent", caller, UserEvent="CordboardCare", Care=caller.care)

    def _music(self, talk: Talk) -> None:
        talk.caller.application, talk.caller.data, talk.state = "MusicOnHold", "", "kept"
        self._say("MusicOnHoldStart", talk.caller, Class="default")
        self._tell_devices()

    def _ring(self, talk: Talk, number: str) -> None:
        if talk.caller.application == "MusicOnHold":
            self._say("MusicOnHoldStop", talk.caller)
        talk.caller.application, talk.caller.data = "Dial", f"PJSIP/{number},25"
        talk.callee = self._dial(talk.caller, f"PJSIP/{number}", number, talk.caller)
        self._state(talk.callee, RINGING)
        talk.state = "ringing"
        self._tell_devices()

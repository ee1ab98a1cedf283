"""Managers who do anything at any time to any channel: nothing breaks, and nobody is left behind in silence."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from ami_worker.demo.channels import RINGING
from tests.demo.stage import Stage
from tests.demo.test_office import day, evening


PLACES = (
    ("from-internal", "202"),
    ("from-internal", "801"),
    ("from-internal", "601"),
    ("from-internal", "700"),
    ("from-internal", "701"),
    ("from-internal", "nobody"),
    ("cordboard-transfer", "212"),
    ("cordboard-hold", "201"),
    ("cordboard-consult", "220"),
    ("cordboard-camp", "230"),
    ("cordboard-voicemail", "240"),
    ("cordboard-conference", "802"),
    ("cordboard-spy", "listen"),
)


WAYS = (
    *("hang_up", "redirect", "redirect_both", "transfer", "ask", "bridge", "park", "pick_up"),
    *("dial", "withdraw", "kick", "spy", "hold", "unplug"),
)


class Meddler:
    """One who plays with the switchboard."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage = stage
        self.dice = random.Random(seed)

    def name(self) -> str:
        return self.dice.choice([*self.stage.switch.names, "PJSIP/999-00000000"])

    def place(self) -> dict[str, str]:
        context, exten = self.dice.choice(PLACES)
        return {"Context": context, "Exten": exten}

    def meddle(self) -> None:
        what: Callable[[], object] = self.dice.choice(
            [getattr(self, name) for name in WAYS],
        )
        what()

    def hang_up(self) -> None:
        self.stage.act("Hangup", Channel=self.name())

    def redirect(self) -> None:
        self.stage.act("Redirect", Channel=self.name(), Priority="1", **self.place())

    def redirect_both(self) -> None:
        other = {f"Extra{key}": value for key, value in self.place().items()}
        names = {"Channel": self.name(), "ExtraChannel": self.name()}
        self.stage.act("Redirect", Priority="1", ExtraPriority="1", **names, **self.place(), **other)

    def transfer(self) -> None:
        self.stage.act("BlindTransfer", Channel=self.name(), **self.place())

    def ask(self) -> None:
        channel = self.stage.switch.names.get(self.name())
        if channel is not None:
            channel.variables["FEATURES"] = "tT"
            self.stage.act("Atxfer", Channel=channel.name, Context="from-internal", Exten="203")
        self.stage.act("CancelAtxfer", Channel=self.name())

    def bridge(self) -> None:
        self.stage.act("Bridge", Channel1=self.name(), Channel2=self.name())

    def park(self) -> None:
        self.stage.act("Park", Channel=self.name(), TimeoutChannel=self.name(), Timeout="10000")

    def pick_up(self) -> None:
        ringing = [channel.uniqueid for channel in self.stage.switch.channels.values() if channel.state == RINGING]
        for target in ringing[:2]:  # two who want the same
            for phone in ("PJSIP/201", "PJSIP/202"):
                self.stage.act("Originate", Channel=phone, Application="PickupChan", Data=target, Async="true")

    def dial(self) -> None:
        target = self.dice.choice(["PJSIP/201", "Local/202@from-internal", "Local/203@from-internal/n"])
        self.stage.act("Originate", Channel=target, Async="true", Priority="1", Timeout="8000", **self.place())

    def withdraw(self) -> None:
        self.stage.act("QueueWithdrawCaller", Queue="front", Caller=self.name())

    def kick(self) -> None:
        for room in list(self.stage.pbx.rooms.rooms):
            self.stage.act("ConfbridgeKick", Conference=room, Channel=self.dice.choice(["all", self.name()]))

    def spy(self) -> None:
        variable = f"CORDBOARD_SPY={self.name()}"
        place = {"Context": "cordboard-spy", "Exten": "barge", "Priority": "1"}
        self.stage.act("Originate", Channel="PJSIP/203", Async="true", Variable=variable, **place)

    def hold(self) -> None:
        channel = self.stage.switch.names.get(self.name())
        if channel is not None:
            self.stage.switch.hold(channel, not channel.held)

    def unplug(self) -> None:
        phone = self.stage.phone(str(self.dice.randint(201, 260)))
        phone.unplug(phone.registered)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_managers_do_every_call_comes_to_an_end(seed: int) -> None:
    stage, traffic = day(seed, rate=1.0)
    traffic.start()
    meddler = Meddler(stage, seed)
    for _ in range(2000):
        stage.wait(meddler.dice.expovariate(2))
        meddler.meddle()
    for phone in stage.pbx.phones.values():
        phone.unplug(False)
    evening(stage, traffic)
    for channel in list(stage.switch.channels.values()):  # held, or two operators: nobody else ends these
        assert channel.bridge is not None or channel.script is not None, channel.name
        stage.switch.hang_up(channel)
    stage.wait(300)
    assert stage.empty
    begun = [event["Uniqueid"] for event in stage.named("Newchannel")]
    assert sorted(begun) == sorted(event["Uniqueid"] for event in stage.named("Hangup"))
    assert set(stage.pbx.truth()["hints"].values()) == {0} or _only_dnd(stage)


def _only_dnd(stage: Stage) -> bool:
    return all(hint.status in (0, 2) for hint in stage.switch.devices.hints.values())

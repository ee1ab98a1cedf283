"""The office of the rig while the dialplan include is at work, and what the panel would do with it.

For the tests of the include; `tests/rig/conftest.py` makes the fixture `office` of it. Actions go through a session
with the least privilege that we ask for.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from tests.rig.ami import Fields, RawSession
from tests.rig.parts import wait_for
from tests.rig.phones import Phone, Rig, SipProcess


SETTINGS = {
    "TRANSFER_TIMEOUT": 20,
    "HOLD_TIMEOUT": 60,
    "CAMP_TIMEOUT": 60,
    "QUEUE_TIMEOUT": 60,
    "RETURN_TIMEOUT": 20,
    "RETURN_PAUSE": 1,
    "RETURN_TRIES": 2,
}
"""Long enough for a test to answer on a busy machine; one that wants the time to run out says so."""

A_TALK_SECONDS = 1.2
OTHERS = ("FALLBACK", "DESK_TIMEOUT", "CONFERENCE_TIMEOUT", "SPY_TIMEOUT", "RECORD_TIMEOUT")


class Office:
    """Calls in the rig, seen and moved through AMI."""

    def __init__(self, rig: Rig, ami: RawSession) -> None:
        self.rig = rig
        self.ami = ami

    def settings(self, **values: object) -> None:
        """Of the include, `HOLD_TIMEOUT=1`; undone after the test."""
        for name, value in values.items():
            self.ami.action("Setvar", {"Variable": f"CORDBOARD_{name}", "Value": str(value)})

    def hang_up_after_a_talk(self, phone: Phone) -> None:
        """Less than a second counts as if nobody had answered."""
        time.sleep(A_TALK_SECONDS)
        phone.hangup()

    # -- looking ------------------------------------------------------------------------------------------------------

    def channels(self, prefix: str) -> list[Fields]:
        return [row for row in self.ami.list("CoreShowChannels") if row["Channel"].startswith(prefix)]

    def channel(self, prefix: str) -> str:
        """The name of the one channel that begins so."""
        names = [row["Channel"] for row in self.channels(prefix)]
        assert len(names) == 1, f"{prefix}: {names}"
        return names[0]

    def variable(self, channel: str, name: str) -> str:
        return self.ok("Getvar", Channel=channel, Variable=name)["Value"]

    def talking(self, *prefixes: str) -> bool:
        """Whether channels with these names, and no others, are up in one bridge."""
        rows = self.ami.list("CoreShowChannels")
        bridges = {row["BridgeId"] for row in rows}
        names = sorted(row["Channel"].split("-")[0] for row in rows)
        return names == sorted(prefixes) and len(bridges) == 1 and bridges != {""}

    def wait_talking(self, *prefixes: str) -> None:
        try:
            wait_for(lambda: self.talking(*prefixes), f"{' and '.join(prefixes)} to talk")
        except TimeoutError as error:
            rows = [(row["Channel"], row["Context"], row["BridgeId"]) for row in self.ami.list("CoreShowChannels")]
            raise TimeoutError(f"{error}; there are {rows}\n{self.rig.asterisk.log(40)}") from None

    def wait_gone(self) -> None:
        """Until no call is left."""
        wait_for(lambda: not self.ami.list("CoreShowChannels"), "all calls to end")

    def cares(self, prefix: str = "PJSIP/itsp") -> list[str]:
        """What the include told of the channels that begin so, in order, each without the time at its end."""
        return [timeless(each["Care"]) for each in self._told("CordboardCare") if each["Channel"].startswith(prefix)]

    def wait_cares(self, cares: list[str], prefix: str = "PJSIP/itsp") -> None:
        """Wait until it has told so many times of these channels, in which it said these."""
        wait_for(lambda: len(self.cares(prefix)) >= len(cares), f"the include to tell {cares}")
        assert self.cares(prefix) == cares

    def wait_care(self, care: str, prefix: str = "PJSIP/itsp", timeout: float = 10) -> Fields:
        """Wait until the include says so (`transfer,201,202,,`, without the time); the channel has it, too."""

        def told() -> list[Fields]:
            return [each for each in self._told("CordboardCare") if timeless(each["Care"]) == care
                    and each["Channel"].startswith(prefix)]  # fmt: skip

        try:
            event = wait_for(told, f"the care {care}", timeout=timeout)[-1]
        except TimeoutError as error:
            raise TimeoutError(f"{error}; told so far: {self.cares('')}\n{self.rig.asterisk.log(40)}") from None
        assert self.variable(event["Channel"], "CORDBOARD_CARE") in self._said(event["Channel"])
        return event

    def complaints(self) -> list[str]:
        """What Asterisk could not make sense of in the dialplan, so far.

        Not that a called phone has no extension of its own to go to, which is where AMI Bridge sends it in the end.
        """
        words = ("ast_expr2", "No application", "not registered", " pbx.c:", "app_stack.c:")
        lines = self.rig.asterisk.log(1_000_000).splitlines()
        warnings = [
            line for line in lines if ("WARNING[" in line or "ERROR[" in line) and "from-internal,s,1" not in line
        ]
        return [line for line in warnings if any(word in line for word in words)]

    def _said(self, channel: str) -> list[str]:
        return [each["Care"] for each in self._told("CordboardCare") if each["Channel"] == channel]

    def asked(self) -> list[tuple[str, str]]:
        """Target and reason of each consultation that has ended."""
        return [(each["Target"], each["Reason"]) for each in self._told("CordboardAsked")]

    def wait_asked(self, asked: list[tuple[str, str]]) -> None:
        wait_for(lambda: len(self.asked()) >= len(asked), f"the include to tell {asked}")
        assert self.asked() == asked

    def _told(self, event: str) -> list[Fields]:
        while self.ami.read(0.01):
            pass
        return [each for each in self.ami.messages() if each.get("UserEvent") == event]

    # -- doing --------------------------------------------------------------------------------------------------------

    def ok(self, action: str, **headers: str) -> Fields:
        reply = self.ami.action(action, headers)
        assert reply["Response"] == "Success", reply
        return reply

    def in_call(self, name: str = "Jan Novák") -> tuple[SipProcess, Phone]:
        """A caller from outside who talks with 201, the operator."""
        phone = self.rig.phone("201")
        caller = self.rig.call_from_outside("5550100", name=name)
        phone.wait("ringing")
        phone.answer()
        self.wait_talking("PJSIP/itsp", "PJSIP/201")  # BlindTransfer is refused until both are in the bridge
        return caller, phone

    def give(self, channel: str, **variables: str) -> None:
        """Variables of our own on a channel: `FOR="202"`, `__OPERATOR="201"`."""
        for name, value in variables.items():
            inherited = name.startswith("__")
            variable = f"{'__' if inherited else ''}CORDBOARD_{name.removeprefix('__')}"
            self.ok("Setvar", Channel=channel, Variable=variable, Value=value)

    def transfer(
        self, to: str, context: str = "cordboard-transfer", *, operator: str = "201", **variables: str
    ) -> None:
        """201 sends the caller away, with variables of our own on the caller's channel."""
        if operator:
            variables["__OPERATOR"] = operator
        self.give(self.channel("PJSIP/itsp"), **variables)
        self.ok("BlindTransfer", Channel=self.channel("PJSIP/201"), Context=context, Exten=to)

    def redirect(self, channel: str, context: str, exten: str, *extra: str) -> None:
        """Send a channel somewhere, and in the same action another: its name, context and extension."""
        names = ("ExtraChannel", "ExtraContext", "ExtraExten")
        more = {**dict(zip(names, extra, strict=True)), "ExtraPriority": "1"} if extra else {}
        self.ok("Redirect", Channel=channel, Context=context, Exten=exten, Priority="1", **more)

    def consult(self, target: str = "") -> tuple[str, str]:
        """Caller on hold, operator to the target (or to think), in one action. The names of both channels."""
        caller, operator = self.channel("PJSIP/itsp"), self.channel("PJSIP/201")
        self.give(operator, CALLER=caller)
        self.give(caller, HOLD_KIND="consult", FOR=target)
        where = ("cordboard-consult", target) if target else ("cordboard-desk", "s")
        self.redirect(caller, "cordboard-hold", "201", operator, *where)
        self.wait_care(f"consult,201,{target},,")  # before that they may still be seen talking
        return caller, operator

    def originate(self, extension: str, context: str, exten: str, **headers: str) -> None:
        where = {"Context": context, "Exten": exten, "Priority": "1"}
        self.ok("Originate", Channel=f"PJSIP/{extension}", Async="true", Timeout="10000", **where, **headers)

    @contextlib.contextmanager
    def unregistered(self, extension: str) -> Iterator[None]:
        """The extension has no phone that could be called, as when it is not registered."""
        asterisk = self.rig.asterisk
        path = asterisk.directory / "etc" / "pjsip.conf"
        text = path.read_text()
        contact = f"contact = sip:{extension}@127.0.0.1:{asterisk.ports.phones[extension]}\n"
        assert contact in text
        try:
            path.write_text(text.replace(contact, ""))
            self._reload_phones()
            yield
        finally:
            path.write_text(text)
            self._reload_phones()

    def _reload_phones(self) -> None:
        since = self.ami.count
        self.rig.asterisk.cli("module reload res_pjsip.so")
        self.ami.wait_event("Reload", since=since)


def waits(office: Office, channel: str) -> bool:
    """Whether a channel hears the music of cordboard-hold."""
    return [row["Application"] for row in office.channels(channel)] == ["MusicOnHold"]


def in_bridge(office: Office, *prefixes: str) -> bool:
    """Whether these, and no others, are in one bridge, whoever else there is."""
    rows = office.ami.list("CoreShowChannels")
    bridge = {row["BridgeId"] for row in rows if row["Channel"].startswith(prefixes)} - {""}
    return sorted(prefixes) == sorted(row["Channel"].split("-")[0] for row in rows if row["BridgeId"] in bridge)


def wait_in_bridge(office: Office, *prefixes: str) -> None:
    wait_for(lambda: in_bridge(office, *prefixes), f"{prefixes} to talk")


def asking(office: Office) -> tuple[str, str, SipProcess, Phone, Phone]:
    """A caller waits while 201 talks with 202: the caller's channel, 202's, and the three phones."""
    caller, phone = office.in_call()
    target = office.rig.phone("202", answer_after=0)
    channel, _ = office.consult("202")
    target.wait("answered")
    wait_in_bridge(office, "PJSIP/201", "PJSIP/202")
    return channel, office.channel("PJSIP/202"), caller, phone, target


def timeless(care: str) -> str:
    """A care without UNTIL and SINCE, the times at its end: `hold,201,202,,`."""
    return ",".join(care.split(",")[:4]) + "," if care else ""

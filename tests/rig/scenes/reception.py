"""Calls in the care of the dialplan include: what a receptionist does with them, and how they come back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.rig.scenes.base import scene, talk


if TYPE_CHECKING:
    from tests.rig.phones import Phone, SipProcess
    from tests.rig.record import Recorder


def give(r: Recorder, channel: str, **variables: str) -> None:
    """Set variables of our own on a channel: `FOR="202"`, `__OPERATOR="201"`."""
    for name, value in variables.items():
        underscores = "__" if name.startswith("__") else ""
        variable = f"{underscores}CORDBOARD_{name.removeprefix('__')}"
        r.act("Setvar", {"Channel": channel, "Variable": variable, "Value": value})


def redirect(r: Recorder, channel: str, context: str, exten: str, *extra: str) -> None:
    """Send a channel somewhere, and in the same action another: its name, context and extension."""
    where = {"Channel": channel, "Context": context, "Exten": exten, "Priority": "1"}
    if extra:
        name, extra_context, extra_exten = extra
        where |= {"ExtraChannel": name, "ExtraContext": extra_context, "ExtraExten": extra_exten, "ExtraPriority": "1"}
    r.act("Redirect", where)


@contextlib.contextmanager
def setting(r: Recorder, name: str, value: str) -> Iterator[None]:
    """A setting of the include, for as long as the scene lasts."""
    r.act("Setvar", {"Variable": f"CORDBOARD_{name}", "Value": value})
    try:
        yield
    finally:
        r.act("Setvar", {"Variable": f"CORDBOARD_{name}", "Value": ""})


def transfer(r: Recorder, context: str, to: str, **variables: str) -> None:
    """201 sends the caller away."""
    give(r, r.channel("PJSIP/itsp")["Channel"], __OPERATOR="201", **variables)
    mine = r.channel("PJSIP/201")["Channel"]
    r.act("BlindTransfer", {"Channel": mine, "Context": context, "Exten": to})


def ask(r: Recorder, target: str = "") -> tuple[str, str]:
    """The caller waits, 201 asks the target, or thinks about whom to ask; the names of both channels."""
    theirs, mine = r.channel("PJSIP/itsp")["Channel"], r.channel("PJSIP/201")["Channel"]
    give(r, mine, CALLER=theirs)
    give(r, theirs, HOLD_KIND="consult", FOR=target)
    where = ("cordboard-consult", target) if target else ("cordboard-desk", "s")
    redirect(r, theirs, "cordboard-hold", "201", mine, *where)
    return theirs, mine


def asked(r: Recorder) -> tuple[SipProcess, Phone, Phone, str, str]:
    """201 talks with 202 while the caller waits: the phones, and the channels of caller and operator."""
    caller, phone = talk(r)
    target = r.rig.phone("202")
    theirs, mine = ask(r, "202")
    target.wait("ringing")
    r.snapshot("asking: ringing")
    target.answer()
    r.snapshot("asking: talking")
    return caller, phone, target, theirs, mine


@scene
def cordboard_hold_and_take(r: Recorder) -> None:
    """201 puts the caller on hold for 202, with a note; 205 takes the call."""
    caller, phone = talk(r)
    theirs = r.channel("PJSIP/itsp")["Channel"]
    give(r, theirs, FOR="202", __NOTE="Alice Marsh|wants a quotation")
    redirect(r, theirs, "cordboard-hold", "201")
    phone.wait("ended")
    r.snapshot("on hold")
    taking = r.rig.phone("205")
    redirect(r, theirs, "cordboard-take", "205")
    taking.wait("ringing")
    r.snapshot("205 rings")
    taking.answer()
    r.snapshot("talking with 205")
    caller.hangup()
    taking.wait("ended")


@scene
def cordboard_hold_too_long(r: Recorder) -> None:
    """201 puts the caller on hold and forgets; after eight seconds 201 rings with the caller, and answers."""
    with setting(r, "HOLD_TIMEOUT", "8"):
        caller, phone = talk(r)
        redirect(r, r.channel("PJSIP/itsp")["Channel"], "cordboard-hold", "201")
        phone.wait("ended")
        r.snapshot("on hold")
        phone.wait("ringing", count=2)
    r.snapshot("back at 201")
    phone.answer()
    r.snapshot("talking again")
    caller.hangup()
    phone.wait("ended", count=2)


@scene
def cordboard_serial(r: Recorder) -> None:
    """201 sends the caller to 202 as a serial call; they talk, 202 hangs up, and 201 has the caller again."""
    caller, phone = talk(r)
    target = r.rig.phone("202", answer_after=0)
    transfer(r, "cordboard-serial", "202")
    target.wait("answered")
    r.snapshot("talking with 202")
    target.hangup()
    phone.wait("ringing", count=2)
    r.snapshot("back at 201")
    phone.answer()
    r.snapshot("talking again")
    caller.hangup()
    phone.wait("ended", count=2)


@scene
def cordboard_camp(r: Recorder) -> None:
    """The caller camps on 202, who talks with 203; as they hang up 202 rings, and answers."""
    caller, phone = talk(r)
    target = r.rig.phone("202")
    other = r.rig.call_from("203", "202")
    target.wait("ringing")
    target.answer()
    transfer(r, "cordboard-camp", "202")
    phone.wait("ended")
    r.snapshot("camping")
    other.hangup()
    target.wait("ringing", count=2)
    r.snapshot("202 rings")
    target.answer()
    r.snapshot("talking with 202")
    caller.hangup()
    target.wait("ended", count=2)


@scene
def cordboard_queue(r: Recorder) -> None:
    """201 sends the caller into `support`, where a member answers."""
    caller, phone = talk(r)
    members = {number: r.rig.phone(number) for number in ("204", "205")}
    transfer(r, "cordboard-queue", "s", QUEUE="support")
    phone.wait("ended")
    asked = r.wait("AgentCalled")["Interface"].removeprefix("PJSIP/")
    members[asked].wait("ringing")
    members[asked].answer()
    r.wait("AgentConnect")
    r.snapshot("talking")
    caller.hangup()
    members[asked].wait("ended")


@scene
def cordboard_no_mailbox(r: Recorder) -> None:
    """201 sends the caller to a mailbox that there is not: 201 rings again, with the reason."""
    caller, phone = talk(r)
    transfer(r, "cordboard-voicemail", "299")
    phone.wait("ringing", count=2)
    r.snapshot("back at 201")
    caller.hangup()
    phone.wait("cancelled")


@scene
def cordboard_consult(r: Recorder) -> None:
    """The caller waits while 201 asks 202; they talk; the caller is sent to 202 (cordboard-connect)."""
    caller, phone, target, theirs, _ = asked(r)
    give(r, theirs, WITH=r.channel("PJSIP/202")["Channel"])
    redirect(r, theirs, "cordboard-connect", "s")
    phone.wait("ended")
    r.snapshot("transferred")
    caller.hangup()
    target.wait("ended")


@scene
def cordboard_consult_fails(r: Recorder) -> None:
    """The caller waits while 201 asks 202, who is busy: 201 has the caller again."""
    caller, phone = talk(r)
    r.rig.phone("202", refuse=True, refuse_with=486)
    ask(r, "202")
    r.wait("UserEvent", UserEvent="CordboardAsked")
    r.wait("BridgeEnter")
    r.snapshot("talking again")
    caller.hangup()
    phone.wait("ended")


@scene
def cordboard_operator_drops(r: Recorder) -> None:
    """The caller waits while 201 thinks about whom to ask, and hangs up: 201 rings with the caller."""
    caller, phone = talk(r)
    ask(r)
    r.snapshot("thinking")
    phone.hangup()
    phone.wait("ringing", count=2)
    r.snapshot("back at 201")
    caller.hangup()
    phone.wait("cancelled")


@scene
def cordboard_swap(r: Recorder) -> None:
    """While the caller waits 201 talks with 202; they swap: 202 waits and 201 talks with the caller, who hangs up."""
    caller, phone, target, _, mine = asked(r)
    other = r.channel("PJSIP/202")["Channel"]
    give(r, mine, OTHER=other)
    give(r, other, HOLD_KIND="consult")
    redirect(r, other, "cordboard-hold", "201", mine, "cordboard-rejoin", "s")
    r.snapshot("swapped")
    caller.hangup()
    r.wait("BridgeEnter", Channel=other)
    r.wait("BridgeEnter", Channel=mine)
    phone.hangup()
    target.wait("ended")


@scene
def cordboard_join(r: Recorder) -> None:
    """While the caller waits 201 talks with 202; all three meet in a conference; 201 leaves, and then 202."""
    caller, phone, target, theirs, mine = asked(r)
    other = r.channel("PJSIP/202")["Channel"]
    give(r, mine, STAFF="1")
    give(r, other, STAFF="1")
    redirect(r, mine, "cordboard-conference", "8150", other, "cordboard-conference", "8150")
    redirect(r, theirs, "cordboard-conference", "8150")
    r.snapshot("all three")
    phone.hangup()
    r.snapshot("two")
    target.hangup()
    caller.wait("ended")


@scene
def cordboard_record(r: Recorder) -> None:
    """A call is recorded until it ends (cordboard-record)."""
    caller, phone = talk(r)
    r.act(
        "Originate",
        {
            "Channel": "Local/record@cordboard-record/n",
            "Context": "cordboard-record",
            "Exten": "wait",
            "Priority": "1",
            "Async": "true",
            "Variable": f"CORDBOARD_SPY={r.channel('PJSIP/itsp')['Channel']}",
        },
    )
    r.wait("ChanSpyStart")
    r.snapshot("recording")
    caller.hangup()
    phone.wait("ended")

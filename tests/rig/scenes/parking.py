"""Parking, taking back, and picking up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rig.scenes.base import scene, talk


if TYPE_CHECKING:
    from tests.rig.phones import Phone, SipProcess
    from tests.rig.record import Recorder


def park(r: Recorder, timeout_ms: int) -> tuple[SipProcess, Phone]:
    """A caller talks with 201 and is parked by `Park`."""
    caller, phone = talk(r)
    theirs, mine = r.channel("PJSIP/itsp")["Channel"], r.channel("PJSIP/201")["Channel"]
    r.act("Park", {"Channel": theirs, "TimeoutChannel": mine, "Timeout": str(timeout_ms)})
    r.wait("ParkedCall")
    return caller, phone


@scene
def park_and_take_back(r: Recorder) -> None:
    """A caller is parked by `Park`; 202's phone is called by `Originate` and gets the call by ParkedCall."""
    caller, phone = park(r, 45_000)
    phone.wait("ended")
    r.snapshot("parked")
    taking = r.rig.phone("202", answer_after=0)
    r.act(
        "Originate",
        {
            "Channel": "PJSIP/202",
            "Application": "ParkedCall",
            "Data": "default,701",
            "Async": "true",
            "ChannelId": "unpark-1",
        },
    )
    r.wait("UnParkedCall")
    taking.wait("answered")
    r.snapshot("talking with 202")
    caller.hangup()
    taking.wait("ended")


@scene
def park_timeout(r: Recorder) -> None:
    """A caller is parked for five seconds, nobody takes it, 201 rings again and answers."""
    caller, phone = park(r, 5_000)
    phone.wait("ended")
    r.snapshot("parked")
    r.wait("ParkedCallTimeOut")
    phone.wait("ringing", count=2)
    r.snapshot("back at 201")
    phone.answer()
    caller.hangup()
    phone.wait("ended", count=2)


@scene
def park_given_up(r: Recorder) -> None:
    """A caller is parked and hangs up."""
    caller, phone = park(r, 45_000)
    phone.wait("ended")
    r.snapshot("parked")
    caller.hangup()
    r.wait("ParkedCallGiveUp")


@scene
def park_of_a_ringing_leg(r: Recorder) -> None:
    """Why a ringing leg must not be parked: `Park` takes it out of Dial and says that went well; the caller is lost."""
    r.rig.phone("201")
    caller = r.rig.call_from_outside("5550100")
    r.wait("DialBegin")
    ringing = r.channel("PJSIP/201")["Channel"]
    r.act("Park", {"Channel": ringing})
    r.wait("ParkedCall")
    caller.wait("failed")
    r.snapshot("a phone that rings for nobody")
    r.act("Hangup", {"Channel": ringing})
    r.wait("ParkedCallGiveUp")


@scene
def take_from_an_empty_space(r: Recorder) -> None:
    """202's phone is called by `Originate` to take a parked call from a space where there is none: it hears so and is
    let go.
    """
    taking = r.rig.phone("202", answer_after=0)
    r.act(
        "Originate",
        {
            "Channel": "PJSIP/202",
            "Application": "ParkedCall",
            "Data": "default,715",
            "Async": "true",
            "ChannelId": "unpark-2",
        },
    )
    taking.wait("ended")


@scene
def pickup(r: Recorder) -> None:
    """A call rings at 201; 202's phone is called by `Originate` and picks the call up by PickupChan."""
    ringing = r.rig.phone("201")
    picking = r.rig.phone("202", answer_after=0)
    caller = r.rig.call_from_outside("5550100")
    ringing.wait("ringing")
    target = r.channel("PJSIP/201")["Uniqueid"]
    r.act(
        "Originate",
        {"Channel": "PJSIP/202", "Application": "PickupChan", "Data": target, "Async": "true", "ChannelId": "pickup-1"},
    )
    r.wait("Pickup")
    ringing.wait("cancelled")
    r.snapshot("talking with 202")
    caller.hangup()
    picking.wait("ended")


@scene
def pickup_too_late(r: Recorder) -> None:
    """202's phone is called by `Originate` to pick up a call that has ended: it answers and is let go."""
    picking = r.rig.phone("202", answer_after=0)
    r.act(
        "Originate",
        {
            "Channel": "PJSIP/202",
            "Application": "PickupChan",
            "Data": "1700000000.1",
            "Async": "true",
            "ChannelId": "pickup-2",
        },
    )
    picking.wait("ended")

"""The scenes that were recorded on a real Asterisk (tests/rig/scenes.py), played on the demo PBX.

One function for each, of the same name.
"""

from __future__ import annotations

from collections.abc import Callable

from ami_worker.demo.channels import Channel
from tests.demo.stage import Stage


PLAYS: dict[str, Callable[[Stage], None]] = {}


def play(function: Callable[[Stage], None]) -> Callable[[Stage], None]:
    PLAYS[function.__name__] = function
    return function


def talk(s: Stage, did: str = "5550100") -> Channel:
    caller = s.call(did)
    s.wait()
    s.phone("201").answer()
    s.wait()
    return caller


@play
def outside_caller_hangs_up(s: Stage) -> None:
    s.hang_up(talk(s))


@play
def outside_callee_hangs_up(s: Stage) -> None:
    talk(s)
    s.phone("201").hangup()


@play
def not_answered(s: Stage) -> None:
    caller = s.call("5550100")
    s.wait()
    s.hang_up(caller)


@play
def internal_call(s: Stage) -> None:
    s.phone("203").dial("202")
    s.wait()
    s.phone("202").answer()
    s.wait()
    s.phone("203").hangup()


@play
def outgoing_call(s: Stage) -> None:
    s.phone("201").dial("05550999")
    s.wait()
    s.pbx.outside["itsp"].answer_if_ringing(s.channel("PJSIP/itsp"))
    s.wait()
    s.hang_up(s.channel("PJSIP/itsp"))


@play
def busy(s: Stage) -> None:
    s.phone("203").dial("202")
    s.wait()
    s.phone("202").reject(17)


@play
def declined(s: Stage) -> None:
    s.phone("203").dial("202")
    s.wait()
    s.phone("202").hangup()


@play
def queue_answered(s: Stage) -> None:
    caller = s.call("5550101")
    s.wait()
    s.phone("203").answer()
    s.wait()
    s.hang_up(caller)


@play
def queue_abandoned(s: Stage) -> None:
    first = s.call("5550101", "+48600111001", "First Caller")
    s.wait()
    second = s.call("5550101", "+48600111002", "Second Caller")
    s.wait()
    s.hang_up(first)
    s.hang_up(second)  # before it is asked who is free


@play
def queue_ring_no_answer(s: Stage) -> None:
    s.call("5550102")
    s.wait(8)
    s.phone("204" if s.phone("204").channels else "205").answer()
    s.wait()
    s.phone("204" if s.phone("204").channels else "205").hangup()


@play
def queue_timeout(s: Stage) -> None:
    s.call("5550109")
    s.wait(10)


@play
def queue_redirect(s: Stage) -> None:
    caller = s.call("5550101")
    s.wait()
    s.ok("Redirect", Channel=caller.name, Context="from-internal", Exten="201", Priority="1")
    s.wait()
    s.phone("201").answer()
    s.wait()
    s.hang_up(caller)


@play
def member_pause(s: Stage) -> None:
    s.ok("QueuePause", Queue="front", Interface="PJSIP/204", Paused="true", Reason="lunch")
    s.ok("QueuePause", Queue="front", Interface="PJSIP/204", Paused="false")
    s.ok("QueueAdd", Queue="support", Interface="PJSIP/206", MemberName="Farid Haddad", Penalty="2")
    s.ok("QueueRemove", Queue="support", Interface="PJSIP/206")


@play
def blind_transfer(s: Stage) -> None:
    caller = talk(s)
    s.ok("BlindTransfer", Channel=s.channel("PJSIP/201").name, Context="from-internal", Exten="202")
    s.wait()
    s.phone("202").answer()
    s.wait()
    s.hang_up(caller)


@play
def blind_transfer_to_nobody(s: Stage) -> None:
    talk(s)
    s.ok("BlindTransfer", Channel=s.channel("PJSIP/201").name, Context="from-internal", Exten="202")
    s.wait()
    s.phone("202").reject(17)


@play
def attended_transfer(s: Stage) -> None:
    caller = talk(s, "5550103")
    s.ok("Atxfer", Channel=s.channel("PJSIP/201").name, Context="from-internal", Exten="202")
    s.wait()
    s.phone("202").answer()
    s.wait()
    s.phone("201").hangup()
    s.wait()
    s.hang_up(caller)


@play
def bridge_of_two_calls(s: Stage) -> None:
    caller = talk(s)
    s.phone("201").hold()
    s.phone("201").dial("202")
    s.wait()
    s.phone("202").answer()
    s.wait()
    s.ok("Bridge", Channel1=caller.name, Channel2=s.channel("PJSIP/202").name)
    s.wait()
    s.hang_up(caller)


def park(s: Stage, timeout: str) -> Channel:
    caller = talk(s)
    s.ok("Park", Channel=caller.name, TimeoutChannel=s.channel("PJSIP/201").name, Timeout=timeout)
    s.wait()
    return caller


@play
def park_and_take_back(s: Stage) -> None:
    caller = park(s, "45000")
    where = {"Application": "ParkedCall", "Data": "default,701"}
    s.ok("Originate", Channel="PJSIP/202", Async="true", ChannelId="unpark-1", **where)
    s.wait()
    s.phone("202").answer()
    s.wait()
    s.hang_up(caller)


@play
def park_timeout(s: Stage) -> None:
    caller = park(s, "5000")
    s.wait(5)
    s.phone("201").answer()
    s.wait()
    s.hang_up(caller)


@play
def park_given_up(s: Stage) -> None:
    s.hang_up(park(s, "45000"))


@play
def pickup(s: Stage) -> None:
    caller = s.call("5550100")
    s.wait()
    where = {"Application": "PickupChan", "Data": s.channel("PJSIP/201").uniqueid}
    s.ok("Originate", Channel="PJSIP/202", Async="true", ChannelId="pickup-1", **where)
    s.wait()
    s.phone("202").answer()
    s.wait()
    s.hang_up(caller)


@play
def hold(s: Stage) -> None:
    caller = talk(s)
    s.phone("201").hold()
    s.phone("201").unhold()
    s.switch.hold(caller, True)
    s.switch.hold(caller, False)
    s.wait()
    s.hang_up(caller)


@play
def conference(s: Stage) -> None:
    caller = s.call("5550106")
    s.wait()
    s.phone("201").dial("800")
    s.wait()
    s.phone("202").dial("800")
    s.wait()
    channel = s.channel("PJSIP/202").name
    for action in ("ConfbridgeMute", "ConfbridgeUnmute", "ConfbridgeKick"):
        s.ok(action, Conference="800", Channel=channel)
    s.wait()
    s.phone("201").hangup()
    s.wait()
    s.hang_up(caller)


@play
def local_kept(s: Stage) -> None:
    s.hang_up(talk(s, "5550104"))


@play
def local_optimised(s: Stage) -> None:
    s.hang_up(talk(s, "5550105"))


def originate(s: Stage) -> None:
    where = {"Context": "from-internal", "Exten": "202", "Priority": "1", "ChannelId": "dial-1"}
    s.ok("Originate", Channel="PJSIP/201", CallerID="Bruno Keller <202>", Timeout="6000", Async="true", **where)
    s.wait()


@play
def click_to_dial(s: Stage) -> None:
    originate(s)
    s.phone("201").answer()
    s.wait()
    s.phone("202").answer()
    s.wait()
    s.phone("201").hangup()


@play
def click_to_dial_no_answer(s: Stage) -> None:
    originate(s)
    s.wait(7)


@play
def click_to_dial_busy(s: Stage) -> None:
    originate(s)
    s.phone("201").reject(17)


@play
def voicemail(s: Stage) -> None:
    caller = s.call("5550107")
    s.wait(5)
    s.hang_up(caller)
    s.wait()
    s.phone("201").dial("*97")
    s.wait(9)
    s.phone("201").hangup()

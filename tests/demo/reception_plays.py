"""The scenes of tests/rig/scenes/reception.py, played on the demo PBX: one function for each, of the same name."""

from __future__ import annotations

from ami_worker.demo.channels import Channel
from tests.demo.plays import PLAYS, play, talk
from tests.demo.stage import Stage


__all__ = ["PLAYS"]


def give(s: Stage, channel: Channel, **variables: str) -> None:
    """Set variables of our own on a channel: `FOR="202"`, `__OPERATOR="201"`."""
    for name, value in variables.items():
        underscores = "__" if name.startswith("__") else ""
        variable = f"{underscores}CORDBOARD_{name.removeprefix('__')}"
        s.ok("Setvar", Channel=channel.name, Variable=variable, Value=value)


def redirect(s: Stage, channel: Channel, context: str, exten: str, *extra: Channel | str) -> None:
    """Send a channel somewhere, and in the same action another: channel, context and extension."""
    where = {"Channel": channel.name, "Context": context, "Exten": exten, "Priority": "1"}
    if extra:
        other, extra_context, extra_exten = extra
        assert isinstance(other, Channel)
        where |= {"ExtraChannel": other.name, "ExtraContext": str(extra_context), "ExtraExten": str(extra_exten)}
        where["ExtraPriority"] = "1"
    s.ok("Redirect", **where)
    s.wait()


def transfer(s: Stage, caller: Channel, context: str, to: str, **variables: str) -> None:
    give(s, caller, __OPERATOR="201", **variables)
    s.ok("BlindTransfer", Channel=s.channel("PJSIP/201").name, Context=context, Exten=to)
    s.wait()


def ask(s: Stage, caller: Channel, target: str = "") -> Channel:
    mine = s.channel("PJSIP/201")
    give(s, mine, CALLER=caller.name)
    give(s, caller, HOLD_KIND="consult", FOR=target)
    where = ("cordboard-consult", target) if target else ("cordboard-desk", "s")
    redirect(s, caller, "cordboard-hold", "201", mine, *where)
    return mine


def asked(s: Stage) -> tuple[Channel, Channel, Channel]:
    """201 talks with 202 while the caller waits: the channels of caller, operator and target."""
    caller = talk(s)
    mine = ask(s, caller, "202")
    s.phone("202").answer()
    s.wait()
    return caller, mine, s.channel("PJSIP/202")


def answer(s: Stage, number: str) -> None:
    s.phone(number).answer()
    s.wait()


@play
def cordboard_transfer_comes_back(s: Stage) -> None:
    caller = talk(s)
    transfer(s, caller, "cordboard-transfer", "202")
    s.phone("202").reject(17)
    s.wait()
    answer(s, "201")
    s.hang_up(caller)


@play
def cordboard_hold_and_take(s: Stage) -> None:
    caller = talk(s)
    give(s, caller, FOR="202", __NOTE="Alice Marsh|wants a quotation")
    redirect(s, caller, "cordboard-hold", "201")
    redirect(s, caller, "cordboard-take", "205")
    answer(s, "205")
    s.hang_up(caller)


@play
def cordboard_hold_too_long(s: Stage) -> None:
    s.ok("Setvar", Variable="CORDBOARD_HOLD_TIMEOUT", Value="8")
    caller = talk(s)
    redirect(s, caller, "cordboard-hold", "201")
    s.wait(8)
    answer(s, "201")
    s.hang_up(caller)


@play
def cordboard_serial(s: Stage) -> None:
    caller = talk(s)
    transfer(s, caller, "cordboard-serial", "202")
    answer(s, "202")
    s.phone("202").hangup()
    s.wait()
    answer(s, "201")
    s.hang_up(caller)


@play
def cordboard_camp(s: Stage) -> None:
    caller = talk(s)
    s.phone("203").dial("202")
    s.wait()
    answer(s, "202")
    transfer(s, caller, "cordboard-camp", "202")
    s.phone("203").hangup()
    s.wait(2)
    answer(s, "202")
    s.hang_up(caller)


@play
def cordboard_queue(s: Stage) -> None:
    caller = talk(s)
    transfer(s, caller, "cordboard-queue", "s", QUEUE="support")
    answer(s, "204" if s.phone("204").ringing else "205")
    s.hang_up(caller)


@play
def cordboard_no_mailbox(s: Stage) -> None:
    caller = talk(s)
    transfer(s, caller, "cordboard-voicemail", "299")
    s.hang_up(caller)


@play
def cordboard_consult(s: Stage) -> None:
    caller, _, target = asked(s)
    give(s, caller, WITH=target.name)
    redirect(s, caller, "cordboard-connect", "s")
    s.hang_up(caller)


@play
def cordboard_consult_fails(s: Stage) -> None:
    caller = talk(s)
    ask(s, caller, "202")
    s.phone("202").reject(17)
    s.wait()
    s.hang_up(caller)


@play
def cordboard_operator_drops(s: Stage) -> None:
    caller = talk(s)
    ask(s, caller)
    s.phone("201").hangup()
    s.wait(3)
    s.hang_up(caller)


@play
def cordboard_swap(s: Stage) -> None:
    caller, mine, target = asked(s)
    give(s, mine, OTHER=target.name)
    give(s, target, HOLD_KIND="consult")
    redirect(s, target, "cordboard-hold", "201", mine, "cordboard-rejoin", "s")
    s.hang_up(caller)
    s.wait()
    s.phone("201").hangup()


@play
def cordboard_join(s: Stage) -> None:
    caller, mine, target = asked(s)
    give(s, mine, STAFF="1")
    give(s, target, STAFF="1")
    redirect(s, mine, "cordboard-conference", "8150", target, "cordboard-conference", "8150")
    redirect(s, caller, "cordboard-conference", "8150")
    s.phone("201").hangup()
    s.wait()
    s.phone("202").hangup()


@play
def cordboard_record(s: Stage) -> None:
    caller = talk(s)
    where = {"Context": "cordboard-record", "Exten": "wait", "Priority": "1", "Async": "true"}
    variable = f"CORDBOARD_SPY={caller.name}"
    s.ok("Originate", Channel="Local/record@cordboard-record/n", Variable=variable, **where)
    s.wait()
    s.hang_up(caller)

"""What reaches the PBX, to the byte: the right actions with nothing in them that came from a browser as it was; and
nothing at all when a value could be taken for something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ami_worker.demo import DemoPbx
from ami_worker.operations import Site
from panel.vocabulary import CommandState
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, DemoOffice
from tests.operations.stories import RINGING, assert_done, talking
from tests.operations.wire import Wire


COMMANDS = {
    "call": ("to",),
    "hangup": ("call", "party"),
    "transfer": ("call", "to", "party", "seconds"),
    "serial": ("call", "to", "party", "seconds"),
    "camp": ("call", "to", "party"),
    "voicemail": ("call", "to", "party"),
    "enqueue": ("call", "queue", "party"),
    "confer": ("call", "room", "party"),
    "hold": ("call", "party", "to"),
    "retrieve": ("call",),
    "consult": ("call", "to", "party"),
    "complete": ("call",),
    "cancel": ("call",),
    "swap": ("call",),
    "join": ("call",),
    "mute": ("call", "party"),
    "unmute": ("call", "party"),
    "record": ("call",),
    "record_pause": ("call",),
    "record_resume": ("call",),
    "record_stop": ("call",),
    "room_mute": ("room", "member"),
    "room_unmute": ("room", "member"),
    "room_kick": ("room", "member"),
    "room_lock": ("room",),
    "room_unlock": ("room",),
    "answer": ("call",),
    "note": ("call",),
    "claim": ("call",),
    "park": ("call", "party"),
    "unpark": ("parked",),
    "pickup": ("call",),
    "take": ("caller",),
    "listen": ("call", "party"),
    "whisper": ("call", "party"),
    "barge": ("call", "party"),
    "listen_end": (),
    "listen_stop": ("listening",),
}


CAME_FROM_201 = "Action: Setvar\nChannel: PJSIP/itsp-00000001\nVariable: __CORDBOARD_OPERATOR\nValue: 201"
ANSWERS_BY_ITSELF = (
    "Variable: PJSIP_HEADER(add,Call-Info)=<sip:panel>;answer-after=0\n"
    "Variable: PJSIP_HEADER(add,Alert-Info)=info=alert-autoanswer\n"
)


@pytest.fixture
async def wire(demo: DemoPbx) -> AsyncIterator[Wire]:
    async with Wire.to(demo.ami_url) as wire:
        yield wire


@pytest.fixture
async def wired(demo: DemoPbx, wire: Wire) -> AsyncIterator[Driver]:
    async with Driver.on(demo.ami_url, actions_by=wire.url) as driver:
        wire.forget()
        yield driver


async def test_a_transfer(demo_office: DemoOffice, wire: Wire, wired: Driver) -> None:
    caller = await talking(demo_office, wired)
    assert_done(await wired.give("transfer", OPERATOR, call=caller.linkedid, to="202"))
    assert wire.actions() == [
        "Action: Getvar\nVariable: DIALPLAN_EXISTS(from-internal,202,1)",
        CAME_FROM_201,
        "Action: Setvar\nChannel: PJSIP/itsp-00000001\nVariable: CORDBOARD_SECONDS\nValue: ",
        "Action: BlindTransfer\nChannel: PJSIP/201-00000002\nContext: cordboard-transfer\nExten: 202",
    ]


@pytest.mark.parametrize(
    ("name", "more", "asked", "settings", "place"),
    [
        ("serial", {"to": "202", "seconds": "40"}, ["from-internal,202"], [("SECONDS", "40")], ("serial", "202")),
        ("camp", {"to": "202"}, ["cordboard-camp,202", "from-internal,202"], [], ("camp", "202")),
        ("voicemail", {"to": "202"}, ["cordboard-voicemail,202"], [], ("voicemail", "202")),
        ("enqueue", {"queue": "front"}, ["cordboard-queue,s"], [("QUEUE", "front")], ("queue", "s")),
        ("confer", {"room": "801"}, ["cordboard-conference,801"], [], ("conference", "801")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_our_include_does(
    demo_office: DemoOffice,
    wire: Wire,
    wired: Driver,
    name: str,
    more: dict[str, str],
    asked: list[str],
    settings: list[tuple[str, str]],
    place: tuple[str, str],
) -> None:
    caller = await talking(demo_office, wired)
    wire.forget()
    assert_done(await wired.give(name, OPERATOR, call=caller.linkedid, **more))
    assert wire.actions() == [
        *(f"Action: Getvar\nVariable: DIALPLAN_EXISTS({each},1)" for each in asked),
        CAME_FROM_201,
        *(
            f"Action: Setvar\nChannel: PJSIP/itsp-00000001\nVariable: CORDBOARD_{variable}\nValue: {value}"
            for variable, value in settings
        ),
        f"Action: BlindTransfer\nChannel: PJSIP/201-00000002\nContext: cordboard-{place[0]}\nExten: {place[1]}",
    ]


async def test_hold_and_fetching_back(demo_office: DemoOffice, wire: Wire, wired: Driver) -> None:
    caller = await talking(demo_office, wired)
    wire.forget()
    assert_done(await wired.give("hold", OPERATOR, call=caller.linkedid, to="203"))
    assert_done(await wired.give("retrieve", "202", call=caller.linkedid))
    assert wire.actions() == [
        "Action: Getvar\nVariable: DIALPLAN_EXISTS(cordboard-hold,201,1)",
        "Action: Setvar\nChannel: PJSIP/itsp-00000001\nVariable: CORDBOARD_FOR\nValue: 203",
        "Action: Setvar\nChannel: PJSIP/itsp-00000001\nVariable: CORDBOARD_HOLD_KIND\nValue: ",
        "Action: BlindTransfer\nChannel: PJSIP/201-00000002\nContext: cordboard-hold\nExten: 201",
        "Action: Getvar\nVariable: DIALPLAN_EXISTS(cordboard-take,202,1)",
        "Action: Setvar\nChannel: PJSIP/itsp-00000001\nVariable: CORDBOARD_AUTO_ANSWER\nValue: 1",
        "Action: Redirect\nChannel: PJSIP/itsp-00000001\nContext: cordboard-take\nExten: 202\nPriority: 1",
    ]


async def test_a_transfer_without_the_include(demo_office: DemoOffice, wire: Wire, wired: Driver) -> None:
    wired.operations.site = Site()
    caller = await talking(demo_office, wired)
    assert_done(await wired.give("transfer", OPERATOR, call=caller.linkedid, to="202"))
    assert wire.actions() == [
        "Action: Getvar\nVariable: DIALPLAN_EXISTS(ext-local,202,1)",
        "Action: BlindTransfer\nChannel: PJSIP/201-00000002\nContext: ext-local\nExten: 202",
    ]


async def test_a_transfer_of_a_call_that_rings(demo_office: DemoOffice, wire: Wire, wired: Driver) -> None:
    await demo_office.call_in()
    ringing = await wired.until(lambda: wired.leg(OPERATOR, RINGING), "201 to ring")
    assert_done(await wired.give("transfer", OPERATOR, call=ringing.linkedid, to="202"))
    assert wire.actions()[-1] == (
        "Action: Redirect\nChannel: PJSIP/itsp-00000001\nContext: cordboard-transfer\nExten: 202\nPriority: 1"
    )


async def test_a_call(demo_office: DemoOffice, wire: Wire, wired: Driver) -> None:
    await demo_office.phone(OPERATOR, answers=True)
    assert_done(await wired.give("call", OPERATOR, to="202"))
    assert wire.actions() == [
        "Action: Getvar\nVariable: DIALPLAN_EXISTS(from-internal,202,1)",
        "Action: Originate\nChannel: PJSIP/201\nContext: cordboard-dial\nExten: 202\nPriority: 1\nTimeout: 30000\n"
        "Async: true\nChannelId: cordboard-ID\nVariable: CONNECTEDLINE(num,i)=202\n"
        "Variable: CONNECTEDLINE(name,i)=Bruno Keller",
    ]


async def test_a_consultation_of_every_kind(demo_office: DemoOffice, wire: Wire, wired: Driver) -> None:
    caller = await talking(demo_office, wired)
    await demo_office.phone("202", answers=True)
    assert_done(await wired.give("consult", OPERATOR, call=caller.linkedid, to="202"))
    assert wire.actions() == [
        "Action: Getvar\nVariable: DIALPLAN_EXISTS(from-internal,202,1)",
        "Action: Getvar\nVariable: DIALPLAN_EXISTS(cordboard-consult,202,1)",
        "Action: Getvar\nVariable: DIALPLAN_EXISTS(cordboard-hold,201,1)",
        "Action: Setvar\nChannel: PJSIP/itsp-00000001\nVariable: CORDBOARD_HOLD_KIND\nValue: consult",
        "Action: Setvar\nChannel: PJSIP/itsp-00000001\nVariable: CORDBOARD_FOR\nValue: 202",
        "Action: Setvar\nChannel: PJSIP/201-00000002\nVariable: CORDBOARD_CALLER\nValue: PJSIP/itsp-00000001",
        "Action: Setvar\nChannel: PJSIP/201-00000002\nVariable: CORDBOARD_OTHER\nValue: ",
        "Action: Setvar\nChannel: PJSIP/201-00000002\nVariable: CORDBOARD_SECONDS\nValue: ",
        "Action: Redirect\nChannel: PJSIP/itsp-00000001\nContext: cordboard-hold\nExten: 201\nPriority: 1\n"
        "ExtraChannel: PJSIP/201-00000002\nExtraContext: cordboard-consult\nExtraExten: 202\nExtraPriority: 1",
    ]
    await wired.until(lambda: wired.talks_to(wired.leg("202") or caller, OPERATOR), "201 to talk with 202")
    for name, last in (
        ("swap", "Redirect\nChannel: PJSIP/202-00000003\nContext: cordboard-hold\nExten: 201\nPriority: 1\n"
                 "ExtraChannel: PJSIP/201-00000002\nExtraContext: cordboard-rejoin\nExtraExten: s\nExtraPriority: 1"),
        ("swap", "Redirect\nChannel: PJSIP/itsp-00000001\nContext: cordboard-hold\nExten: 201\nPriority: 1\n"
                 "ExtraChannel: PJSIP/201-00000002\nExtraContext: cordboard-rejoin\nExtraExten: s\nExtraPriority: 1"),
        ("complete", "Redirect\nChannel: PJSIP/itsp-00000001\nContext: cordboard-connect\nExten: s\nPriority: 1"),
    ):  # fmt: skip
        assert_done(await wired.give(name, OPERATOR, call=caller.linkedid))
        assert wire.actions()[-1] == f"Action: {last}"


async def test_a_hangup(demo_office: DemoOffice, wire: Wire, wired: Driver) -> None:
    caller = await talking(demo_office, wired)
    assert_done(await wired.give("hangup", OPERATOR, call=caller.linkedid))
    assert wire.actions() == ["Action: Hangup\nChannel: PJSIP/201-00000002\nCause: 16"]


async def test_park_and_unpark(demo_office: DemoOffice, wire: Wire, wired: Driver) -> None:
    caller = await talking(demo_office, wired)
    await demo_office.phone("202", answers=True)
    assert_done(await wired.give("park", OPERATOR, call=caller.linkedid))
    assert_done(await wired.give("unpark", "202", parked=caller.uniqueid))
    assert wire.actions() == [
        "Action: Setvar\nChannel: PJSIP/itsp-00000001\nVariable: __CORDBOARD_OPERATOR\nValue: 201",
        "Action: Park\nChannel: PJSIP/itsp-00000001\nTimeoutChannel: PJSIP/201-00000000",
        "Action: Originate\nChannel: PJSIP/202\nContext: cordboard-unpark\nExten: s\nPriority: 1\nTimeout: 30000\n"
        "Async: true\nChannelId: cordboard-ID\nVariable: CORDBOARD_PARKED=PJSIP/itsp-00000001\n"
        f"{ANSWERS_BY_ITSELF}Variable: CONNECTEDLINE(num,i)=+48600111222\n"
        "Variable: CONNECTEDLINE(name,i)=Jan Novák",
    ]


async def test_a_pickup(demo_office: DemoOffice, wire: Wire, wired: Driver) -> None:
    await demo_office.phone("202", answers=True)
    await demo_office.call_in()
    ringing = await wired.until(lambda: wired.leg(OPERATOR, RINGING), "201 to ring")
    assert_done(await wired.give("pickup", "202", call=ringing.linkedid))
    assert wire.actions() == [
        "Action: Originate\nChannel: PJSIP/202\nContext: cordboard-pickup\nExten: s\nPriority: 1\nTimeout: 30000\n"
        f"Async: true\nChannelId: cordboard-ID\nVariable: CORDBOARD_PICKUP={ringing.uniqueid}\n{ANSWERS_BY_ITSELF}"
        "Variable: CONNECTEDLINE(num,i)=+48600111222\nVariable: CONNECTEDLINE(name,i)=Jan Novák"
    ]


async def test_a_take(demo_office: DemoOffice, wire: Wire, wired: Driver) -> None:
    await demo_office.call_in("5550101")
    waiting = await wired.until(lambda: next(iter(wired.mirror.callers.values()), None), "somebody to wait")
    assert_done(await wired.give("take", "202", caller=waiting.key))
    assert wire.actions() == [
        "Action: Getvar\nVariable: DIALPLAN_EXISTS(from-internal,202,1)",
        "Action: Setvar\nChannel: PJSIP/itsp-00000001\nVariable: __CORDBOARD_OPERATOR\nValue: 202",
        "Action: Setvar\nChannel: PJSIP/itsp-00000001\nVariable: CORDBOARD_AUTO_ANSWER\nValue: 1",
        "Action: Redirect\nChannel: PJSIP/itsp-00000001\nContext: cordboard-take\nExten: 202\nPriority: 1",
    ]


async def test_listening_and_another_way_of_it(demo_office: DemoOffice, wire: Wire, wired: Driver) -> None:
    """By the Uniqueid of the one leg that is meant: the name of a channel would be taken for a prefix."""
    caller = await talking(demo_office, wired)
    (agent,) = wired.mirror.peers_of(caller)
    await demo_office.phone("205", answers=True)
    listen = wired.intent("listen", "205", call=caller.linkedid, party=agent.uniqueid, reason="new, `here`")
    assert_done(await wired.operations.perform(listen))
    assert_done(await wired.give("barge", "205", call=caller.linkedid))
    assert_done(await wired.give("listen_end", "205"))
    assert wire.actions() == [
        "Action: Originate\nChannel: PJSIP/205\nContext: cordboard-spy\nExten: listen\nPriority: 1\nTimeout: 30000\n"
        f"Async: true\nChannelId: cordboard-spy-{listen.key}\nVariable: CORDBOARD_SPY={agent.uniqueid}\n"
        f"{ANSWERS_BY_ITSELF}Variable: CONNECTEDLINE(num,i)=201\nVariable: CONNECTEDLINE(name,i)=Alice Marsh",
        "Action: Redirect\nChannel: PJSIP/205-00000003\nContext: cordboard-spy\nExten: barge\nPriority: 1",
        "Action: Hangup\nChannel: PJSIP/205-00000003\nCause: 16",
    ]


async def test_a_callers_name_cannot_add_anything_to_what_is_sent(
    demo: DemoPbx, demo_office: DemoOffice, wire: Wire, wired: Driver
) -> None:
    """`Variable:` splits at commas, and knows quotes and brackets: whoever calls chooses the name that is shown."""
    await demo_office.phone("202", answers=True)
    await demo.call_from_outside("5550100", name='x",MONITOR_EXEC=id,(${SHELL(id)})', number="+1")
    ringing = await wired.until(lambda: wired.leg(OPERATOR, RINGING), "201 to ring")
    assert_done(await wired.give("pickup", "202", call=ringing.linkedid))
    assert wire.actions()[-1].splitlines()[-1] == "Variable: CONNECTEDLINE(name,i)=x MONITOR_EXEC id SHELL id"


HOSTILE = st.one_of(
    st.text(max_size=80).filter(lambda text: text.strip("0123456789*#+") or not text),
    st.sampled_from(
        [
            "202\r\nAction: Originate\r\nChannel: PJSIP/300\r\nApplication: System\r\nData: id\r\n\r\n",
            "202\nVariable: x=1",
            "202\x00",
            "202\r",
            "202&PJSIP/300",
            "202,1",
            "202@from-trunk",
            "/./",
            "PJSIP/201-00000002",
            "all",
            "h",
            "٢٠٢",
            "+44 20 7946 0000",
            "202\u2028",
            "\ud800",
            "9" * 500,
        ]
    ),
    st.none(),
    st.integers(),
    st.lists(st.text(max_size=3), max_size=3),
)


@settings(max_examples=80, deadline=None)
@given(
    victim=st.sampled_from([(name, argument) for name, arguments in COMMANDS.items() for argument in arguments]),
    hostile=HOSTILE.filter(lambda value: value != ""),
    extra=st.dictionaries(st.sampled_from(["Application", "Variable", "Data"]), HOSTILE, max_size=1),
)
def test_nothing_hostile_reaches_the_pbx(victim: tuple[str, str], hostile: object, extra: dict[str, object]) -> None:
    """One argument is anything, the others are right: no byte is sent, and the call stays as it is."""
    name, argument = victim

    async def story() -> None:
        async with (
            DemoPbx(rate=0, operator_seconds=None, extensions=10) as pbx,
            Wire.to(pbx.ami_url) as wire,
            Driver.on(pbx.ami_url, actions_by=wire.url) as driver,
        ):
            caller = await talking(DemoOffice(pbx), driver)
            right = {
                "call": caller.linkedid, "to": "202", "party": caller.uniqueid, "parked": "", "caller": "",
                "listening": "",
                "seconds": "30", "queue": "front", "room": "801",
                "member": caller.uniqueid,
            }  # fmt: skip
            arguments = {each: right[each] for each in COMMANDS[name]} | extra | {argument: hostile}
            wire.forget()
            outcome = await driver.give(name, OPERATOR, **arguments)
            assert outcome.state is CommandState.FAILED
            assert outcome.text
            assert wire.sent == b""
            assert driver.talks_to(caller, OPERATOR)

    asyncio.run(story())


async def test_a_command_that_does_not_exist_is_refused(demo_driver: Driver) -> None:
    for name in ("", "Originate", "queue_add", "__init__"):
        outcome = await demo_driver.give(name, OPERATOR, call="1")
        assert outcome.state is CommandState.FAILED
    assert demo_driver.sent == []

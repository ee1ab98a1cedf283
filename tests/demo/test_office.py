"""Life in the demo office: the same seed gives the same day, nothing is left over, the lists say what is going on."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest

from ami_worker.demo.office import extensions, make_office
from ami_worker.demo.traffic import Traffic
from tests.demo.stage import Stage


OPERATORS = ("201", "202", "203")


def day(seed: int, *, count: int = 60, rate: float = 0.5) -> tuple[Stage, Traffic]:
    """An office in which people live, not yet begun."""
    stage = Stage(make_office(count), seed=seed, natural=True)
    for number in OPERATORS:
        stage.phone(number).answers_after = 1.5
    traffic = Traffic(stage.pbx, seed=seed, rate=rate, operators=OPERATORS)
    return stage, traffic


def evening(stage: Stage, traffic: Traffic) -> None:
    """Nobody begins anything new; what is going on comes to its end."""
    traffic.stop()
    stage.wait(4000)


def digest(seed: int) -> str:
    stage, traffic = day(seed)
    traffic.start()
    stage.wait(600)
    return hashlib.sha256("".join(stage.texts).encode()).hexdigest()


def test_the_same_seed_gives_the_same_events_to_the_last_byte() -> None:
    assert digest(7) == digest(7)
    assert digest(7) != digest(8)


@pytest.mark.parametrize("seed", range(3))
def test_after_the_last_call_nothing_remains(seed: int) -> None:
    stage, traffic = day(seed, rate=1.0)
    traffic.start()
    stage.wait(1800)
    evening(stage, traffic)
    assert stage.empty
    truth = stage.pbx.truth()
    assert {state for device, state in truth["devices"].items() if device.startswith("PJSIP/")} <= {1, 5}
    members = [member for queue in stage.pbx.queues.queues.values() for member in queue.members.values()]
    assert not any(member.pending or member.in_call for member in members)
    begun = Counter(event["Event"] for event in stage.events)
    assert begun["Newchannel"] == begun["Hangup"]
    assert begun["BridgeEnter"] == begun["BridgeLeave"]
    assert begun["QueueCallerJoin"] == begun["QueueCallerLeave"]
    assert begun["ParkedCall"] == sum(
        begun[f"{end}"] for end in ("UnParkedCall", "ParkedCallTimeOut", "ParkedCallGiveUp")
    )


def test_a_day_has_everything_that_happens_in_an_office() -> None:
    stage, traffic = day(7, rate=0.25)
    traffic.start()
    stage.wait(2 * 3600)
    seen = {event["Event"] for event in stage.events}
    assert seen >= {
        "AgentComplete",
        "AgentRingNoAnswer",
        "AttendedTransfer",
        "BlindTransfer",
        "ConfbridgeJoin",
        "ContactStatus",
        "Hold",
        "LocalBridge",
        "MessageWaiting",
        "ParkedCall",
        "ParkedCallTimeOut",
        "PresenceStateChange",
        "QueueCallerAbandon",
        "QueueMemberPause",
        "Registry",
        "UnParkedCall",
    }
    ends = Counter(event["DialStatus"] for event in stage.named("DialEnd"))
    assert ends["ANSWER"] > ends["NOANSWER"] > 0
    assert ends["BUSY"] > 0


def test_every_event_of_a_channel_lies_between_its_newchannel_and_its_hangup() -> None:
    stage, traffic = day(7, rate=1.0)
    traffic.start()
    stage.wait(900)
    alive: set[str] = set()
    late = (
        "AgentComplete",
        "AttendedTransfer",
    )  # these come from other threads of Asterisk, and may be late there, too
    for event in stage.events:
        if event["Event"] == "Newchannel":
            assert event["Uniqueid"] not in alive
            alive.add(event["Uniqueid"])
        elif event["Event"] not in late:
            for header in ("Uniqueid", "DestUniqueid", "ParkeeUniqueid"):
                assert event.get(header, "") in alive | {""}, event
        if event["Event"] == "Hangup":
            alive.remove(event["Uniqueid"])
    assert alive == set(stage.pbx.truth()["channels"])


def test_the_lists_say_what_is_going_on() -> None:
    stage, traffic = day(7, rate=2.0)
    traffic.start()
    for _ in range(20):
        stage.wait(97)
        truth = stage.pbx.truth()
        channels = {item["Uniqueid"]: item for item in stage.act("CoreShowChannels")[1:-1]}
        assert channels.keys() == truth["channels"].keys()
        for uniqueid, channel in truth["channels"].items():
            assert channels[uniqueid]["BridgeId"] == channel["bridge"]
            assert channels[uniqueid]["Linkedid"] == channel["linkedid"]
        waiting = [item for item in stage.act("QueueStatus") if item.get("Event") == "QueueEntry"]
        assert [entry["Uniqueid"] for entry in waiting] == [u for queue in truth["callers"].values() for u in queue]
        parked = {int(item["ParkingSpace"]): item["ParkeeUniqueid"] for item in stage.act("ParkedCalls")[1:-1]}
        assert parked == truth["parked"]
        hints = {item["Exten"]: int(item["Status"]) for item in stage.act("ExtensionStateList")[1:-1]}
        assert hints == truth["hints"]
        for room, users in truth["rooms"].items():
            listed = stage.act("ConfbridgeList", Conference=room)[1:-1]
            assert sorted(item["Uniqueid"] for item in listed) == users


def test_events_add_up_to_what_the_lists_say() -> None:
    """Somebody who has heard every event knows the channels, their bridges and the lamps without asking."""
    stage, traffic = day(7, rate=2.0)
    traffic.start()
    stage.wait(1000)
    bridges: dict[str, str] = {}
    lamps = dict.fromkeys(stage.pbx.phones, 0)
    for event in stage.events:
        match event["Event"]:
            case "Newchannel" | "BridgeLeave":
                bridges[event["Uniqueid"]] = ""
            case "BridgeEnter":
                bridges[event["Uniqueid"]] = event["BridgeUniqueid"]
            case "Hangup":
                del bridges[event["Uniqueid"]]
            case "ExtensionStatus":
                lamps[event["Exten"]] = int(event["Status"])
    truth = stage.pbx.truth()
    assert bridges == {uniqueid: channel["bridge"] for uniqueid, channel in truth["channels"].items()}
    assert lamps == truth["hints"]


def test_the_phones_of_operators_answer_by_themselves_and_do_nothing_else() -> None:
    stage, traffic = day(7)
    traffic.start()
    stage.wait(10)
    caller = stage.call("5550100")
    stage.wait(2)
    assert caller.bridge is not None
    assert [peer.device for peer in caller.peers] == ["PJSIP/201"]
    stage.wait(600)
    mine = {channel.device for channel in stage.switch.channels.values() if channel.held}
    assert not mine & {f"PJSIP/{number}" for number in OPERATORS}


def test_phones_and_queues_have_names_as_on_a_real_pbx() -> None:
    stage = Stage(make_office(60))
    users = {item["VoiceMailbox"]: item["Fullname"] for item in stage.act("VoicemailUsersList")[1:-1]}
    assert len(set(users.values())) == 60
    assert users["201"] == "Alice Marsh"
    assert any(not name.isascii() for name in users.values())
    members = [item for item in stage.act("QueueStatus") if item.get("Event") == "QueueMember"]
    assert {member["Name"] for member in members} <= set(users.values())
    assert any(member["Location"].startswith("Local/") for member in members)


def test_extension_numbers_leave_room_for_queues_parking_and_conferences() -> None:
    numbers = list(extensions(5000))
    assert len(set(numbers)) == 5000
    assert not any(600 <= int(number) < 1000 for number in numbers)
    office = make_office(5000)
    assert len(office.people) == 5000
    assert len({person.did for person in office.people.values()}) == 5000


@pytest.mark.parametrize("count", [9, 5001])
def test_an_office_has_10_to_5000_extensions(count: int) -> None:
    with pytest.raises(ValueError, match="10 to 5000"):
        make_office(count)


def test_an_office_with_fifty_queues_has_nearly_a_thousand_members_and_all_its_queues_are_called() -> None:
    office = make_office(1000, queues=50)
    assert len(office.queues) == 50
    assert sum(len(plan.members) for plan in office.queues.values()) > 950
    assert {plan.exten for plan in office.queues.values()} <= set(office.dids.values())
    assert list(make_office(1000).queues.values()) == list(office.queues.values())[:3]


@pytest.mark.parametrize("queues", [2, 100])
def test_an_office_has_3_to_99_queues(queues: int) -> None:
    with pytest.raises(ValueError, match="3 to 99"):
        make_office(60, queues)


def test_5000_extensions_and_50_calls_a_second_take_less_than_half_a_core() -> None:
    """Measured in processor time, so that a busy machine does not matter; a fifth is what it takes here at most."""
    import time

    stage, traffic = day(7, count=5000, rate=50.0)
    stage.switch.listeners.clear()
    size = [0]
    stage.switch.listeners.append(lambda _classes, _name, text: size.__setitem__(0, size[0] + len(text)))
    traffic.start()
    stage.wait(30)
    began = time.process_time()
    stage.wait(30)
    assert time.process_time() - began < 15
    assert size[0] > 10_000_000
    assert len(stage.switch.channels) > 1000

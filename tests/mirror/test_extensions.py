"""Extensions: which there are, what they are called, and in which state they are when no call of ours says so."""

from __future__ import annotations

import pytest

from ami_worker.mirror import Family, Listing
from panel.vocabulary import Kind, Link

from .board import Board, message, uid


@pytest.mark.parametrize(
    ("device", "state"),
    [
        ("NOT_INUSE", "idle"),
        ("INUSE", "talking"),
        ("BUSY", "talking"),
        ("RINGING", "ringing"),
        ("RINGINUSE", "ringing"),
        ("ONHOLD", "held"),
        ("UNAVAILABLE", "offline"),
        ("INVALID", "offline"),
        ("UNKNOWN", "idle"),
        ("something new", "idle"),
    ],
)
def test_a_phone_without_calls_of_ours_is_what_its_device_says(device: str, state: str) -> None:
    """UNKNOWN leaves it to the hint, which is idle."""
    board = Board()
    board.hints({"201": "PJSIP/201"})
    board.devices(PJSIP_201=device)
    assert board.rows(Kind.EXTENSION)["201"]["state"] == state


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("0", "idle"),
        ("1", "talking"),
        ("2", "talking"),
        ("4", "offline"),
        ("8", "ringing"),
        ("9", "ringing"),
        ("16", "held"),
        ("17", "talking"),
        ("-1", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_without_device_states_the_hint_tells(status: str, state: str) -> None:
    board = Board()
    board.event("ExtensionStatus", Exten="201", Context="ext-local", Hint="PJSIP/201", Status=status)
    assert board.rows(Kind.EXTENSION)["201"]["state"] == state
    board.event("ExtensionStatus", Exten="201", Context="ext-local", Hint="PJSIP/201", Status="0")
    board.event("ExtensionStatus", Exten="201", Context="ext-local", Hint="PJSIP/201", Status=status)
    assert board.rows(Kind.EXTENSION)["201"]["state"] == state


def test_do_not_disturb_is_a_switch_in_the_hint() -> None:
    """FreePBX: the hint is the phone and `Custom:DND201`. A call counts more than the switch, the switch more than the
    phone being away."""
    board = Board()
    board.hints({"201": "PJSIP/201&Custom:DND201,CustomPresence:201"})
    board.devices(PJSIP_201="NOT_INUSE")
    board.event("DeviceStateChange", Device="Custom:DND201", State="INUSE")
    assert board.states() == {"201": "dnd"}
    board.devices(PJSIP_201="UNAVAILABLE")
    assert board.states() == {"201": "dnd"}
    board.talk("201", "itsp")
    assert board.states() == {"201": "talking"}
    board.hang_up(1, 2)
    board.event("DeviceStateChange", Device="Custom:DND201", State="NOT_INUSE")
    assert board.states() == {"201": "offline"}


def test_a_switch_whose_state_was_not_told_is_read_from_the_hint() -> None:
    board = Board()
    board.event("ExtensionStatus", Exten="201", Context="ext-local", Hint="PJSIP/201&Custom:DND201", Status="1")
    board.devices(PJSIP_201="NOT_INUSE")
    assert board.states() == {"201": "dnd"}


def test_one_of_two_phones_is_enough_to_be_there() -> None:
    board = Board()
    board.hints({"201": "PJSIP/201&PJSIP/201-web"})
    board.devices(PJSIP_201="UNAVAILABLE")
    board.event("DeviceStateChange", Device="PJSIP/201-web", State="NOT_INUSE")
    assert board.states() == {}
    board.event("DeviceStateChange", Device="PJSIP/201-web", State="UNAVAILABLE")
    assert board.states() == {"201": "offline"}


def test_a_device_state_that_is_behind_the_last_hangup_is_not_believed_at_once() -> None:
    """Device states come by other threads: for two seconds after our last call they may still speak of it."""
    board = Board()
    board.hints({"201": "PJSIP/201", "202": "PJSIP/202"})
    board.talk("201", "202")
    board.devices(PJSIP_201="INUSE")
    board.hang_up(1, 2)
    assert board.states() == {}
    board.changes()
    assert board.mirror.due_at is not None
    board.clock.at = board.mirror.due_at
    assert board.changes()[Kind.EXTENSION, "201"].row["state"] == "talking", "it is busy with what we cannot see"
    board.clock.advance(1)
    board.changes()
    assert board.mirror.due_at is None


def test_what_is_no_phone_is_no_extension() -> None:
    """Feature codes, patterns, parking spaces, queues and conferences have hints too."""
    board = Board()
    board.hints(
        {
            "201": "PJSIP/201",
            "*76201": "Custom:DND201",
            "*80201": "PJSIP/201",
            "_2XX": "PJSIP/201",
            "701": "park:701@parkedcalls",
            "800": "confbridge:800",
            "900": "",
        }
    )
    board.event("DeviceStateChange", Device="Queue:front", State="INUSE")
    assert list(board.rows(Kind.EXTENSION)) == ["201"]


def test_without_any_hints_numbered_devices_stand_in() -> None:
    board = Board()
    board.devices(PJSIP_201="NOT_INUSE", PJSIP_itsp="NOT_INUSE", SIP_202="INUSE", DAHDI_1="NOT_INUSE")
    assert {key: row["state"] for key, row in board.rows(Kind.EXTENSION).items()} == {"201": "idle", "202": "talking"}
    board.hints({"300": "PJSIP/300"})
    assert list(board.rows(Kind.EXTENSION)) == ["300"], "as soon as there are hints they alone count"
    board.lists(Family.HINTS)
    assert list(board.rows(Kind.EXTENSION)) == ["201", "202"]
    board.lists(Family.DEVICES)
    assert board.rows(Kind.EXTENSION) == {}


def test_one_number_in_two_contexts() -> None:
    """The same phone under the same number is one extension; another phone makes two, each with its context."""
    board = Board()
    board.hints({"201": "PJSIP/201"})
    board.event("ExtensionStatus", Exten="201", Context="from-internal", Hint="PJSIP/201", Status="0")
    assert list(board.rows(Kind.EXTENSION)) == ["201"]
    board.changes()
    board.event("ExtensionStatus", Exten="201", Context="other", Hint="PJSIP/x201&PJSIP/201", Status="0")
    keys = {"201@ext-local", "201@other"}
    assert set(board.rows(Kind.EXTENSION)) == keys
    assert board.changes()[Kind.EXTENSION, "201"].row is None
    assert board.mirror.extension_with("201") is None, "nobody knows which is meant"
    board.talk("201", "x201")
    assert board.states() == dict.fromkeys(keys, "talking"), "a call shows at the extension of its own number"
    board.event("ExtensionStatus", Exten="201", Context="other", Hint="", Status="-2")
    board.event("ExtensionStatus", Exten="999", Context="other", Hint="", Status="-2")
    assert set(board.rows(Kind.EXTENSION)) == {"201"}


def test_a_shared_hint_does_not_take_the_calls_of_its_phones() -> None:
    """The secretary's hint watches the boss's phone too: his calls are on his tile."""
    board = Board()
    board.hints({"200": "PJSIP/200&PJSIP/201", "201": "PJSIP/201"})
    board.talk("201", "itsp")
    rows = board.rows(Kind.EXTENSION)
    assert ([len(rows[key]["calls"]) for key in ("200", "201")]) == [0, 1]
    board.lists(Family.HINTS, message("ExtensionStatus", Exten="200", Context="c", Hint="PJSIP/201", Status="0"))
    assert len(board.rows(Kind.EXTENSION)["200"]["calls"]) == 1


def test_the_best_source_of_a_name_wins() -> None:
    """Admin, voicemail, queue, the phone's own caller id, FreePBX."""
    board = Board()
    board.hints({"201": "PJSIP/201"})

    def name() -> object:
        return board.rows(Kind.EXTENSION)["201"]["name"]

    assert name() == ""
    board.mirror.set_names("ampuser", {"201": "From FreePBX"})
    assert name() == "From FreePBX"
    board.channel("Newchannel", 1, "PJSIP/201-1", CallerIDName="From the phone")
    assert name() == "From the phone"
    board.channel("NewCallerid", 1, "PJSIP/201-1", CallerIDNum="5550100", CallerIDName="The company")
    assert name() == "From the phone", "a number that is not its own comes with a name that is not its own"
    member = {"Queue": "front", "Interface": "PJSIP/201", "Status": "1"}
    board.event("QueueMemberAdded", **member, MemberName="PJSIP/201")
    assert name() == "From the phone"
    board.event("QueueMemberStatus", **member, MemberName="From the queue")
    assert name() == "From the queue"
    entry = {"VMContext": "default", "VoiceMailbox": "201", "NewMessageCount": "0", "OldMessageCount": "0"}
    board.lists(Family.MAILBOXES, message("VoicemailUserEntry", Fullname="From voicemail", **entry))
    assert name() == "From voicemail"
    board.mirror.set_listings({"201": Listing("From the admin", "Sales")})
    assert name() == "From the admin"
    board.mirror.set_listings({"201": Listing("", "Sales")})
    assert name() == "From voicemail"


def test_a_department_is_the_admins_or_the_sites() -> None:
    board = Board()
    board.hints({"201": "PJSIP/201", "202": "PJSIP/202"})
    board.mirror.set_names("department", {"201": "Sales", "202": "Sales"})
    board.mirror.set_listings({"202": Listing(group="Support")})
    changes = board.changes()
    assert changes[Kind.EXTENSION, "201"].groups == ("Sales",)
    assert changes[Kind.EXTENSION, "202"].groups == ("Support",)


def test_a_hidden_extension_has_no_tile_and_its_calls_stay_true() -> None:
    board = Board()
    board.hints({"201": "PJSIP/201"})
    board.changes()
    board.mirror.set_listings({"201": Listing(hidden=True)})
    assert board.changes()[Kind.EXTENSION, "201"].row is None
    board.talk("201", "itsp")
    assert board.call()["parties"][0]["extension"] == "201"


def test_a_new_name_goes_wherever_the_old_one_is_shown() -> None:
    board = Board()
    board.hints({"201": "PJSIP/201", "202": "PJSIP/202"})
    board.event("MessageWaiting", Mailbox="201@default", New="1", Old="0")
    board.event("QueueMemberAdded", Queue="front", Interface="PJSIP/201", MemberName="PJSIP/201", Status="1")
    board.talk("201", "202")
    board.channel("QueueCallerJoin", 9, "PJSIP/201-9", Queue="front", Position="1", Count="1")
    board.changes()
    board.mirror.set_listings({"201": Listing("Alice", "Sales")})
    changes = board.changes()
    assert changes[Kind.EXTENSION, "202"].row["calls"][0]["other"]["name"] == "Alice"
    assert changes[Kind.CALL, uid(1)].row["caller"]["name"] == "Alice"
    assert changes[Kind.MEMBER, "front/PJSIP/201"].row["name"] == "Alice"
    assert changes[Kind.CALLER, f"front/{uid(9)}"].groups == ("Sales",)
    assert changes[Kind.QUEUE, "front"].groups == ("Sales",)
    assert changes[Kind.MAILBOX, "201@default"].groups == ("Sales",)


def test_after_a_reconnect_hold_is_read_from_the_devices() -> None:
    """A device is ONHOLD when all its channels are being held."""
    board = Board()
    board.hints({"201": "PJSIP/201"})
    board.mirror.set_link(Link.STALE)
    up = {"ChannelState": "6", "BridgeId": "b", "Linkedid": uid(1), "Duration": "00:01:05"}
    items = [
        message("CoreShowChannel", Channel="PJSIP/itsp-1", Uniqueid=uid(1), Application="Dial", **up),
        message("CoreShowChannel", Channel="PJSIP/201-2", Uniqueid=uid(2), Application="AppDial", **up),
    ]
    board.lists(Family.CHANNELS, *items)
    board.lists(Family.DEVICES, *held("ONHOLD"))
    assert (board.call()["state"], board.call()["held_by"]) == ("held", "201")
    assert board.states() == {"201": "held"}
    assert board.call()["started_at"].endswith("06:45:35.000Z") or board.call()["started_at"]
    board.lists(Family.CHANNELS, *items)
    board.lists(Family.DEVICES, *held("INUSE"))
    assert (board.call()["state"], board.call()["held_by"]) == ("talking", "")
    board.event("MusicOnHoldStart", Uniqueid=uid(1))
    board.event("Hold", Uniqueid=uid(2))
    board.lists(Family.DEVICES, *held("INUSE"))
    assert board.call()["state"] == "held", "what events have told of is not guessed at"


def held(state: str) -> list:  # type: ignore[type-arg]
    return [
        message("DeviceStateChange", Device="PJSIP/itsp", State=state),
        message("DeviceStateChange", Device="PJSIP/201", State="INUSE"),
    ]


def test_channels_of_an_extension() -> None:
    board = Board()
    board.hints({"201": "PJSIP/201"})
    board.channel("Newchannel", 2, "PJSIP/201-2", ChannelState="0")
    board.channel("Newchannel", 1, "PJSIP/201-1", ChannelState="4")
    extension = board.mirror.extensions["201"]
    assert [channel.uniqueid for channel in board.mirror.channels_of(extension)] == [uid(1), uid(2)]
    assert board.mirror.extension_of(board.mirror.channels[uid(1)]) is extension
    assert board.mirror.peers_of(board.mirror.channels[uid(1)]) == []

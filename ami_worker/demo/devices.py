"""States that a PBX keeps beside its calls: devices, hints, presence, mailboxes, registrations.

A device's state is counted from its channels; hints and queue members follow it. As chan_pjsip has it, ONHOLD is the
state of the phone that somebody has put on hold, not of the phone where hold was pressed. Only `ami_worker.demo` may
import this module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from ami_worker.demo.office import HINTS, Person, TrunkPlan
from ami_worker.demo.wire import CALL, SYSTEM, escape_c


UNKNOWN, NOT_INUSE, INUSE, BUSY, INVALID, UNAVAILABLE, RINGING, RINGINUSE, ONHOLD = range(9)
DEVICE_STATES: Final = (
    "UNKNOWN",
    "NOT_INUSE",
    "INUSE",
    "BUSY",
    "INVALID",
    "UNAVAILABLE",
    "RINGING",
    "RINGINUSE",
    "ONHOLD",
)
"""The words of `DeviceStateChange`; the number is the `Status` of a queue member (include/asterisk/devicestate.h)."""

BUSY_AT: Final = 2
"""How many calls make a phone busy: device_state_busy_at."""

_WEIGHTS: Final = (1, 3, 6, 7, 0, 2, 5, 8, 4)  # which of several devices decides a hint: ast_devstate_aggregate_add
_HINT_STATES: Final = (0, 0, 1, 2, 4, 4, 8, 9, 16)  # ast_devstate_to_extenstate
HINT_TEXTS: Final = {0: "Idle", 1: "InUse", 2: "Busy", 4: "Unavailable", 8: "Ringing", 9: "InUse&Ringing", 16: "Hold"}


class Emit(Protocol):
    def __call__(self, name: str, body: str, classes: int = CALL) -> None: ...


class Hint:
    """An extension's lamp."""

    __slots__ = ("devices", "exten", "status", "text")

    def __init__(self, exten: str, text: str, devices: tuple[str, ...]) -> None:
        self.exten = exten
        self.text = text
        self.devices = devices
        self.status = 0

    @property
    def block(self) -> str:
        return (
            f"Exten: {self.exten}\r\nContext: {HINTS}\r\nHint: {self.text}\r\n"
            f"Status: {self.status}\r\nStatusText: {HINT_TEXTS[self.status]}\r\n"
        )


class Mailbox:
    """Messages of one person."""

    __slots__ = ("email", "name", "new", "number", "old")

    def __init__(self, number: str, name: str, email: str) -> None:
        self.number = number
        self.name = name
        self.email = email
        self.new = 0
        self.old = 0


class Registration:
    """Our registration with a provider."""

    __slots__ = ("plan", "status")

    def __init__(self, plan: TrunkPlan) -> None:
        self.plan = plan
        self.status = "Registered"


class Devices:
    """The states. `emit` sends an event."""

    def __init__(self, emit: Emit) -> None:
        self.emit = emit
        self.states: dict[str, int] = {}
        self.hints: dict[str, Hint] = {}
        self.presence: dict[str, tuple[str, str]] = {}  # provider -> state, message
        self.mailboxes: dict[str, Mailbox] = {}
        self.registrations: dict[str, Registration] = {}
        self.watchers: dict[str, list[Callable[[str, int], object]]] = {}  # by device or "hint:EXTEN@CONTEXT"
        self._counts: dict[str, dict[str, int]] = {}
        self._unregistered: set[str] = set()
        self._hints_of: dict[str, list[Hint]] = {}

    def add_person(self, person: Person) -> None:
        """The phone, the lamp and the mailbox of somebody; nothing is told yet."""
        self.states[person.device] = NOT_INUSE
        custom = f"Custom:DND{person.extension}"
        self.states[custom] = NOT_INUSE
        hint = Hint(person.extension, person.hint, (person.device, custom))
        self.hints[person.extension] = hint
        for device in hint.devices:
            self._hints_of[device] = [hint]
        self.presence[f"CustomPresence:{person.extension}"] = ("not_set", "")
        self.mailboxes[person.extension] = Mailbox(person.extension, person.name, person.email)

    def add_trunk(self, plan: TrunkPlan) -> None:
        self.states[f"PJSIP/{plan.endpoint}"] = NOT_INUSE
        self.registrations[plan.endpoint] = Registration(plan)

    # -- devices ------------------------------------------------------------------------------------------------------

    def count(self, device: str, before: str, after: str) -> None:
        """A channel of `device` counts as `after` now ("", "ringing", "inuse", "onhold") and did as `before`."""
        counts = self._counts.setdefault(device, {"ringing": 0, "inuse": 0, "onhold": 0})
        if before:
            counts[before] -= 1
        if after:
            counts[after] += 1
        self._update(device)

    def registered(self, device: str) -> bool:
        return device in self.states and device not in self._unregistered

    def register(self, device: str, on: bool) -> None:
        """A phone comes or goes; its contact says so first."""
        if on == (device not in self._unregistered):
            return
        (self._unregistered.discard if on else self._unregistered.add)(device)
        number = device.partition("/")[2]
        status = "Reachable" if on else "Removed"
        rtt = "RoundtripUsec: 2412\r\n" if on else ""
        uri = f"URI: sip:{number}@192.0.2.{int(number[-2:]) + 1}:5060\r\n"
        self.emit(
            "ContactStatus", f"{uri}ContactStatus: {status}\r\nAOR: {number}\r\nEndpointName: {number}\r\n{rtt}", SYSTEM
        )
        reach = "Reachable" if on else "Unreachable"
        self.emit("PeerStatus", f"ChannelType: PJSIP\r\nPeer: {device}\r\nPeerStatus: {reach}\r\n", SYSTEM)
        self._update(device)

    def _update(self, device: str) -> None:
        counts = self._counts.get(device) or {"ringing": 0, "inuse": 0, "onhold": 0}
        ringing, inuse, onhold = counts["ringing"], counts["inuse"], counts["onhold"]
        if device in self._unregistered:
            state = UNAVAILABLE
        elif inuse + onhold >= BUSY_AT and device in self._hints_of:
            state = BUSY
        elif ringing:
            state = RINGINUSE if inuse or onhold else RINGING
        elif inuse:
            state = INUSE
        else:
            state = ONHOLD if onhold else NOT_INUSE
        self.set(device, state)

    def set(self, device: str, state: int) -> None:
        """Tell a new state, then what follows from it."""
        if self.states.get(device, -1) == state:
            return
        self.states[device] = state
        self.emit("DeviceStateChange", f"Device: {device}\r\nState: {DEVICE_STATES[state]}\r\n")
        for hint in self._hints_of.get(device, ()):
            self._update_hint(hint)
        for watcher in self.watchers.get(device, ()):
            watcher(device, state)

    def _update_hint(self, hint: Hint) -> None:
        state = self._aggregate(hint)
        status = _HINT_STATES[state]
        if status == hint.status:
            return
        hint.status = status
        self.emit("ExtensionStatus", hint.block)
        for watcher in self.watchers.get(f"hint:{hint.exten}@{HINTS}", ()):
            watcher(hint.exten, state)

    def _aggregate(self, hint: Hint) -> int:
        states = [self.states[device] for device in hint.devices]
        if RINGING in states and (INUSE in states or ONHOLD in states or BUSY in states):
            return RINGINUSE
        return max(states, key=lambda state: _WEIGHTS[state])

    def state_of(self, interface: str) -> int:
        """The state of what a queue member is watched by: a device, or `hint:204@ext-local`."""
        if interface.startswith("hint:"):
            hint = self.hints.get(interface[5:].partition("@")[0])
            return self._aggregate(hint) if hint else INVALID
        return self.states.get(interface, INVALID)

    # -- the rest -----------------------------------------------------------------------------------------------------

    def set_presence(self, provider: str, state: str, message: str = "") -> None:
        if self.presence.get(provider) == (state, message):
            return
        self.presence[provider] = (state, message)
        self.emit("PresenceStateChange", self.presence_block(provider))
        hint = self.hints.get(provider.removeprefix("CustomPresence:"))
        if hint is not None:
            body = f"Exten: {hint.exten}\r\nContext: {HINTS}\r\nHint: {hint.text}\r\n"
            self.emit("PresenceStatus", f"{body}Status: {state}\r\nSubtype: \r\nMessage: {message}\r\n")

    def presence_block(self, provider: str) -> str:
        state, message = self.presence[provider]
        return f"Presentity: {provider}\r\nStatus: {state}\r\nSubtype: \r\nMessage: {escape_c(message)}\r\n"

    def message_left(self, number: str, channel_block: str = "") -> None:
        """A new voice message, left by the channel of that block."""
        self.mailboxes[number].new += 1
        self._tell_waiting(number, channel_block)

    def messages_heard(self, number: str, channel_block: str = "") -> None:
        box = self.mailboxes[number]
        box.new, box.old = 0, box.old + box.new
        self._tell_waiting(number, channel_block)

    def _tell_waiting(self, number: str, channel_block: str = "") -> None:
        box = self.mailboxes[number]
        body = f"Mailbox: {number}@default\r\nWaiting: {int(box.new > 0)}\r\nNew: {box.new}\r\nOld: {box.old}\r\n"
        self.emit("MessageWaiting", channel_block + body)

    def set_registration(self, endpoint: str, status: str, cause: str = "") -> None:
        registration = self.registrations[endpoint]
        registration.status = status
        plan = registration.plan
        body = f"ChannelType: PJSIP\r\nUsername: sip:{plan.user}@{plan.server}\r\nDomain: sip:{plan.server}\r\n"
        extra = f"Cause: {cause}\r\n" if cause else ""
        self.emit("Registry", f"{body}Status: {status}\r\n{extra}", SYSTEM)

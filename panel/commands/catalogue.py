"""The catalogue: every command that an operator can give, with its arguments and the right it needs.

Read by submit.py (what is accepted), permissions.py (who may), the pages (buttons, keys, help) and the tests. What
a command does to the PBX is in `ami_worker/operations`. A new command is one entry here, its permission in
models.py, and one module there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from panel.vocabulary import Kind


if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class ArgumentKind(StrEnum):
    """What the text of an argument names."""

    CALL = "call"  # key of a call row
    PARKED = "parked"  # key of a parked row
    CALLER = "caller"  # key of a waiting caller's row
    PARTY = "party"  # key of one party of the call that the argument `call` names
    TARGET = "target"  # an extension's key, or a number as dialled
    PERSON = "person"  # an extension's key
    QUEUE = "queue"  # key of a queue row
    ROOM = "room"  # a conference room's number; the room need not be open
    MEMBER = "member"  # key (`channel`) of one member of the room that the argument `room` names
    DIGITS = "digits"  # 0-9, A-D, * and #: what a telephone's keypad can send
    SECONDS = "seconds"  # a whole number as text
    AGENT = "agent"  # key of a member's row: one person in one queue
    PENALTY = "penalty"  # a whole number as text
    FLAG = "flag"  # "yes", or left out
    QUEUES = "queues"  # keys of queue rows, with commas between them
    MINUTES = "minutes"  # a whole number as text
    COMMAND = "command"  # key of a command that was given before
    LISTENING = "listening"  # key of a listening's row
    PROMPT = "prompt"  # name of a prompt that the admin has written down
    TEXT = "text"  # free text of one line


ROW_OF_ARGUMENT: dict[ArgumentKind, Kind] = {
    ArgumentKind.CALL: Kind.CALL,
    ArgumentKind.PARKED: Kind.PARKED,
    ArgumentKind.CALLER: Kind.CALLER,
    ArgumentKind.PERSON: Kind.EXTENSION,
    ArgumentKind.QUEUE: Kind.QUEUE,
    ArgumentKind.AGENT: Kind.MEMBER,
    ArgumentKind.LISTENING: Kind.LISTENING,
}
"""The arguments that are keys of a live row: it must exist, and the operator must see it."""


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    kind: ArgumentKind
    help: str | _StrPromise
    required: bool = True


@dataclass(frozen=True, slots=True)
class CommandSpec:
    name: str
    title: str | _StrPromise
    help: str | _StrPromise
    arguments: tuple[Argument, ...]
    key: str = ""
    """The key that the board suggests for it; the board shows it beside the button."""
    needs_phone: bool = False
    """It rings or redirects to the operator's own phone, so there must be one."""
    repeats: bool = False
    """Given again while the first is under way it means twice, not a double click: `1` and `1` are eleven."""

    @property
    def codename(self) -> str:
        """The permission's codename on `Command`; models.py defines it."""
        return f"give_{self.name}"

    @property
    def permission(self) -> str:
        """The permission as `has_perm` wants it."""
        return f"commands.{self.codename}"

    def as_json(self) -> dict[str, Any]:
        """The entry as the pages get it; texts in the language that is active now."""
        return {
            "name": self.name,
            "title": str(self.title),
            "help": str(self.help),
            "key": self.key,
            "needs_phone": self.needs_phone,
            "arguments": [
                {"name": each.name, "kind": each.kind.value, "required": each.required, "help": str(each.help)}
                for each in self.arguments
            ],
        }


_CALL = Argument("call", ArgumentKind.CALL, _("the call"))
_PARTY = Argument("party", ArgumentKind.PARTY, _("one party of the call; left out: the one it must be"), required=False)
_TO = Argument("to", ArgumentKind.TARGET, _("to whom"))
_SECONDS = Argument("seconds", ArgumentKind.SECONDS, _("how long it rings; left out: as is usual"), required=False)
_ROOM = Argument("room", ArgumentKind.ROOM, _("the conference room"))
_MEMBER = Argument("member", ArgumentKind.MEMBER, _("who is in the room"))
_CALLER = Argument("caller", ArgumentKind.CALLER, _("the waiting caller"))
_AGENT = Argument("agent", ArgumentKind.AGENT, _("who works in the queue"))
_PERSON = Argument("person", ArgumentKind.PERSON, _("who"))
_HEARD = Argument("party", ArgumentKind.PARTY, _("whom to hear; left out: the only one of the house"), required=False)
_WHY = Argument("reason", ArgumentKind.TEXT, _("why, for the log"), required=False)
_EVERYWHERE = Argument("everywhere", ArgumentKind.FLAG, _("in all queues of this person"), required=False)

_ALL = (
    CommandSpec(
        "call",
        _("Call"),
        _("Your phone rings; when you answer, the other one is called."),
        (Argument("to", ArgumentKind.TARGET, _("whom to call")),),
        key="Enter",
        needs_phone=True,
    ),
    CommandSpec("hangup", _("Hang up"), _("Ends the call, or one party's part in it."), (_CALL, _PARTY), key="Alt+H"),
    CommandSpec(
        "transfer",
        _("Transfer"),
        _("Sends the caller on without asking first; who does not answer sends the caller back to you."),
        (_CALL, _TO, _PARTY, _SECONDS),
        key="Enter",
    ),
    CommandSpec(
        "serial",
        _("Transfer and come back"),
        _("Sends the caller on; when the other one hangs up, the caller comes back to you for the next person."),
        (_CALL, _TO, _PARTY, _SECONDS),
        key="Alt+R",
    ),
    CommandSpec(
        "camp",
        _("Camp on"),
        _("The caller waits with music until the other one is free, and comes back to you when that takes too long."),
        (_CALL, Argument("to", ArgumentKind.PERSON, _("for whom the caller waits")), _PARTY),
        key="Alt+C",
    ),
    CommandSpec(
        "voicemail",
        _("To voicemail"),
        _("Sends the caller to somebody's mailbox."),
        (_CALL, Argument("to", ArgumentKind.PERSON, _("whose mailbox")), _PARTY),
        key="Alt+V",
    ),
    CommandSpec(
        "enqueue",
        _("To a queue"),
        _("Sends the caller into a queue; who is not answered there comes back to you."),
        (_CALL, Argument("queue", ArgumentKind.QUEUE, _("the queue")), _PARTY),
    ),
    CommandSpec("confer", _("To a conference"), _("Sends the caller into a conference room."), (_CALL, _ROOM, _PARTY)),
    CommandSpec(
        "hold",
        _("Hold"),
        _("The caller waits with music, for whoever takes the call; after a time your phone rings with it again."),
        (_CALL, _PARTY, Argument("to", ArgumentKind.PERSON, _("for whom the caller waits"), required=False)),
        key="Alt+O",
    ),
    CommandSpec(
        "retrieve",
        _("Fetch back"),
        _("Brings a caller who is on hold, on the way to somebody or coming back to your phone."),
        (_CALL,),
        key="Alt+B",
        needs_phone=True,
    ),
    CommandSpec(
        "consult",
        _("Ask first"),
        _("The caller hears music while you talk to the other one; then complete, cancel, swap or join."),
        (_CALL, Argument("to", ArgumentKind.TARGET, _("whom to ask"), required=False), _PARTY),
        key="Shift+Enter",
        needs_phone=True,
    ),
    CommandSpec(
        "complete",
        _("Connect them"),
        _("Connects the caller with the one you are asking; while that phone rings, as a transfer that comes back."),
        (_CALL,),
        key="Enter",
    ),
    CommandSpec(
        "cancel", _("Back to the caller"), _("Ends the asking; you have the caller again."), (_CALL,), key="Esc"
    ),
    CommandSpec("swap", _("Swap"), _("Talk to the other one of the two."), (_CALL,), key="Alt+S"),
    CommandSpec("join", _("Join all three"), _("Brings all three together in a conference."), (_CALL,), key="Alt+J"),
    CommandSpec(
        "dtmf",
        _("Send tones"),
        _("Sends digits as tones to the other party."),
        (_CALL, Argument("digits", ArgumentKind.DIGITS, _("the digits")), _PARTY),
        key="Alt+T",
        repeats=True,
    ),
    CommandSpec("mute", _("Mute"), _("Nobody hears you, or the party that is named."), (_CALL, _PARTY), key="Alt+M"),
    CommandSpec(
        "unmute", _("Unmute"), _("You, or the party that is named, are heard again."), (_CALL, _PARTY), key="Alt+M"
    ),
    CommandSpec("record", _("Record"), _("Records the call; everybody who sees it sees that."), (_CALL,)),
    CommandSpec("record_pause", _("Pause recording"), _("Leaves out what is said from now on."), (_CALL,)),
    CommandSpec("record_resume", _("Go on recording"), _("Records on after a pause."), (_CALL,)),
    CommandSpec("record_stop", _("Stop recording"), _("Ends the recording."), (_CALL,)),
    CommandSpec("room_mute", _("Mute in the room"), _("Nobody in the room hears this one."), (_ROOM, _MEMBER)),
    CommandSpec("room_unmute", _("Unmute in the room"), _("This one is heard again."), (_ROOM, _MEMBER)),
    CommandSpec("room_kick", _("Out of the room"), _("Ends this one's part in the conference."), (_ROOM, _MEMBER)),
    CommandSpec("room_lock", _("Lock the room"), _("Nobody else gets in."), (_ROOM,)),
    CommandSpec("room_unlock", _("Unlock the room"), _("Others can get in again."), (_ROOM,)),
    CommandSpec(
        "answer",
        _("Answer"),
        _("Makes your ringing phone answer, where phone and PBX can do that."),
        (_CALL,),
        needs_phone=True,
    ),
    CommandSpec(
        "note",
        _("Note"),
        _("Writes a line that goes with the call to whoever has it next; an empty one takes it away."),
        (_CALL, Argument("text", ArgumentKind.TEXT, _("the note"), required=False)),
        key="Alt+N",
    ),
    CommandSpec(
        "message",
        _("Message"),
        _("Sends somebody a line by e-mail, such as whom to call back."),
        (
            Argument("to", ArgumentKind.PERSON, _("to whom")),
            Argument("text", ArgumentKind.TEXT, _("the message")),
        ),
        key="Alt+L",
    ),
    CommandSpec("claim", _("I take this"), _("Shows the others that you are about to take this call."), (_CALL,)),
    CommandSpec(
        "park", _("Park"), _("Puts the caller in a parking space, for anybody to take."), (_CALL, _PARTY), key="Alt+P"
    ),
    CommandSpec(
        "unpark",
        _("Take back"),
        _("Brings a parked call to your phone."),
        (Argument("parked", ArgumentKind.PARKED, _("the parked call")),),
        key="Enter",
        needs_phone=True,
    ),
    CommandSpec(
        "pickup",
        _("Pick up"),
        _("Brings a call that rings somewhere else to your phone."),
        (_CALL,),
        key="Alt+U",
        needs_phone=True,
    ),
    CommandSpec(
        "take",
        _("Take"),
        _("Brings a waiting caller out of the queue to your phone, before the turn."),
        (_CALLER,),
        key="Enter",
        needs_phone=True,
    ),
    CommandSpec(
        "agent_pause",
        _("Pause"),
        _("The queue rings this person no more, until they take calls again."),
        (_AGENT, Argument("reason", ArgumentKind.TEXT, _("why"), required=False), _EVERYWHERE),
    ),
    CommandSpec("agent_unpause", _("Take calls again"), _("Ends a pause."), (_AGENT, _EVERYWHERE)),
    CommandSpec(
        "agent_add",
        _("Into the queue"),
        _("Lets somebody take calls of a queue."),
        (
            _PERSON,
            Argument("queue", ArgumentKind.QUEUE, _("the queue")),
            Argument("penalty", ArgumentKind.PENALTY, _("how late this one is rung; left out: first"), required=False),
        ),
    ),
    CommandSpec("agent_remove", _("Out of the queue"), _("Takes somebody out of a queue."), (_AGENT, _EVERYWHERE)),
    CommandSpec(
        "agent_penalty",
        _("Penalty"),
        _("The higher it is, the later the queue rings this person."),
        (_AGENT, Argument("penalty", ArgumentKind.PENALTY, _("a whole number, 0 is first"))),
    ),
    CommandSpec(
        "agent_ringinuse",
        _("Ring during calls"),
        _("Whether the queue rings this person while they are on another call."),
        (_AGENT, Argument("on", ArgumentKind.FLAG, _("“yes”; left out: no"), required=False)),
    ),
    CommandSpec(
        "agent_login",
        _("Log in to queues"),
        _("Lets somebody take calls of several queues, in one go."),
        (_PERSON, Argument("queues", ArgumentKind.QUEUES, _("the queues, with commas between them"))),
    ),
    CommandSpec(
        "agent_logout",
        _("Log out of queues"),
        _("Takes somebody out of several queues, in one go."),
        (_PERSON, Argument("queues", ArgumentKind.QUEUES, _("the queues, with commas between them"))),
    ),
    CommandSpec(
        "agent_borrow",
        _("Borrow"),
        _("Lets somebody take calls of a queue for some minutes; then they are out of it again by themselves."),
        (
            _PERSON,
            Argument("queue", ArgumentKind.QUEUE, _("the queue")),
            Argument("minutes", ArgumentKind.MINUTES, _("for how long")),
        ),
    ),
    CommandSpec("agent_return", _("Back from the loan"), _("Ends a loan before its time."), (_AGENT,)),
    CommandSpec(
        "undo",
        _("Undo"),
        _("Takes back what a command did to members of queues, unless somebody has gone on from there."),
        (Argument("command", ArgumentKind.COMMAND, _("the command")),),
    ),
    CommandSpec(
        "advance",
        _("Move up"),
        _("A waiting caller comes before the next one, or before all others."),
        (_CALLER, Argument("front", ArgumentKind.FLAG, _("before all others"), required=False)),
    ),
    CommandSpec(
        "withdraw",
        _("Let out of the queue"),
        _("A waiting caller goes on with what the PBX has behind the queue, and may hear a prompt before."),
        (_CALLER, Argument("prompt", ArgumentKind.PROMPT, _("what is played first"), required=False)),
    ),
    CommandSpec(
        "listen",
        _("Listen"),
        _("Your phone rings; when you answer you hear the call, and nobody hears you."),
        (_CALL, _HEARD, _WHY),
        needs_phone=True,
    ),
    CommandSpec(
        "whisper",
        _("Whisper"),
        _("You hear the call, and the one you listen to hears you."),
        (_CALL, _HEARD, _WHY),
        needs_phone=True,
    ),
    CommandSpec(
        "barge",
        _("Join in"),
        _("You hear the call, and everybody in it hears you."),
        (_CALL, _HEARD, _WHY),
        needs_phone=True,
    ),
    CommandSpec("listen_end", _("Stop listening"), _("Ends your listening to a call."), (), needs_phone=True),
    CommandSpec(
        "listen_stop",
        _("End the listening"),
        _("Ends somebody else's listening to a call; the call goes on."),
        (Argument("listening", ArgumentKind.LISTENING, _("who listens, and to whom")),),
    ),
)

LISTENING = frozenset({"listen", "whisper", "barge"})
"""Commands by which an operator hears a call of others; given again, they change how."""

CATALOGUE: dict[str, CommandSpec] = {spec.name: spec for spec in _ALL}
"""Every command by its name. What is not in here cannot be given."""

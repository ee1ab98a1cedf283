"""Why a command is not taken in: a code for programs and a sentence for the operator.

Raised by submit.py, arguments.py and resolve.py, caught by whoever calls `submit`. A row that is not there and a row
that the operator may not see are refused with the same words, so that keys cannot be tried out.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from panel.commands.catalogue import Argument, ArgumentKind, CommandSpec


CODES = frozenset(
    {
        "unknown_command",
        "bad_arguments",
        "not_allowed",
        "gone",
        "no_extension",
        "not_connected",
        "bad_number",
        "too_many",
        "unavailable",
    }
)


class Refused(Exception):
    """The command was not taken in; nothing was written. `message` is what the operator reads."""

    def __init__(self, code: str, message: str) -> None:
        assert code in CODES
        super().__init__(code, message)
        self.code = code
        self.message = message


def unknown_command() -> Refused:
    return Refused("unknown_command", _("There is no such command."))


def bad_arguments(what: str) -> Refused:
    return Refused("bad_arguments", what)


def missing(argument: Argument) -> Refused:
    if argument.kind in (ArgumentKind.TARGET, ArgumentKind.PERSON):
        return bad_number(_("Type a number, or choose a person."))
    return bad_arguments(_("%s is missing.") % argument.name)


def not_allowed(spec: CommandSpec) -> Refused:
    return Refused("not_allowed", _("Your account may not use “%s”.") % spec.title)


def not_outside() -> Refused:
    return Refused("not_allowed", _("Your account may not dial outside numbers."))


def against_rule(note: str) -> Refused:
    """`note` is what the admin has written to the number rule; it may be empty."""
    said = note.strip().rstrip(".")
    if not said:
        return Refused("not_allowed", _("A number rule says that this number may not be dialled."))
    return Refused("not_allowed", _("A number rule says that this number may not be dialled: %s.") % said)


def gone(kind: ArgumentKind) -> Refused:
    words = {
        ArgumentKind.CALL: _("That call is over."),
        ArgumentKind.PARTY: _("They are no longer in that call."),
        ArgumentKind.PARKED: _("That call is no longer parked."),
        ArgumentKind.CALLER: _("That caller is no longer waiting."),
        ArgumentKind.PERSON: _("That person is not on your board."),
        ArgumentKind.QUEUE: _("That queue is not on your board."),
        ArgumentKind.ROOM: _("Nobody is in that room."),
        ArgumentKind.MEMBER: _("They are no longer in that room."),
        ArgumentKind.AGENT: _("They are no longer in that queue."),
        ArgumentKind.LISTENING: _("They are no longer listening."),
        ArgumentKind.PROMPT: _("There is no such prompt any more."),
        ArgumentKind.COMMAND: _("There is no such command that could be undone."),
    }
    return Refused("gone", words[kind])


def not_a_room() -> Refused:
    return bad_number(_("A conference room is known by its number."))


def not_into_room() -> Refused:
    return Refused("not_allowed", _("Your account may not send anybody into that room."))


def elsewhere() -> Refused:
    return bad_arguments(_("They are on different PBXs."))


def other_phone(pbx: str) -> Refused:
    return bad_arguments(_("This is on the PBX %s, and your phone is not.") % pbx)


def no_way(pbx: str) -> Refused:
    return bad_number(_("They are on the PBX %s, and no trunk prefix is set that leads there.") % pbx)


def no_extension() -> Refused:
    return Refused("no_extension", _("Choose your phone first: this command rings it."))


def not_connected(reason: str = "") -> Refused:
    """`reason` is the sentence that the board shows for a PBX whose picture is stale."""
    sentence = reason or _("The PBX is not connected.")
    return Refused("not_connected", _("%s Try again when the board is live.") % sentence)


def bad_number(sentence: str) -> Refused:
    return Refused("bad_number", sentence)


def own_phone() -> Refused:
    return Refused("bad_number", _("That is your own phone."))


def nobody_of_ours() -> Refused:
    return Refused("not_allowed", _("Only people of the house can be listened to."))


def not_of_yours() -> Refused:
    return Refused("not_allowed", _("They are of a department that is not yours."))


def own_call() -> Refused:
    return bad_arguments(_("You are in this call yourself."))


def needs_reason() -> Refused:
    return bad_arguments(_("Say why you listen: here it needs a reason."))


def too_many() -> Refused:
    return Refused("too_many", _("Too many of your commands are still under way. Wait a moment."))


def unavailable() -> Refused:
    return Refused("unavailable", _("The panel could not write the command down. Nothing was done; try again."))

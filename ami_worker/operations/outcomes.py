"""The words on the receipt line: who is who, and what Asterisk's refusals mean to a receptionist.

Used by every family of operations. Sentences have no full stop; they name people as the board does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from gettext import gettext as _
from typing import Final, NamedTuple

from ami_worker.mirror import Extension
from ami_worker.operations.intents import Outcome, Reason, done, failed, unknown
from panel.vocabulary import Person


def called(name: str, number: str) -> str:
    """`Zofia (202)`, or the one of the two that is known."""
    if name and number and name != number:
        return f"{name} ({number})"
    return name or number


def extension_named(extension: Extension) -> str:
    return called(extension.name, extension.number)


def person_named(person: Person) -> str:
    """An extension with its number; an outside party by name, else by number."""
    if person["extension"]:
        return called(person["name"], person["number"])
    return person["name"] or person["number"] or _("the caller")


def persons_named(persons: Iterable[Person]) -> str:
    return _(" and ").join(person_named(person) for person in persons)


def first_letter_up(sentence: str) -> str:
    """`the caller is …` begins a sentence as `The caller is …`; a name stays as it is written."""
    return sentence[:1].upper() + sentence[1:] if sentence.startswith(_("the caller")) else sentence


# --- endings that every family has
# ------------------------------------------------------------------------------------


def call_ended(call: str = "") -> Outcome:
    return failed(Reason.CALL_ENDED, _("The call had already ended"), call)


def hung_up(who: str, call: str = "") -> Outcome:
    return failed(Reason.CALL_ENDED, first_letter_up(_("%s hung up") % who), call)


def not_connected(reason: str = "") -> Outcome:
    sentence = _("The PBX is not connected; nothing was done")
    return failed(Reason.NOT_CONNECTED, f"{sentence} ({reason})" if reason else sentence)


def not_live(reason: str) -> Outcome:
    """The picture is not true now, and `reason` says why, as the board does."""
    return failed(Reason.NOT_CONNECTED, _("%s; nothing was done") % reason.rstrip(".")) if reason else not_connected()


def link_lost(call: str = "") -> Outcome:
    text = _("The connection to the PBX was lost just then; look at the board before trying again")
    return unknown(Reason.LINK_LOST, text, call)


def no_reply(call: str = "") -> Outcome:
    return unknown(Reason.NO_REPLY, _("The PBX did not answer; look at the board before trying again"), call)


def no_reply_yet() -> Outcome:
    """The PBX stayed silent before anything was changed."""
    return failed(Reason.NO_REPLY, _("The PBX does not answer; nothing was done"))


def no_queue(name: str) -> str:
    return _("The PBX has no queue %s any more") % name


def listed() -> Outcome:
    """A list that was asked for has been taken; nobody reads this."""
    return done("")


def needs_include(version: int = 2) -> Outcome:
    text = _(
        "This needs version %d of Cordboard's dialplan include on the PBX: install extensions_cordboard.conf and "
        "reload the dialplan (pbx_doctor says how)"
    )
    return failed(Reason.NEEDS_INCLUDE, text % version)


def bad_arguments() -> Outcome:
    return failed(Reason.BAD_ARGUMENTS, _("The panel did not understand this command; nothing was done"))


def cannot_be_sent() -> Outcome:
    """A value that the PBX might take for something else: refused, with nothing sent."""
    return failed(Reason.BAD_ARGUMENTS, _("This cannot be sent to the PBX; nothing was done"))


def nothing_happened(who: str, call: str) -> Outcome:
    return failed(Reason.NO_EFFECT, _("Nothing happened: %s is where they were") % who, call)


def back(who: str, why: str, reason: Reason, call: str) -> Outcome:
    """Our include could not do what was wanted of it, and brings the leg back to the operator."""
    return failed(reason, _("%(why)s; %(who)s is back with you") % {"why": why, "who": who}, call)


def no_phone(extension: str) -> Outcome:
    """The operator has no extension, or the PBX shows no phone for it."""
    if not extension:
        return failed(Reason.NO_PHONE, _("Choose your own extension first"))
    return failed(Reason.NO_PHONE, _("The PBX shows no phone for your extension %s") % extension)


def own_phone_silent(extension: Extension) -> Outcome:
    return failed(Reason.NO_ANSWER, _("Your phone (%s) was not answered") % extension.number)


def own_phone_offline(extension: Extension) -> Outcome:
    return failed(Reason.NOT_REGISTERED, _("Your phone (%s) is not registered") % extension.number)


# --- busy phones and lines
# ----------------------------------------------------------------------------------------------

CAUSE_OF_REASON: Final = {1: 19, 3: 19, 5: 17, 8: 34}
"""OriginateResponse's Reason (AST_CONTROL_RINGING, HANGUP, BUSY, CONGESTION) as a Q.850 cause; 0 says nothing."""

REASON_OF_DIAL: Final = {
    "BUSY": Reason.BUSY,
    "CHANUNAVAIL": Reason.NOT_REGISTERED,
    "CONGESTION": Reason.REJECTED,
    "NOANSWER": Reason.NO_ANSWER,
}
"""DialStatus of DialEnd (apps/app_dial.c). CANCEL is not here: then the caller gave up, or was moved on."""


REASON_OF_CARE: Final = {
    **REASON_OF_DIAL,
    "DONTCALL": Reason.REJECTED,
    "TORTURE": Reason.REJECTED,
    "INVALIDARGS": Reason.UNREACHABLE,
    "DND": Reason.DO_NOT_DISTURB,
    "REJECTED": Reason.REJECTED,
    "CANCEL": Reason.NO_ANSWER,
    "TIMEOUT": Reason.TOO_LONG,
    "SERIAL": Reason.NEXT_PERSON,
    "EMPTY": Reason.NOBODY_THERE,
    "NOMAILBOX": Reason.NO_MAILBOX,
    "ROOM": Reason.ROOM_CLOSED,
}
"""The include's word for why a caller came back (`CORDBOARD_CARE`); any other is UNREACHABLE."""


def reason_of_cause(cause: int) -> Reason:
    """What a Q.850 hangup cause means for the one who was called and did not answer. A call that we gave up ourselves
    has 0, 16 or 26.
    """
    match cause:
        case 17:
            return Reason.BUSY
        case 1 | 28:
            return Reason.NO_SUCH_NUMBER
        case 3 | 20 | 27:
            return Reason.NOT_REGISTERED
        case 0 | 16 | 18 | 19 | 26:
            return Reason.NO_ANSWER
        case 21:
            return Reason.REJECTED
    return Reason.UNREACHABLE


def why_not(who: str, reason: Reason, *, is_phone: bool = True) -> str:
    """`Zofia (202) is busy`. An outside number has no phone that could be registered."""
    match reason:
        case Reason.BUSY:
            sentence = _("%s is busy")
        case Reason.NOT_REGISTERED if is_phone:
            sentence = _("%s has no phone registered")
        case Reason.NO_ANSWER:
            sentence = _("%s did not answer")
        case Reason.DO_NOT_DISTURB:
            sentence = _("%s does not want to be disturbed")
        case Reason.NO_SUCH_NUMBER:
            sentence = _("The number %s does not exist")
        case Reason.REJECTED if is_phone:
            sentence = _("%s declined the call")
        case Reason.TOO_LONG:
            sentence = _("Nobody at %s came in time")
        case Reason.NEXT_PERSON:
            sentence = _("%s has hung up")
        case Reason.NO_MAILBOX:
            sentence = _("%s has no mailbox")
        case Reason.NOBODY_THERE:
            sentence = _("Nobody answers for %s now")
        case Reason.ROOM_CLOSED:
            sentence = _("Nobody gets into %s now")
        case _other:
            sentence = _("%s cannot be reached")
    return sentence % who


# --- what Asterisk says when it refuses
# ---------------------------------------------------------------------------------


NOT_UP: Final = "channel not up"


class _Refusal(NamedTuple):
    pattern: re.Pattern[str]
    reason: Reason
    text: str


def _says(pattern: str, reason: Reason, text: str) -> _Refusal:
    return _Refusal(re.compile(pattern, re.IGNORECASE), reason, text)


# The texts of 16 and 22: main/manager.c, res/parking/parking_manager.c, apps/app_queue.c. The first that matches
# counts.
_REFUSALS: Final = (
    _says(
        r"permission denied",
        Reason.NO_PRIVILEGE,
        _("The panel's log-in at the PBX may not do this; pbx_doctor says why"),
    ),
    _says(
        r"access forbidden",
        Reason.NO_PRIVILEGE,
        _("The panel's log-in at the PBX may not do this; pbx_doctor says why"),
    ),
    _says(
        r"invalid/unknown command",
        Reason.REFUSED,
        _("This PBX does not know how to do this; pbx_doctor says what is missing"),
    ),
    _says(
        r"no such channel|channel\d? (specified )?(does not exist|not found)|" + NOT_UP,
        Reason.CALL_ENDED,
        _("The call had already ended"),
    ),
    _says(r"extension does not exist", Reason.NO_SUCH_NUMBER, _("The PBX does not know this number")),
    # It is sent for two who talk: one of them was gone at that very moment.
    _says(r"transfer invalid", Reason.CALL_ENDED, _("Nobody was connected to this call any more")),
    _says(r"transfer not permitted", Reason.REFUSED, _("The PBX does not allow this call to be transferred")),
    # main/manager.c, action_redirect: the first of the two has been moved.
    _says(r"secondary redirect failed", Reason.PARTLY, _("Only the caller was moved; your phone did not follow")),
    _says(r"no channel by that name found in conference", Reason.CALL_ENDED, _("They are no longer in the room")),
    _says(r"no conference by that name|no active conferences", Reason.CALL_ENDED, _("The room is no longer open")),
    _says(r"could not find.*(lot|parking)|park action failed", Reason.REFUSED, _("The PBX has no free parking space")),
    _says(
        r"member not dynamic",
        Reason.REFUSED,
        _("The PBX's configuration names this member, who cannot be taken out here; pause them instead"),
    ),
    _says(r"interface not found|interface: not there", Reason.WRONG_STATE, _("They are no longer in that queue")),
    _says(r"already there", Reason.WRONG_STATE, _("They are in that queue already")),
    _says(r"from queue: no such caller", Reason.NOT_WAITING, _("That caller is no longer waiting")),
    _says(r"invalid channel", Reason.NO_PHONE, _("The PBX does not know this phone")),
)


def refused(message: str, call: str = "") -> Outcome:
    """The outcome for a reply `Error` with this message. Asterisk's own words are shown where we have none."""
    text = " ".join(message.split())
    for refusal in _REFUSALS:
        if refusal.pattern.search(text):
            return failed(refusal.reason, refusal.text, call)
    return failed(Reason.REFUSED, _("The PBX refused: %s") % (text or _("no reason given")), call)

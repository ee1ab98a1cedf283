"""A line to somebody who is not there, such as whom to call back. It goes by e-mail, and no call is moved.

Called by `Operations.perform` alone. The address is known here and to the mail server only: neither the receipt nor a
row has it.
"""

from __future__ import annotations

import unicodedata
from gettext import gettext as _
from typing import Final

from ami_worker.operations import outcomes
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed, unknown
from ami_worker.operations.letters import Delivery, Letter
from panel.vocabulary import CommandState


LONGEST_SUBJECT: Final = 100
"""Characters of the message that stand in the subject, where a telephone shows them first."""

LONGEST_WORDS: Final = 120
"""Of what a mail server says."""


async def message(attempt: Attempt) -> Outcome:
    """Send the line. Done when the mail server has taken it."""
    if attempt.post is None:
        raise Ended(failed(Reason.NO_MAIL, _("Messages need a mail server: the administrator names it in EMAIL_URL")))
    extension = attempt.mirror.extensions.get(attempt.argument("to"))
    if extension is None:
        text = _("The PBX has no extension %s any more") % attempt.argument("to")
        raise Ended(failed(Reason.NO_SUCH_NUMBER, text))
    name = outcomes.extension_named(extension)
    if not extension.email:
        text = _("There is no e-mail address for %s: an administrator can write one into the listing") % name
        raise Ended(failed(Reason.NO_ADDRESS, text))
    line = _line(attempt.argument("text"))
    body = f"{line}\n\n{_signature(attempt)}\n"
    letter = Letter(extension.name, extension.email, _cut(line, LONGEST_SUBJECT), body)
    return _worded(name, await attempt.post.deliver(letter))


def _line(text: str) -> str:
    """The text, which the panel has made one line of already. Raises Ended for anything else: a second line could be a
    header.
    """
    if not text.strip() or any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in text):
        raise Ended(outcomes.bad_arguments())
    return text


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _signature(attempt: Attempt) -> str:
    """Who wrote it: `Rita Novak (201)`."""
    intent = attempt.intent
    own = attempt.mirror.extensions.get(intent.extension)
    return outcomes.called(intent.operator_name or intent.operator, own.number if own is not None else "")


def _worded(name: str, delivery: Delivery) -> Outcome:
    why = _cut(delivery.words, LONGEST_WORDS)
    match delivery.state:
        case CommandState.DONE:
            return done(_("The message to %s is on its way") % name)
        case CommandState.FAILED:
            text = _("The message to %s did not go") % name
            return failed(Reason.NOT_SENT, f"{text}: {why}" if why else text)
    text = _(
        "It is not known whether the message to %s went: the mail server gave no answer; ask before you send it again"
    )
    return unknown(Reason.NO_REPLY, text % name)

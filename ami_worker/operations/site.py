"""What one PBX offers: which actions our log-in may use, which version of our dialplan include is there, and where its
numbers can be dialled.

Found by asking (`survey`), never guessed from the version of Asterisk. The service surveys after each log-in and gives
the result to `Operations.site`; `pbx_doctor` reads the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Protocol

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.ami.connection import ListRefused, ListResult, Response


INCLUDE_VERSION: Final = 5
"""Of `ami_worker/asterisk/extensions_cordboard.conf` as we ship it; its context `cordboard-version` tells. Version 1
has transfers that come back, dialling and pickup.
"""

TRANSFER: Final = "cordboard-transfer"
DIAL: Final = "cordboard-dial"
PICKUP: Final = "cordboard-pickup"
SERIAL: Final = "cordboard-serial"
HOLD: Final = "cordboard-hold"
TAKE: Final = "cordboard-take"
CAMP: Final = "cordboard-camp"
VOICEMAIL: Final = "cordboard-voicemail"
QUEUE: Final = "cordboard-queue"
CONFERENCE: Final = "cordboard-conference"
"""Contexts of the include that the operations use; from SERIAL on, of version 2."""

PROMPT: Final = "cordboard-prompt"
PROMPT_SINCE: Final = 4
"""The context that plays a caller a prompt, and the version of the include since which it is there."""

OF_THE_INCLUDE: Final = ("hold", "retrieve", "consult", "serial", "camp", "voicemail", "enqueue", "confer")
"""Commands that there are only with version 2 of the include; each is a capability of its own."""

LISTENING_SINCE: Final = 3
"""Version of the include since which it tells how somebody listens."""

UNPARK: Final = "cordboard-unpark"
UNPARK_SINCE: Final = 5
"""The context by which a phone takes a parked caller by name, and the version since which it is there."""

USUAL_CONTEXTS: Final = ("from-internal", "internal", "default")
"""From where numbers are usually dialled."""

_HIGHEST_VERSION: Final = 100
"""Where the search ends; a site whose dialplan matches every number would be asked for ever."""

_SETTINGS: Final = "cordboard-settings"
_DIAL_CONTEXT_SET: Final = re.compile(r"DIAL_CONTEXT=.*?([\w.-]+)[)}]*$")
"""What `cordboard-settings` sets, in the words of ShowDialPlan: the last one before the brackets close."""


@dataclass(frozen=True)
class Site:
    """Facts about one PBX. The empty one is a PBX of which nothing is known yet: the plain ways are used."""

    actions: frozenset[str] = frozenset()
    """Names of the actions that our log-in may use, lower-case; empty when not known."""
    include: int = 0
    """Version of our dialplan include; 0 when it is not there."""
    dial_context: str = ""
    """Where the include dials; empty without it."""

    def may(self, action: str) -> bool:
        """Whether the log-in may use that action; yes when not known, for the PBX will say."""
        return not self.actions or action.lower() in self.actions

    @property
    def has_include(self) -> bool:
        """Whether a transfer can come back to the operator."""
        return self.include >= 1

    @property
    def keeps_callers(self) -> bool:
        """Whether callers can be kept in it, on hold, camping and so on: its version 2."""
        return self.include >= 2

    @property
    def can_advance(self) -> bool:
        """Whether those who wait can be put into another order: `Immediate` of QueueChangePriorityCaller. ListCommands
        tells no arguments; CoreShowChannelMap came one release before it (18.19, 20.4); without that it is not there.
        """
        return self.may("QueueChangePriorityCaller") and self.may("CoreShowChannelMap")

    @property
    def lets_listen(self) -> bool:
        """Whether calls of others can be listened to."""
        return self.include >= LISTENING_SINCE and self.may("Originate") and self.may("Redirect")

    @property
    def plays_prompts(self) -> bool:
        """Whether a caller can be let out of a queue with a prompt."""
        return self.include >= PROMPT_SINCE and self.may("Redirect")

    @property
    def names_parked(self) -> bool:
        """Whether a phone can be given a certain parked caller, not whoever is in the space when it is answered."""
        return self.include >= UNPARK_SINCE

    @property
    def capabilities(self) -> list[str]:
        """For the row of the PBX (`capabilities`): what the board may offer."""
        offered = {
            "include": self.has_include,
            "include2": self.keeps_callers,
            "parking": self.may("Park"),
            "originate": self.may("Originate"),
            "answer": self.may("PJSIPNotify") and bool(self.actions),
            "record": self.keeps_callers and self.may("Originate"),
            "record_pause": self.keeps_callers and self.may("Originate") and self.may("MixMonitorMute"),
            "listen": self.lets_listen,
            "dtmf": self.may("PlayDTMF"),
            "rooms": self.may("ConfbridgeMute"),
            "advance": self.can_advance,
            "withdraw": self.may("QueueWithdrawCaller"),
            "prompt": self.plays_prompts,
            **dict.fromkeys(OF_THE_INCLUDE, self.keeps_callers),
        }
        return sorted(name for name, there in offered.items() if there)


class Asked(Protocol):
    """What `survey` needs of a session."""

    async def send(self, action: Action) -> Response: ...
    async def list(self, action: Action) -> ListResult: ...


async def survey(session: Asked) -> Site:
    """Ask the PBX. Raises what the session raises when it ends or stays silent; a refusal is an answer."""
    listed = await session.send(actions.list_commands())
    names = (name.lower() for name, _value in listed.message.headers[1:])
    allowed = frozenset(name for name in names if name != "actionid")
    include = 0
    while include < _HIGHEST_VERSION and await knows(session, "cordboard-version", str(include + 1)):
        include += 1
    return Site(allowed, include, await _dial_context(session) if include else "")


async def knows(session: Asked, context: str, exten: str) -> bool | None:
    """Whether something can be dialled there: a hint alone does not count. None when the PBX does not say, for lack of
    func_dialplan.so or of a right (`call` or `reporting`).
    """
    answer = await session.send(exists(context, exten))
    return reading(answer)


def exists(context: str, exten: str) -> Action:
    """The question whether an extension can be dialled in a context. Raises InvalidValue for what is neither."""
    # show_dialplan checks its arguments; Getvar takes any text.
    (_, checked_context), (_, checked_exten) = actions.show_dialplan(context, exten).headers
    return actions.getvar(f"DIALPLAN_EXISTS({checked_context},{checked_exten},1)")


def reading(answer: Response) -> bool | None:
    """What the answer to `exists` says; None for neither yes nor no."""
    return {"1": True, "0": False}.get(answer.get("Value")) if answer.ok else None


async def _dial_context(session: Asked) -> str:
    """From the global that overrides it, else from the include as it was loaded."""
    answer = await session.send(actions.getvar("CORDBOARD_DIAL_CONTEXT"))
    if answer.ok and re.fullmatch(r"[\w.-]+", value := answer.get("Value")):
        return value
    try:
        plan = await session.list(actions.show_dialplan(_SETTINGS, "s"))
    except ListRefused:
        return USUAL_CONTEXTS[0]
    found = (_DIAL_CONTEXT_SET.search(item.get("AppData")) for item in plan.items)
    return next((match[1] for match in found if match), USUAL_CONTEXTS[0])

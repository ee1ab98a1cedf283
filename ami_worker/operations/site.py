"""What one PBX offers: which actions our log-in may use, which contexts of our dialplan include are there, where
its numbers can be dialled.

Found by asking (`survey`), never guessed from the version. `ami_worker.sync` or the service surveys after each
log-in and gives the result to `Operations.site`; `pbx_doctor` reads the same.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.ami.connection import ListRefused, ListResult, Response


TRANSFER: Final = "cordboard-transfer"
TAKE: Final = "cordboard-take"
DIAL: Final = "cordboard-dial"
INCLUDE_CONTEXTS: Final = (TRANSFER, TAKE, DIAL)
"""The contexts of `ami_worker/asterisk/extensions_cordboard.conf` that the operations use."""

USUAL_CONTEXTS: Final = ("from-internal", "internal", "default")
"""Where outside numbers are usually dialled from, tried after the context of the operator's own hint."""


@dataclass(frozen=True)
class Site:
    """Facts about one PBX. Everything empty is a PBX of which nothing is known yet: the plain ways are used."""

    actions: frozenset[str] = frozenset()
    """Names of the actions that our log-in may use, lower-case; empty when not known."""
    contexts: frozenset[str] = frozenset()
    """Those of INCLUDE_CONTEXTS that exist."""
    dial_contexts: tuple[str, ...] = USUAL_CONTEXTS
    """Where numbers that are no extension are looked for, in this order."""
    hint_contexts: Mapping[str, str] = field(default_factory=dict)
    """Context of hints → context in which its extensions can be dialled, where that is another one."""

    def may(self, action: str) -> bool:
        """Whether the log-in may use that action; yes when not known, for the PBX will say."""
        return not self.actions or action.lower() in self.actions

    def has(self, context: str) -> bool:
        return context in self.contexts

    def dialable(self, hint_context: str) -> str:
        """Where the extensions of this hint context are dialled."""
        return self.hint_contexts.get(hint_context, hint_context)


Send = Callable[[Action], Awaitable[Response]]
Listed = Callable[[Action], Awaitable[ListResult]]


async def survey(send: Send, listed: Listed, hints: Iterable[tuple[str, str]]) -> Site:
    """Ask the PBX. `hints` are (extension, context) as ExtensionStateList gave them.

    Raises what `send` and `listed` raise when the session ends or stays silent; a refusal is an answer.
    """
    found = await send(actions.list_commands())
    allowed = frozenset(name.lower() for name, _value in found.message.headers[1:] if name.lower() != "actionid")
    contexts: frozenset[str] = frozenset()
    moved: dict[str, str] = {}
    if "showdialplan" in allowed:
        contexts = frozenset([context for context in INCLUDE_CONTEXTS if await _exists(send, context)])
        for context, exten in {context: exten for exten, context in hints}.items():
            if (dialled_in := await _where_dialled(listed, exten, context)) != context:
                moved[context] = dialled_in
    own = tuple(dict.fromkeys(context for _exten, context in hints))
    usual = tuple(context for context in USUAL_CONTEXTS if context not in own)
    return Site(allowed, contexts, own + usual, moved)


async def _exists(send: Send, context: str) -> bool:
    return (await send(actions.show_dialplan(context)._replace(is_list=False))).ok


async def _where_dialled(listed: Listed, exten: str, context: str) -> str:
    """A context may hold nothing but hints; sending a call there would end it."""
    for candidate in (context, *USUAL_CONTEXTS):
        try:
            plan = await listed(actions.show_dialplan(candidate, exten))
        except ListRefused:
            continue
        if any(re.fullmatch(r"\d+", item.get("Priority")) for item in plan.items):
            return candidate
    return context

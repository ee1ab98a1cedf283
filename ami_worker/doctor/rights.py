"""Which rights a log-in has at the PBX, judged by the actions that ListCommands shows to it.

ListCommands lists what this session may use, each with the classes of which one is enough: `Redirect (transfer) a
call. (Priv: call,all)` (main/manager.c, action_listcommands; tried on 16 and 22). Used by `checks.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ami_worker.ami.connection import Response
from ami_worker.doctor.findings import Finding, Severity


READ: Final = "system,call,agent,user"
"""`read=` of the log-in that we ship."""

WANTED: Final = ("call", "agent", "originate", "reporting")
"""`write=` of the same."""

_COSTS: Final[Mapping[str, tuple[Severity, str]]] = {
    "call": (Severity.ERROR, "transfer, park or hang up calls, nor take waiting callers out of a queue"),
    "originate": (Severity.ERROR, "dial by a click, pick up ringing calls, nor take parked calls back"),
    "reporting": (
        Severity.ERROR,
        "see the calls and phones that are there when it connects, nor who forwards calls, nor check a number before a "
        "caller is sent there",
    ),
    "agent": (Severity.WARNING, "sign members of a queue in or out, nor let them pause"),
}

_DANGERS: Final[Mapping[str, str]] = {
    "command": "may use the whole Asterisk console",
    "config": "may read and rewrite the configuration files, secrets included",
    "system": "may load modules and change the database and, together with originate, run programs on the PBX",
    "agi": "may run scripts on channels",
}

_NEEDED_MODULES: Final[Mapping[str, tuple[str, Severity, str]]] = {
    # action: what brings it, how bad it is, what is missing without it. Only where the class would allow it.
    "extensionstatelist": ("a newer Asterisk", Severity.ERROR, "the state of every extension"),
    "devicestatelist": ("res_manager_devicestate.so", Severity.WARNING, "the state of every phone when it connects"),
    "park": ("res_parking.so", Severity.WARNING, "parking"),
    "queuestatus": ("app_queue.so", Severity.NOTE, "queues"),
    "confbridgelistrooms": ("app_confbridge.so (it needs a confbridge.conf)", Severity.NOTE, "conference rooms"),
    "voicemailuserslist": ("app_voicemail.so", Severity.NOTE, "mailboxes"),
    "dbgettree": ("a newer Asterisk", Severity.NOTE, "who forwards calls, as FreePBX keeps it in Asterisk's database"),
}
_CLASSES_OF: Final = {
    "extensionstatelist": ("call", "reporting"),
    "devicestatelist": ("call", "reporting"),
    "park": ("call",),
    "queuestatus": (),
    "confbridgelistrooms": ("reporting",),
    "voicemailuserslist": ("call", "reporting"),
    "dbgettree": ("system", "reporting"),
}
_REPORTING: Final = ("CoreShowChannels", "ShowDialPlan")
"""What the panel needs of `reporting`. Other classes allow them too, so `reporting` itself cannot always be seen."""


class Rights:
    """The classes of `write=` that the log-in has, and the actions that it may use."""

    def __init__(self, listed: Response) -> None:
        self.actions: dict[str, frozenset[str]] = {}
        """Action in lower case → the classes of which one is enough; none for an action that everybody may use."""
        for name, text in listed.message.headers[1:]:
            found = re.search(r"\(Priv: ([^)]*)\)", text)
            if found:
                classes = {each.strip() for each in found[1].split(",")} - {"all", "<none>"}
                self.actions[name.lower()] = frozenset(classes)
        self.held = frozenset(next(iter(classes)) for classes in self.actions.values() if len(classes) == 1)
        """The classes that the log-in has for certain: an action that needs just this one is listed."""
        if all(self.may(action) for action in _REPORTING):
            self.held |= {"reporting"}

    def may(self, action: str) -> bool:
        return action.lower() in self.actions

    def findings(self, username: str) -> list[Finding]:
        """Rights that are missing, rights that are too many, and modules that are not there."""
        return [*self._missing(username), *self._dangers(username), *self._missing_modules()]

    def _missing(self, username: str) -> list[Finding]:
        place = f"in manager.conf, in the section [{username}]"
        lines = (f"write = {','.join(WANTED)}",)
        return [
            Finding(
                severity,
                f"missing_{each}",
                f"The log-in has no right “{each}”",
                f"Without it the panel cannot {costs}.",
                place,
                lines,
            )
            for each, (severity, costs) in _COSTS.items()
            if each not in self.held
        ]

    def _dangers(self, username: str) -> list[Finding]:
        dangers = [each for each in _DANGERS if each in self.held]
        if not dangers:
            return []
        what = "; ".join(f"“{each}” {_DANGERS[each]}" for each in dangers)
        text = (
            f"The panel needs none of this, and whoever gets hold of its secret would have it all: {what}. "
            "Never give it “all”."
        )
        return [
            Finding(
                Severity.WARNING,
                "too_powerful",
                "The log-in may do far too much",
                text,
                f"in manager.conf, in the section [{username}]",
                (f"read = {READ}", f"write = {','.join(WANTED)}"),
            )
        ]

    def _missing_modules(self) -> list[Finding]:
        found = []
        for action, (module, severity, what) in _NEEDED_MODULES.items():
            classes = _CLASSES_OF[action]
            if not self.may(action) and (not classes or self.held.intersection(classes)):
                absent = "" if module.startswith("a newer") else ", which is not loaded"
                text = f"It comes with {module}{absent}. The panel goes on without."
                found.append(Finding(severity, f"no_{action}", f"The PBX does not offer {what}", text))
        return found

"""What the scenes are made with. Imported by the other modules of this package only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from tests.rig.phones import Phone, SipProcess
    from tests.rig.record import Recorder

Scene = Callable[["Recorder"], None]
SCENES: dict[str, Scene] = {}


def scene(function: Scene) -> Scene:
    SCENES[function.__name__] = function
    return function


def talk(r: Recorder, did: str = "5550100", number: str = "201") -> tuple[SipProcess, Phone]:
    """Somebody outside calls, the extension answers."""
    phone = r.rig.phone(number)
    caller = r.rig.call_from_outside(did)
    phone.wait("ringing")
    r.snapshot("ringing")
    phone.answer()
    caller.wait("answered")
    r.snapshot("talking")
    return caller, phone

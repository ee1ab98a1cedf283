"""An Asterisk with many desks, each with an operator, colleagues, a queue and a number of its own: for stories that are
played beside each other. The telephones are those of `many_phones.py`.

    with Floor(22, desks=20) as floor:
        async with floor.phones() as phones:
            ...floor.desks[0].operator...
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

from tests.rig.asterisk import TRUNK_HOST, Asterisk
from tests.rig.many_phones import ManyPhones
from tests.rig.ports import MEDIA, PASSING


FIRST = 211
PHONES_AT_A_DESK = 3
PARKED_SECONDS = 4
"""How soon a parked caller comes back, and how long that rings: nobody is to wait for it."""
MOST_DESKS = 29
"""The dialplan of the rig has the extensions 2XX."""


class Desk(NamedTuple):
    """The numbers of one operator's surroundings."""

    operator: str
    target: str
    """To whom callers are sent; the only member of the queue."""
    colleague: str
    queue: str
    room: str
    did: str
    caller: str
    """The number of the one who calls in; no other desk has a caller with it."""

    @classmethod
    def number(cls, index: int) -> Desk:
        operator, target, colleague = (str(FIRST + index * PHONES_AT_A_DESK + each) for each in range(PHONES_AT_A_DESK))
        return cls(
            operator, target, colleague, f"desk{operator}", f"8{index:02}", f"5551{operator}", f"+4860022{operator}"
        )

    @property
    def people(self) -> dict[str, str]:
        """Who sits there -> extension."""
        return {"the operator": self.operator, "the target": self.target, "the colleague": self.colleague}

    @property
    def extensions(self) -> tuple[str, ...]:
        return tuple(self.people.values())


class Floor(Asterisk):
    """The office of the rig and the desks as well. A context manager, as every Asterisk of the rig."""

    def __init__(self, major: int, *, desks: int) -> None:
        if desks > MOST_DESKS:
            raise ValueError(f"there is room for {MOST_DESKS} desks")
        self.desks = [Desk.number(index) for index in range(desks)]
        super().__init__(major)

    def phones(self) -> AbstractAsyncContextManager[ManyPhones]:
        """The telephones of all desks, and the callers."""
        return ManyPhones.beside(("127.0.0.1", self.ports.sip), ("127.0.0.1", self._phones_port), TRUNK_HOST)

    def _write(self) -> None:
        self._phones_port = self.block.take()
        super()._write()
        extensions = [each for desk in self.desks for each in desk.extensions]
        self._append("pjsip.conf", (self._phone_at(each) for each in extensions))
        self._append("voicemail.conf", (f"{each} => 1{each},Person {each}" for each in extensions))
        self._append("queues.conf", (_queue(desk) for desk in self.desks))
        self._replace("res_parking.conf", "parkingtime = 45", f"parkingtime = {PARKED_SECONDS}")
        self._replace("res_parking.conf", "comebackdialtime = 20", f"comebackdialtime = {PARKED_SECONDS}")
        self._append(
            "extensions.conf", ["[ext-local](+)", *(f"exten => {each},hint,PJSIP/{each}" for each in extensions)]
        )
        self._append("extensions.conf", ["[from-trunk](+)", "exten => _5551XXX,1,Goto(from-internal,${EXTEN:4},1)"])

    def _replace(self, name: str, old: str, new: str) -> None:
        path = self.directory / "etc" / name
        text = path.read_text()
        assert old in text, f"{name} does not say {old!r} any more"
        path.write_text(text.replace(old, new))

    def _append(self, name: str, lines: Iterable[str]) -> None:
        with (self.directory / "etc" / name).open("a") as file:
            file.write("\n" + "\n".join(lines) + "\n")

    def _marks(self) -> dict[str, str]:
        # No program comes and goes here: its ports are free for sound. Who lost power keeps a pair for half a minute.
        first, _ = self.block.media
        return super()._marks() | {"RTP_END": str(first + len(range(MEDIA.start, PASSING.stop)) - 1)}

    def _phone_at(self, number: str) -> str:
        endpoint = f"aors = {number}\ncallerid = Person {number} <{number}>\nmailboxes = {number}@default\n"
        aor = f"contact = sip:{number}@127.0.0.1:{self._phones_port}\n"
        return f"[{number}](phone)\n{endpoint}\n[{number}](aor)\n{aor}"


def _queue(desk: Desk) -> str:
    return f"[{desk.queue}](common)\nstrategy = ringall\nmember => PJSIP/{desk.target},0,Person,PJSIP/{desk.target}\n"

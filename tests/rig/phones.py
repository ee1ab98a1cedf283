"""SIP phones for the tests, played by SIPp: extensions that ring, answer, hold and hang up, and callers from outside.

Tests get a `Rig` from the fixtures of `tests.rig.fixtures`:

    phone = rig.phone("201")                      # rings until phone.answer()
    caller = rig.call_from_outside("5550100", number="+48600111222", name="Jan Novák")
    phone.wait("ringing"); phone.answer(); caller.wait("answered"); caller.hangup()

Each phone is one SIPp process with a scenario of `scenarios/`. It writes what happens to it into a log, which is how
we know; it takes orders as SIP requests of its own kind (XHANGUP, ...) that we send to it within its call.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import signal
import socket
import struct
import tempfile
import time
from pathlib import Path
from typing import NamedTuple, Self, TypeVar
from xml.sax.saxutils import escape

from tests.rig.asterisk import TRUNK_HOST, Asterisk
from tests.rig.parts import Process, require_program, wait_for


SCENARIOS = Path(__file__).parent / "scenarios"
REFUSALS = {
    486: "486 Busy Here",
    603: "603 Decline",
    480: "480 Temporarily Unavailable",
    503: "503 Service Unavailable",
}
FINAL_FAILURES = (400, 403, 404, 408, 480, 484, 486, 487, 488, 500, 503, 603)
PACKETS_PER_SECOND, SAMPLES_PER_PACKET = 50, 160  # G.711 as phones send it
SILENCE, NOISE = b"\x7f", b"\x00\x80"  # in G.711 µ-law: nothing, and as loud as can be
FAILED = '<log message="failed [call_id]"/>'
SOON = 0.005
"""Seconds between two looks at what a phone has noted."""

HOUR = 3_600_000  # milliseconds: longer than any test

SDP = """\
      v=0
      o=rig 1 [cseq] IN IP4 [local_ip]
      s=-
      c=IN IP4 [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 0
      a=rtpmap:0 PCMU/8000"""


OVER = ("hungup", "ended", "failed", "cancelled", "rejected")
"""The notes after which a call is no more."""

READY = ("trying", "ringing", "answered", *OVER)
"""The notes after which a call can take orders."""

_orders = itertools.count(1)


class Note(NamedTuple):
    """One thing that happened to a phone: calling, called, ringing, answered, held, unheld, rejected, cancelled,
    failed, hungup (by itself) or ended (by the other side); `media` names Asterisk's port for its sound.
    """

    what: str
    call_id: str
    detail: str


class SipProcess:
    """A running SIPp, and what it told so far."""

    def __init__(
        self,
        asterisk: Asterisk,
        name: str,
        scenario: str,
        marks: dict[str, str],
        arguments: list[str],
        address: tuple[str, int],
    ) -> None:
        self.name = name
        group = asterisk.block.group()
        self.address = address if address[1] else (address[0], group)
        self.sound_address = (self.address[0], group + 2)
        """Where Asterisk sends what this phone is to hear."""
        self._absent = asterisk.absent
        self._old_calls = self._absent.enter(self.address)
        self._packets = itertools.count()
        self._directory = tempfile.TemporaryDirectory(prefix="cordboard-sip-")
        directory = Path(self._directory.name)
        self._notes = directory / "notes"
        (directory / "scenario.xml").write_text(_fill(scenario, marks))
        host, port = self.address
        self._process = Process(
            [require_program("sipp"), *arguments, "-sf", directory / "scenario.xml", "-i", host, "-p", str(port),
             "-mi", host, "-mp", str(group + 2), "-cp", str(group + 1), "-nostdin", "-f", "3600", "-trace_logs",
             "-log_file", self._notes, "-trace_err", "-error_file", directory / "errors",
             "-default_behaviors", "-abortunexp", "-deadcall_wait", "0"],
            log=directory / "screen",
            cwd=directory,
        )  # fmt: skip
        if address[1]:
            # An INVITE that comes before SIPp listens is repeated by Asterisk half a second later only.
            wait_for(self._listens, f"{name} to listen", interval=SOON)

    def _listens(self) -> bool:
        if not self._process.alive:
            raise RuntimeError(f"{self.name} did not start:\n{self._errors()}")
        host, port = self.address
        (there,) = struct.unpack("=I", socket.inet_aton(host))
        return f": {there:08X}:{port:04X} " in Path("/proc/net/udp").read_text()

    def notes(self) -> list[Note]:
        """All that happened, in order."""
        text = self._notes.read_text(errors="replace") if self._notes.exists() else ""
        lines = (line.split(" ", 2) for line in text.split("\n")[:-1] if " " in line)
        notes = [Note(what, call_id, "".join(rest)) for what, call_id, *rest in lines]
        return [note for note in notes if note.call_id not in self._old_calls]

    def wait(self, what: str, *, count: int = 1, timeout: float = 15) -> Note:
        """Wait until `what` has happened `count` times, and return that note."""

        def found() -> list[Note]:
            notes = [note for note in self.notes() if note.what == what]
            return notes[count - 1 : count]

        try:
            return wait_for(found, f"{self.name} to be {what}", timeout=timeout, interval=SOON)[0]
        except TimeoutError as error:
            raise TimeoutError(f"{error}; so far: {[note.what for note in self.notes()]}\n{self._errors()}") from None

    def hangup(self) -> None:
        """End the newest call (BYE; CANCEL when it is not answered yet) and wait until it is over."""
        self._order("XHANGUP", *OVER)

    def hold(self) -> None:
        """Put the other side on hold by a re-INVITE, and wait until that is done."""
        self._order("XHOLD", "held")

    def unhold(self) -> None:
        """Take the other side back, and wait until that is done."""
        self._order("XUNHOLD", "unheld")

    def speak(self, seconds: float, sound: bytes = SILENCE) -> None:
        """Let Asterisk hear this phone for that long: for a message, or for what happens at a first packet of sound.

        Paced as by a phone: Local channels are taken out only while nothing is queued on them. `sound` is repeated.
        """
        self.wait("media")  # one who calls hears of the answer after the phone that gave it
        port = int([note for note in self.notes() if note.what == "media"][-1].detail.split()[-1])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for number in itertools.islice(self._packets, round(seconds * PACKETS_PER_SECOND)):
                header = struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, number * SAMPLES_PER_PACKET, 0x52494721)
                sender.sendto(header + sound * (SAMPLES_PER_PACKET // len(sound)), ("127.0.0.1", port))
                time.sleep(1 / PACKETS_PER_SECOND)

    def end(self) -> None:
        """Take the phone away, as when its plug is pulled."""
        if not self._process.alive and not Path(self._directory.name).exists():
            return
        self._process.end(how=signal.SIGKILL)
        self._directory.cleanup()
        self._absent.leave(self.address)

    def _order(self, method: str, *outcomes: str) -> None:
        """Send SIPp a request within its newest call, for which the scenario has a branch, until one of `outcomes` is
        noted.

        SIPp drops what arrives while it is between two steps, so the order is given again twice a second.
        """
        wait_for(
            lambda: any(note.what in READY for note in self.notes()), f"{self.name} to be in a call", interval=SOON
        )
        call_id = self._newest_call()
        if call_id is None:
            if set(outcomes) <= set(OVER):
                return
            raise RuntimeError(f"{self.name} has no call left for {method}: {self.notes()}\n{self._errors()}")
        before = self._count(call_id, outcomes)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            self._send(method, call_id)
            with contextlib.suppress(TimeoutError):
                wait_for(lambda: self._count(call_id, outcomes) > before, "an order", timeout=0.5, interval=SOON)
                return
        raise TimeoutError(f"{self.name} did not obey {method}; so far: {self.notes()}\n{self._errors()}")

    def _newest_call(self) -> str | None:
        """The Call-ID of the call that began last, of those that are not over: what is noted last may be the end of an
        older one.
        """
        notes = self.notes()
        over = {note.call_id for note in notes if note.what in OVER}
        calls = dict.fromkeys(note.call_id for note in notes if note.what in READY and note.call_id not in over)
        return next(reversed(calls), None)

    def _count(self, call_id: str, outcomes: tuple[str, ...]) -> int:
        return sum(note.call_id == call_id and note.what in outcomes for note in self.notes())

    def _send(self, method: str, call_id: str) -> None:
        host, port = self.address
        request = (
            f"{method} sip:rig@{host}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:9;branch=z9hG4bK-{next(_orders)}\r\n"
            f"From: <sip:rig@{host}>;tag=rig\r\nTo: <sip:rig@{host}>\r\nCall-ID: {call_id}\r\nCSeq: 1 {method}\r\n"
            "Content-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(request.encode(), self.address)

    def _errors(self) -> str:
        path = self._notes.with_name("errors")
        return path.read_text(errors="replace")[-2000:] if path.exists() else self._process.tail()


class Phone(SipProcess):
    """An extension. See `Rig.phone`."""

    def answer(self) -> None:
        """Pick up the call that rings, and wait until Asterisk has confirmed."""
        self._order("XANSWER", "answered")

    def reject(self) -> None:
        """Refuse the call that rings (603)."""
        self._order("XREJECT", "rejected")


P = TypeVar("P", bound=SipProcess)


class Rig:
    """The phones around one Asterisk. A context manager: at its end all phones are gone and Asterisk is idle again."""

    def __init__(self, asterisk: Asterisk) -> None:
        require_program("sipp")
        self.asterisk = asterisk
        self._processes: list[SipProcess] = []

    def phone(
        self,
        number: str,
        *,
        answer_after: float | None = None,
        hangup_after: float | None = None,
        refuse_with: int = 603,
        refuse: bool = False,
    ) -> Phone:
        """The phone of extension `number` (201 to 210).

        It rings; after `answer_after` seconds (None: only when told by `answer()`) it answers, and `hangup_after`
        seconds later it hangs up (None: only when told, or the other side does). `refuse=True`: it refuses every call
        at once with `refuse_with` (486 busy, 603 rejected, 480, 503). It takes any number of calls, one after the
        other or together. An extension without a phone does not reply at all.
        """
        address = ("127.0.0.1", self.asterisk.ports.phones[number])
        return self._phone(f"phone {number}", address, answer_after, hangup_after, refuse_with if refuse else None)

    def call_from_outside(
        self,
        did: str,
        *,
        number: str = "+48600111222",
        name: str = "Jan Novák",
        hangup_after: float | None = None,
        calls: int = 1,
        per_second: float = 10,
        at: tuple[str, int] | None = None,
    ) -> SipProcess:
        """A caller from outside, through the trunk, to the number `did`; hangs up `hangup_after` seconds after the
        answer, or when told. Or that many of them, so many a second. `at` is the address of another PBX than the rig's.
        """
        sender = f'"{name}" <sip:{number}@{TRUNK_HOST}>'
        return self._call(did, TRUNK_HOST, sender, hangup_after, calls, per_second, at)

    def call_from(
        self, extension: str, to: str, *, hangup_after: float | None = None, calls: int = 1, per_second: float = 10
    ) -> SipProcess:
        """A call that the phone of `extension` places to `to`, as dialled; or that many of them, so many a second."""
        return self._call(to, "127.0.0.1", f"<sip:{extension}@127.0.0.1>", hangup_after, calls, per_second)

    def outside_phone(
        self, *, answer_after: float | None = None, refuse: bool = False, refuse_with: int = 486
    ) -> Phone:
        """Whoever is called through the trunk (`0` and a number): one phone for all numbers."""
        address = self.asterisk.trunk_address
        return self._phone("outside phone", address, answer_after, None, refuse_with if refuse else None)

    def registrar(self, *, accept: bool = True) -> SipProcess:
        """The provider's registrar, which takes (or refuses, 403) the registration of the trunk; Asterisk is made to
        try at once.
        """
        answer = "200 OK" if accept else "403 Forbidden"
        address = (TRUNK_HOST, self.asterisk.ports.registrar)
        process = self._add(SipProcess, "registrar", "registrar", {"ANSWER": answer}, [], address)
        self.asterisk.cli("pjsip send register itsp")
        return process

    def close(self) -> None:
        """Hang up what is left, then take the phones away."""
        try:
            self.asterisk.clear()
        finally:
            for process in self._processes:
                process.end()
            self._processes.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _phone(
        self,
        name: str,
        address: tuple[str, int],
        answer_after: float | None,
        hangup_after: float | None,
        refusal: int | None,
    ) -> Phone:
        after, label = (answer_after, 20) if refusal is None else (0, 40)  # labels of scenarios/phone.xml
        marks = {
            "ANSWER_TIMEOUT": f'timeout="{_ms(after)}" ontimeout="{label}"',
            "TALK_TIMEOUT": _talk(hangup_after),
            "REJECT": REFUSALS[refusal or 603],
        }
        return self._add(Phone, name, "phone", marks, [], address)

    def _call(
        self,
        to: str,
        host: str,
        sender: str,
        hangup_after: float | None,
        calls: int = 1,
        per_second: float = 10,
        at: tuple[str, int] | None = None,
    ) -> SipProcess:
        if "[" in sender or "]" in sender:
            raise ValueError("square brackets mean something to SIPp")
        marks = {
            "FROM": sender,
            "FROM_ATTRIBUTE": escape(sender, {'"': "&quot;"}),
            "FAILURES": _failures(),
            "TALK_TIMEOUT": _talk(hangup_after),
        }
        server, port = at or ("127.0.0.1", self.asterisk.ports.sip)
        arguments = [f"{server}:{port}", "-s", to, "-m", str(calls), "-l", str(calls)]
        # SIPp places the first one when a place in its rate has come: at ten a second after a tenth of a second.
        arguments += ["-r", f"{per_second if calls > 1 else 1000:g}"]
        return self._add(SipProcess, f"caller to {to}", "caller", marks, arguments, (host, 0))

    def _add(
        self,
        kind: type[P],
        name: str,
        scenario: str,
        marks: dict[str, str],
        arguments: list[str],
        address: tuple[str, int],
    ) -> P:
        process = kind(self.asterisk, name, scenario, marks, arguments, address)
        self._processes.append(process)
        return process


def _fill(scenario: str, marks: dict[str, str]) -> str:
    """The text of a scenario with its words between at-signs filled in."""
    texts = {"TALK": (SCENARIOS / "talk.xml").read_text(), "SDP": SDP, **marks}
    text = (SCENARIOS / f"{scenario}.xml").read_text()
    while found := re.search(r"@([A-Z_]+)@", text):
        text = text[: found.start()] + texts[found[1]] + text[found.end() :]
    return text


def _failures() -> str:
    return "\n".join(
        f'  <recv response="{code}" optional="true" next="40"><action>{FAILED}</action></recv>'
        for code in FINAL_FAILURES
    )


def _ms(seconds: float | None) -> int:
    return HOUR if seconds is None else max(1, round(seconds * 1000))


def _talk(hangup_after: float | None) -> str:
    return f'timeout="{_ms(hangup_after)}" ontimeout="60"'

"""SIP as far as a telephone needs it: messages, and one call with its dialog. No sockets; `many_phones.py` has them.

SIPp plays one scenario per process, which is right for a dozen telephones. Where there are a hundred, they live in one
process and share a socket, and this is what they speak (RFC 3261, over UDP, G.711 announced and no sound sent).
"""

from __future__ import annotations

import re
import secrets
from enum import Enum, auto
from typing import NamedTuple, Self


_TAG = re.compile(r";tag=[^;>\s]+")
_URI = re.compile(r"sips?:[^>;\s]+")


class Message(NamedTuple):
    """A request or a response: the first line, the headers in their order, the body."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Raises ValueError for what is no message."""
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = tuple((name.strip(), value.strip()) for name, colon, value in pairs if colon)
        if "SIP/2.0" not in start or not headers:
            raise ValueError(f"not SIP: {data[:80]!r}")
        return cls(start, headers, body)

    def encode(self) -> bytes:
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers)]
        lines.append(f"Content-Length: {len(self.body.encode())}")
        return ("\r\n".join(lines) + "\r\n\r\n" + self.body).encode()

    def get(self, name: str) -> str:
        """The first header of that name; empty when there is none."""
        return next((value for each, value in self.headers if each.lower() == name), "")

    @property
    def is_response(self) -> bool:
        return self.start.startswith("SIP/2.0 ")

    @property
    def status(self) -> int:
        return int(self.start.split(" ")[1])

    @property
    def method(self) -> str:
        """Of a response: that of the request which it answers."""
        return self.get("cseq").rpartition(" ")[2] if self.is_response else self.start.partition(" ")[0]

    @property
    def sequence(self) -> int:
        return int(self.get("cseq").split(" ")[0])

    @property
    def call_id(self) -> str:
        return self.get("call-id")

    @property
    def user(self) -> str:
        """Whom a request is for: the number before the at-sign."""
        return self.start.split(" ")[1].removeprefix("sip:").partition("@")[0]

    @property
    def contact(self) -> str:
        found = _URI.search(self.get("contact"))
        return found[0] if found else ""


class State(Enum):
    CALLING = auto()  # we have sent the INVITE
    RINGING = auto()
    UP = auto()
    OVER = auto()


class Call:
    """One call of one telephone: what it needs to know in order to answer, refuse or end it."""

    def __init__(self, call_id: str, ours: str, theirs: str, target: str, contact: str) -> None:
        """`ours` and `theirs` are what stands in From or To, `target` is where our requests go, `contact` where we are
        to be found.
        """
        self.call_id = call_id
        self.ours = ours
        self.theirs = theirs
        self.target = target
        self.contact = contact
        self.invite: Message | None = None
        """The INVITE that began it."""
        self.state = State.RINGING
        self.hung_up_by_us = False
        self._sequence = 0
        self._branch = ""

    @classmethod
    def called(cls, invite: Message, contact: str) -> Self:
        """A telephone is called."""
        ours = f"{invite.get('to')};tag={secrets.token_hex(6)}"
        call = cls(invite.call_id, ours, invite.get("from"), invite.contact, contact)
        call.invite = invite
        return call

    @classmethod
    def calling(cls, uri: str, caller: str, contact: str) -> Self:
        """A telephone calls `uri`; `caller` is its From header without a tag."""
        ours = f"{caller};tag={secrets.token_hex(6)}"
        call = cls(secrets.token_hex(12), ours, f"<{uri}>", uri, contact)
        call.state = State.CALLING
        return call

    def answer_to(self, request: Message, status: str, sound: int | None = None) -> Message:
        """The response to a request of the other side; with `sound`, the port of ours, it describes the media."""
        to = request.get("to")
        kept = [(name, value) for name, value in request.headers if name.lower() in ("via", "from", "call-id", "cseq")]
        kept.append(("To", to if _TAG.search(to) else self.ours))
        kept.append(("Contact", f"<{self.contact}>"))
        return _with_sound(f"SIP/2.0 {status}", kept, self.contact, sound)

    def request(self, method: str, sound: int | None = None) -> Message:
        """The next request of ours within the call."""
        self._sequence += 1
        self._branch = f"z9hG4bK{secrets.token_hex(8)}"
        headers = self._headers(method, self._sequence, self._branch)
        message = _with_sound(f"{method} {self.target} SIP/2.0", headers, self.contact, sound)
        if method == "INVITE":
            self.invite = message
        return message

    def acknowledge(self, response: Message) -> Message:
        """The ACK for a final response to our INVITE. One for a refusal belongs to the INVITE's own transaction."""
        branch = f"z9hG4bK{secrets.token_hex(8)}" if response.status < 300 else self._invite_branch()
        headers = self._headers("ACK", response.sequence, branch, to=response.get("to"))
        return Message(f"ACK {self.target} SIP/2.0", tuple(headers))

    def cancel(self) -> Message:
        """Takes our INVITE back."""
        headers = self._headers("CANCEL", self._sequence, self._invite_branch())
        return Message(f"CANCEL {self.target} SIP/2.0", tuple(headers))

    def _headers(self, method: str, sequence: int, branch: str, to: str = "") -> list[tuple[str, str]]:
        host_port = self.contact.rpartition("@")[2]
        return [
            ("Via", f"SIP/2.0/UDP {host_port};branch={branch}"),
            ("Max-Forwards", "70"),
            ("From", self.ours),
            ("To", to or self.theirs),
            ("Call-ID", self.call_id),
            ("CSeq", f"{sequence} {method}"),
            ("Contact", f"<{self.contact}>"),
        ]

    def _invite_branch(self) -> str:
        assert self.invite is not None
        return self.invite.get("via").rpartition("branch=")[2]


def _with_sound(start: str, headers: list[tuple[str, str]], contact: str, sound: int | None) -> Message:
    if sound is None:
        return Message(start, tuple(headers))
    host = contact.rpartition("@")[2].partition(":")[0]
    body = (
        f"v=0\r\no=rig {secrets.randbelow(10**6)} 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {sound} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    )
    return Message(start, (*headers, ("Content-Type", "application/sdp")), body)

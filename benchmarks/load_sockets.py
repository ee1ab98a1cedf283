"""The browsers of benchmarks/load.py and an ear at the PBX, in a process of their own, until its standard input ends.

Only that benchmark may start it. Browsers acknowledge as the page does: when something came, at most once a second. Of
each frame only the seqs it leads from and to are kept, and when the kernel had the last of it; of each of the PBX's
events what it told, and when the kernel had that.
"""

from __future__ import annotations

import json
import re
import select
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from ami_worker.ami.connection import AmiUrl
from benchmarks.held_sockets import ACK_SECONDS, SO_TIMESTAMPNS, Browser, frame_at, stamped


SNAPSHOT_SECONDS = 60.0
SEQS = re.compile(rb'"since":(\d+),"seq":(\d+),')
SEQ = re.compile(rb'"seq":(\d+),')
HEAD = 400
"""In so many bytes of a frame the seqs stand."""

LOOK_SECONDS = 0.05
"""Between two looks for who has something to acknowledge."""

LAMPS = {"0": "idle", "8": "ringing"}
"""What ExtensionStatus says of a phone where that is all there is to say."""


SHORT_SECONDS = 1.0


class Heard(NamedTuple):
    """When the PBX told something, and the row in which it has to be seen: a call that began (in whatever state), a
    phone that rings, a phone that is idle.
    """

    at: float
    kind: str
    key: str
    state: str


class Watcher(Browser):
    """A browser that keeps (when, seq) of each patch."""

    def __init__(self, port: int, cookie: str) -> None:
        super().__init__(port, cookie)
        self.patches: list[tuple[float, int]] = []
        self.gaps = self.received = self.snapshot_bytes = 0
        self._seq: int | None = None
        self._acknowledged: tuple[float, int | None] = 0.0, None
        self._data = bytearray()

    @property
    def has_snapshot(self) -> bool:
        return self._seq is not None

    def take(self) -> None:
        super().take()
        at, piece = self._pieces.pop()
        self.received += len(piece)
        self._data += piece
        start = 0
        while (frame := frame_at(self._data, start)) is not None:
            begin, end = frame
            if self._data[start] & 0x0F == 1:
                self._note(at, bytes(self._data[begin : min(end, begin + HEAD)]), end - begin)
            start = end
        del self._data[:start]

    def acknowledge_when_due(self, now: float) -> None:
        """Also when nothing comes any more: the server may be waiting for it."""
        at, seq = self._acknowledged
        if self._seq != seq and now - at >= ACK_SECONDS and not self.is_closed:
            self._acknowledged = now, self._seq
            self.say({"type": "ack", "seq": self._seq})

    def _note(self, at: float, head: bytes, size: int) -> None:
        if (seqs := SEQS.search(head)) is not None:
            since, seq = int(seqs[1]), int(seqs[2])
            self.gaps += since != self._seq
            self._seq = seq
            self.patches.append((at, seq))
            if since == seq:  # what was too much for the snapshot's own frame
                self.snapshot_bytes += size
        elif head.startswith(b'{"type":"snapshot"') and (found := SEQ.search(head)) is not None:
            self._seq, self.snapshot_bytes = int(found[1]), size


class Ear:
    """A manager session that hears of calls."""

    def __init__(self, url: AmiUrl) -> None:
        self.socket = socket.create_connection((url.host, url.port))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        login = f"Action: Login\r\nUsername: {url.username}\r\nSecret: {url.secret}\r\nEvents: call\r\n\r\n"
        self.socket.sendall(login.encode())
        self._pieces: list[tuple[bytes, float]] = []

    def take(self) -> None:
        self._pieces.append(stamped(self.socket))

    def heard(self) -> list[Heard]:
        """What was told and lasted: a call that was put through to another one at once, or a phone that was rung for a
        moment, may never be shown, and rightly so.
        """
        told: list[Heard] = []
        latest: dict[tuple[str, str], Heard] = {}
        ended: dict[Heard, float] = {}
        for at, fields in self._messages():
            for row in (("call", fields.get("Uniqueid", "")), ("extension", fields.get("Exten", ""))):
                if row in latest and _ends(row, fields):
                    ended[latest.pop(row)] = at
            if (news := _news(at, fields)) is not None:
                told.append(news)
                latest[news.kind, news.key] = news
        return [each for each in told if ended.get(each, float("inf")) - each.at > SHORT_SECONDS]

    def _messages(self) -> Iterator[tuple[float, dict[str, str]]]:
        rest = b""
        for piece, at in self._pieces:
            *messages, rest = (rest + piece).split(b"\r\n\r\n")
            for message in messages:
                yield at, dict(line.partition(": ")[::2] for line in message.decode().split("\r\n"))


def _news(at: float, fields: dict[str, str]) -> Heard | None:
    match fields.get("Event"):
        case "Newchannel" if fields["Uniqueid"] == fields["Linkedid"] and fields["Channel"].startswith("PJSIP/"):
            return Heard(at, "call", fields["Uniqueid"], "")
        case "ExtensionStatus" if fields["Status"] in LAMPS:
            return Heard(at, "extension", fields["Exten"], LAMPS[fields["Status"]])
    return None


def _ends(row: tuple[str, str], fields: dict[str, str]) -> bool:
    """Whether what was told of this row is so no more."""
    kind, key = row
    if kind == "extension":
        return fields.get("Event") == "ExtensionStatus"
    return fields.get("Event") == "Hangup" or fields.get("Linkedid", key) != key


def hold(port: int, cookies: list[str], count: int, url: AmiUrl) -> None:
    """Open the sockets, say `ready` on standard output, and print what they saw as JSON when standard input ends."""
    poll = select.epoll()
    watchers: dict[int, Watcher] = {}
    for number in range(count):
        watcher = Watcher(port, cookies[number % len(cookies)])
        watchers[watcher.socket.fileno()] = watcher
        poll.register(watcher.socket.fileno(), select.EPOLLIN)
        deadline = time.monotonic() + SNAPSHOT_SECONDS
        while not watcher.has_snapshot:  # one after the other, as people come
            assert time.monotonic() < deadline, "a socket got no snapshot"
            _take(poll, watchers, None)
        _acknowledge(watchers)
    ear = Ear(url)
    poll.register(ear.socket.fileno(), select.EPOLLIN)
    poll.register(sys.stdin.fileno(), select.EPOLLIN)
    print("ready", flush=True)
    used, began = time.process_time(), time.monotonic()
    before = [watcher.received for watcher in watchers.values()]
    looked = 0.0
    while _take(poll, watchers, ear):
        if (now := time.monotonic()) - looked >= LOOK_SECONDS:
            looked = now
            _acknowledge(watchers)
    lasted = time.monotonic() - began
    received = sum(watcher.received for watcher in watchers.values()) - sum(before)
    seen: dict[str, Any] = {
        "heard": ear.heard(),
        "patches": [watcher.patches for watcher in watchers.values()],
        "gaps": sum(watcher.gaps for watcher in watchers.values()),
        "closed": sum(watcher.is_closed for watcher in watchers.values()),
        "snapshot_bytes": max((watcher.snapshot_bytes for watcher in watchers.values()), default=0),
        "seconds": lasted,
        "bytes_a_second": received / lasted / max(1, count),
        "busy": (time.process_time() - used) / lasted,
    }
    print(json.dumps(seen), flush=True)


def _acknowledge(watchers: dict[int, Watcher]) -> None:
    now = time.monotonic()
    for watcher in watchers.values():
        watcher.acknowledge_when_due(now)


def _take(poll: select.epoll, watchers: dict[int, Watcher], ear: Ear | None) -> bool:
    """Take what arrives, waiting a moment for the first of it. False when it was the end of standard input."""
    goes_on = True
    for number, _ in poll.poll(LOOK_SECONDS):
        if number in watchers:
            watchers[number].take()
            if watchers[number].is_closed:
                poll.unregister(number)
        elif ear is not None and number == ear.socket.fileno():
            ear.take()
        else:
            goes_on = False
    return goes_on


if __name__ == "__main__":
    hold(int(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3]), AmiUrl.parse(sys.argv[4]))

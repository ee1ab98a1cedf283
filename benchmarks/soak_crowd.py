"""The people in front of the panel in benchmarks/soak.py, in a process of its own, until its standard input ends.

Only that benchmark may start it. Browsers come and go all the time; some fall asleep with their socket open, so that
the server has to give them up; one in four gives a command when it comes; pages are asked for.
"""

from __future__ import annotations

import json
import random
import select
import sys
import threading
import time
import urllib.request
from collections import Counter

from benchmarks.held_sockets import ACK_SECONDS, Browser


LEAST_STAY, LONGEST_STAY = 20.0, 120.0
SLEEPERS = 0.05
CALLERS = 0.25
PAGES = ("/", "/queues/", "/reports/", "/metrics", "/readyz", "/wallboards/")
PAGE_SECONDS = 1.0
ARRIVAL_SECONDS = 0.2


class Visitor(Browser):
    """A browser that keeps nothing of what it was told but the last of it."""

    def __init__(self, port: int, cookie: str, dice: random.Random) -> None:
        super().__init__(port, cookie)
        self.leaves_at = time.monotonic() + dice.uniform(LEAST_STAY, LONGEST_STAY)
        self.sleeps = dice.random() < SLEEPERS

    @property
    def has_heard(self) -> bool:
        return bool(self._pieces)

    def take(self) -> None:
        super().take()
        del self._pieces[:-1]


class Crowd:
    """Keeps `count` visitors at the panel. The first of the cookies is a supervisor's, who may see every page.
    `counted` says what they did.
    """

    def __init__(self, port: int, cookies: list[str], count: int) -> None:
        self._port, self._cookies, self._count = port, cookies, count
        self._dice = random.Random(1)
        self._poll = select.epoll()
        self._visitors: dict[int, Visitor] = {}
        self.counted: Counter[str] = Counter()

    def stay(self) -> None:
        """Until standard input ends."""
        self._poll.register(sys.stdin.fileno(), select.EPOLLIN)
        threading.Thread(target=self._ask_for_pages, daemon=True).start()
        acknowledged = came = time.monotonic()
        while self._take():
            now = time.monotonic()
            if now - acknowledged > ACK_SECONDS:
                acknowledged = now
                for visitor in self._visitors.values():
                    if visitor.has_heard and not visitor.sleeps:
                        visitor.acknowledge()
            self._go(now)
            if now - came > ARRIVAL_SECONDS and len(self._visitors) < self._count:
                came = now
                self._come()

    def _take(self) -> bool:
        for number, _ in self._poll.poll(0.1):
            if number == sys.stdin.fileno():
                return False
            visitor = self._visitors[number]
            if visitor.sleeps:
                self._poll.modify(number, select.EPOLLHUP)  # it reads no more; that the server hung up is seen
            visitor.take()
            if visitor.is_closed:
                self.counted["given up asleep" if visitor.sleeps else "given up awake"] += 1
                self._forget(number)
        return True

    def _go(self, now: float) -> None:
        for number in [number for number, visitor in self._visitors.items() if visitor.leaves_at < now]:
            self.counted["left"] += 1
            self._forget(number)

    def _come(self) -> None:
        visitor = Visitor(self._port, self._cookies[self.counted["came"] % len(self._cookies)], self._dice)
        self._visitors[visitor.socket.fileno()] = visitor
        self._poll.register(visitor.socket.fileno(), select.EPOLLIN)
        self.counted["came"] += 1
        if self._dice.random() < CALLERS:
            to = str(self._dice.randrange(240, 290))
            visitor.say({"type": "command", "id": 2, "name": "call", "args": {"to": to}})
            self.counted["commands"] += 1

    def _forget(self, number: int) -> None:
        self._poll.unregister(number)
        self._visitors.pop(number).socket.close()

    def _ask_for_pages(self) -> None:
        """On a thread of its own: who waits for a page goes on reading what its sockets say."""
        while True:
            address = f"http://127.0.0.1:{self._port}{self._dice.choice(PAGES)}"
            request = urllib.request.Request(address, headers={"Cookie": self._cookies[0]})
            with urllib.request.urlopen(request, timeout=60) as answer:
                answer.read()
            self.counted["pages"] += 1
            time.sleep(PAGE_SECONDS)


if __name__ == "__main__":
    crowd = Crowd(int(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3]))
    crowd.stay()
    print(json.dumps(crowd.counted), flush=True)

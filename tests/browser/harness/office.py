"""A made-up office for pictures and for load: people in departments, calls that come and go.

Deterministic with a seed.
"""

from __future__ import annotations

import random
from typing import Any

from tests.browser.harness import rows
from tests.browser.harness.server import Harness


FIRST = ["Zofia", "Bo", "Mei-Lin", "Ana", "Jonas", "Fatima", "Liam", "Ines", "Pavel", "Aoife", "Kwame", "Yuki", "Marta"]
FIRST += ["Ole", "Priya", "Noah", "Lucía", "Emre", "Hana", "Tom"]
LAST = ["Wróbel", "Larsen", "Chu", "Paz", "Berg", "Haddad", "Byrne", "Costa", "Novotný", "Kelly", "Mensah", "Sato"]
LAST += ["Kowalska", "Nygaard", "Iyer", "Fischer", "Ruiz", "Aydın", "Dvořák", "Hughes", "Østergaard", "Łukasik"]
OUTSIDE = [
    ("Jan Novák", "+48600111222"),
    ("Acme Ltd", "+442079460123"),
    ("Kim Lee", "+12125550147"),
    ("", "+4930901820"),
    ("Apteka Pod Lwem", "+48225550199"),
    ("", "+33142685300"),
]
DEPARTMENTS = ["Sales", "Support", "Warehouse", "Accounts", "Management", "Workshop"]


class Office:
    """Fills a harness and makes its calls."""

    def __init__(self, harness: Harness, extensions: int = 60, seed: int = 7, *, busy: float = 0.25) -> None:
        self.harness = harness
        self.random = random.Random(seed)
        self.numbers = [str(201 + at) if extensions < 700 else str(2001 + at) for at in range(extensions)]
        self._calls = 0
        share = max(1, -(-extensions // len(DEPARTMENTS)))
        for at, number in enumerate(self.numbers):
            name = f"{FIRST[at % len(FIRST)]} {LAST[(at * 7 + at // 20) % len(LAST)]}"
            if number == self.numbers[0]:
                name = "Rita Novak"
            group = DEPARTMENTS[at // share]
            state = self.random.choices(["idle", "dnd", "offline", "unknown"], [88, 5, 6, 1])[0]
            box = rows.mailbox(number, self.random.choice([0, 0, 0, 0, 1, 3]))
            harness.put("extension", rows.extension(number, name, group, state, mailbox=box["key"]))
            harness.put("mailbox", box)
        for number in self.random.sample(self.numbers[1:], int(len(self.numbers) * busy) // 1 if extensions > 1 else 0):
            harness.put(*self.call_row_pair(number))

    def call_row_pair(self, number: str) -> tuple[str, rows.Row]:
        """An extension's row with a call on it; the call's row is put as well."""
        return "extension", self.on_call(
            number, self.random.choice(["talking", "talking", "talking", "ringing", "held"])
        )

    def on_call(self, number: str, state: str) -> rows.Row:
        self._calls += 1
        key = f"1763786{self._calls:04d}.{self._calls}"
        name, outside = self.random.choice(OUTSIDE)
        queue = self.random.choice(["", "", "front", "support"])
        since = self.random.randint(2, 600) if state != "ringing" else self.random.randint(1, 15)
        row = self.harness.rows["extension"][number]
        me = rows.person(row["name"], number, number)
        other = rows.person(name, outside)
        extra: dict[str, Any] = {"held_by": number} if state == "held" else {}
        self.harness.put("call", rows.call(key, other, me, state, since=since, queue=queue, **extra))
        leg = rows.leg(key, state, other, since=since, queue=queue)
        return {**row, "state": state, "calls": [leg]}

    def furnish(self) -> None:
        """Queues, waiting callers, parked calls, a room, and two calls for 201."""
        put = self.harness.put
        put(
            "queue",
            rows.queue("front", waiting=2, free=0),
            rows.queue("support", waiting=1),
            rows.queue("billing", free=3),
        )
        put("caller", rows.caller("front", "q.1", 1, "Jan Novák", "+48600111222", waits=102))
        put("caller", rows.caller("front", "q.2", 2, "", "+48601222333", waits=20))
        put("caller", rows.caller("support", "q.3", 1, "Hotel Bristol", "+48225511000", waits=8))
        zofia = rows.person("Zofia Wróbel", "202", "202")
        put("parked", rows.parked("p.1", "p.1", "701", "Kim Lee", "+12125550147", by=zofia, since=52))
        put("conference", rows.conference("800", ["Bo Larsen", "Ana Paz", "Jonas Berg"]))
        me = rows.person("Rita Novak", "201", "201")
        jan, acme = rows.person("Jan Novák", "+48600111222"), rows.person("Acme Ltd", "+442079460123")
        put(
            "call",
            rows.call("my.1", jan, me, since=134, queue="front", queued_at=rows.ago(175), connected_at=rows.ago(134)),
            rows.call("my.2", acme, me, "ringing", since=5, queue="support", queued_at=rows.ago(25)),
        )
        legs = [rows.leg("my.1", "talking", jan, since=134, queue="front"), rows.leg("my.2", "ringing", acme)]
        put("extension", {**self.harness.rows["extension"]["201"], "state": "talking", "calls": legs})
        for number, name, state in [
            ("202", "Zofia Wróbel", "talking"),
            ("203", "Bo Larsen", "free"),
            ("204", "Mei-Lin Chu", "ringing"),
            ("205", "Ana Paz", "paused"),
            ("206", "Jonas Berg", "wrapup"),
            ("207", "Fatima Haddad", "away"),
        ]:
            put("member", rows.member("front", number, name, state, pause_reason="lunch" if state == "paused" else ""))
            if int(number) % 2:
                put("member", rows.member("support", number, name, "busy" if state == "free" else state))

    async def move(self) -> None:
        """One thing happens: a call begins, is answered or ends."""
        number = self.random.choice(self.numbers[1:])
        row = self.harness.rows["extension"][number]
        if row["calls"]:
            call = row["calls"][0]
            if call["state"] == "ringing":
                talking = {**call, "state": "talking", "state_at": rows.ago(0)}
                await self.harness.set("extension", {**row, "state": "talking", "calls": [talking]})
            else:
                await self.harness.push(
                    {"extension": [{**row, "state": "idle", "calls": []}]}, {"call": [call["call"]]}
                )
        elif row["state"] == "idle":
            fresh = self.on_call(number, "ringing")
            await self.harness.push(
                {"extension": [fresh], "call": [self.harness.rows["call"][fresh["calls"][0]["call"]]]}
            )

"""The office that the demo PBX serves: people, departments, queues, trunks, parking places and rooms. Plain data.

Up to 5,000 people; the first sixty are the office that a visitor sees. Numbers from 600 to 899 are kept for queues,
parking and rooms, so extensions run from 201 to 599 and then from 1000. Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ami_worker.demo.names import people


PHONES: Final = "from-internal"
"""The context of the phones, and that of everything they can dial."""

HINTS: Final = "ext-local"
TRUNK_CONTEXT: Final = "from-trunk"
DEPARTMENTS: Final = ("Reception", "Support", "Sales", "Accounts", "Logistics", "Management")
_SIZES: Final = (6, 12, 12, 10, 12, 8)  # of sixty; what is beyond goes round

PARKING_LOT: Final = "default"
PARKING_CONTEXT: Final = "parkedcalls"
PARKING_EXTEN: Final = "700"
PARKING_SPACES: Final = range(701, 721)
PARKING_SECONDS: Final = 45
COMEBACK_SECONDS: Final = 20
ROOMS: Final = ("800", "801", "802")
MAX_EXTENSIONS: Final = 5000
MIN_QUEUES: Final = 3
MAX_QUEUES: Final = 99
TEAM_SIZE: Final = 20
"""Members of each queue beyond the first three, unless it is said how many there are in all."""
FORWARDS: Final = (("CF", "254", "253"), ("CFB", "233", "234"))
"""Two people whose calls go on to a colleague, as FreePBX has it in Asterisk's database: all of them, or when busy."""


@dataclass(slots=True)
class Person:
    """Somebody with a phone on the desk."""

    extension: str
    name: str
    department: str

    @property
    def device(self) -> str:
        return f"PJSIP/{self.extension}"

    @property
    def hint(self) -> str:
        """The phone, the switch for do-not-disturb, and the presence, as FreePBX writes it."""
        return f"PJSIP/{self.extension}&Custom:DND{self.extension},CustomPresence:{self.extension}"

    @property
    def email(self) -> str:
        """As in voicemail.conf: an address at which nobody is."""
        return f"{self.extension}@example.com"

    @property
    def did(self) -> str:
        """The number by which the outside reaches this phone directly."""
        return "555" + self.extension.zfill(4)


@dataclass(slots=True)
class QueuePlan:
    """How one queue is set up."""

    name: str
    exten: str
    strategy: str
    members: list[tuple[str, int]]  # extension, penalty
    local: bool = False  # members are reached through Local channels, as FreePBX does it
    ring_seconds: int = 15
    wrapup_seconds: int = 5
    service_level: int = 20


@dataclass(slots=True)
class TrunkPlan:
    """A provider. `endpoint` is its PJSIP endpoint and its registration."""

    endpoint: str
    server: str
    user: str


@dataclass(slots=True)
class Office:
    people: dict[str, Person]
    queues: dict[str, QueuePlan]
    trunks: list[TrunkPlan]
    dids: dict[str, str] = field(default_factory=dict)  # number as dialled from outside -> exten in PHONES
    database: dict[str, str] = field(default_factory=dict)  # of Asterisk's own, by key
    system_name: str = ""

    def department(self, name: str) -> list[Person]:
        return [person for person in self.people.values() if person.department == name]


def extensions(count: int) -> Iterator[str]:
    """201 to 599, then 1000 and on."""
    for number in range(count):
        yield str(201 + number if number < 399 else 601 + number)


def make_office(count: int = 60, queues: int = MIN_QUEUES, members: int = 0) -> Office:
    """The office with `count` phones, 10 to 5,000, and so many queues, 3 to 99, which have so many members together (0:
    as many as there usually are). Raises ValueError outside of that.
    """
    if not 10 <= count <= MAX_EXTENSIONS:
        raise ValueError(f"an office has 10 to {MAX_EXTENSIONS} extensions, not {count}")
    if not MIN_QUEUES <= queues <= MAX_QUEUES:
        raise ValueError(f"an office has {MIN_QUEUES} to {MAX_QUEUES} queues, not {queues}")
    staff = {
        number: Person(number, name, department)
        for number, name, department in zip(extensions(count), people(count), _departments(count), strict=True)
    }
    trunks = [TrunkPlan("itsp", "sip.example.net", "cordboard"), TrunkPlan("carrier", "trunk.example.org", "5550100")]
    office = Office(staff, {}, trunks)
    first, teams = list(_queues(office)), queues - MIN_QUEUES
    others = teams * TEAM_SIZE
    if members:
        others = members - sum(len(plan.members) for plan in first)
        if not teams <= others <= teams * count:
            raise ValueError(f"{queues} queues of {count} people cannot have {members} members")
    office.queues = {plan.name: plan for plan in (*first, *_teams(office, teams, others))}
    office.dids = {person.did: person.extension for person in staff.values()}
    # What the dialplan of the tests' PBX has too: main number, queues, ways through Local channels, a room, a mailbox.
    office.dids |= {"5550100": "201", "5550101": "601", "5550102": "602", "5550103": "5201", "5550104": "3201"}
    office.dids |= {"5550105": "4201", "5550106": "800", "5550107": "*201", "5550111": "603"}
    office.dids |= {f"5559{plan.exten}": plan.exten for plan in office.queues.values() if plan.name.startswith("team")}
    office.database = {f"/CORDBOARD/{person.extension}/department": person.department for person in staff.values()}
    office.database |= {f"/{tree}/{number}": to for tree, number, to in FORWARDS if number in staff and to in staff}
    return office


def _departments(count: int) -> Iterator[str]:
    office_of_sixty = [name for name, size in zip(DEPARTMENTS, _SIZES, strict=True) for _ in range(size)]
    for number in range(count):
        yield office_of_sixty[number % 60] if count >= 60 else office_of_sixty[number * 60 // count]


def _queues(office: Office) -> Iterator[QueuePlan]:
    """Three queues. Every member is one of the first people of its department, so a big office has the same three."""
    have = office.people
    front = [number for number in ("203", "204", "205", "206") if number in have]
    support = ["204", "205", *[p.extension for p in office.department("Support")[:8]]]
    sales = [p.extension for p in office.department("Sales")[:8]]
    unique_support = list(dict.fromkeys(support))
    yield QueuePlan("front", "601", "ringall", [(number, 0) for number in front])
    yield QueuePlan("support", "602", "rrmemory", [(n, 1 if n == "205" else 0) for n in unique_support])
    yield QueuePlan("sales", "603", "leastrecent", [(number, 0) for number in sales], local=True)


def _teams(office: Office, number: int, members: int) -> Iterator[QueuePlan]:
    """Further queues, for an office with very many. One after the other they go through all the people, from the first
    that no queue has.
    """
    numbers = list(office.people)
    place = 60
    for team in range(number):
        size = (members + team) // number
        chosen = [numbers[each % len(numbers)] for each in range(place, place + size)]
        place += size
        exten = str(601 + MIN_QUEUES + team)
        yield QueuePlan(f"team{team + 1:02}", exten, "rrmemory", [(each, 0) for each in dict.fromkeys(chosen)])

"""The PBX in memory: `Mirror.apply` takes events, `Mirror.changes` gives rows. Neither Django nor asyncio is known
here, and nothing waits.

`mirror.py` is the front; `world.py` and `entities.py` hold the state; `channels`, `bridges`, `extensions` (with
`hints`, `names`), `queues`, `members`, `parking`, `conferences`, `mailboxes` and `trunks` change it, one for each
family of events, and `marks` and `claims` what we wrote on a call; `calls`, `care` and `topology` derive who talks to
whom and who keeps whom; `lists` compares with the PBX; `rows` makes what the browsers get. `history` (with
`passages`, `callbook`, `spans`, `today` and `records`) hears the same events and keeps what happened. Others import
from here and, for reading, from `entities` and `calls`.
"""

from __future__ import annotations

from ami_worker.mirror.calls import Call, Leg
from ami_worker.mirror.entities import (
    Caller,
    CareView,
    Channel,
    ChannelState,
    DeviceStatus,
    Extension,
    Listening,
    Member,
    Parked,
    Queue,
    Room,
)
from ami_worker.mirror.family import Family
from ami_worker.mirror.loans import Loan
from ami_worker.mirror.mirror import Mirror
from ami_worker.mirror.names import Listing
from ami_worker.mirror.records import CallRecord, Gap, Passage, Past, Record, Span
from ami_worker.mirror.rows import Change
from ami_worker.mirror.today import Target


__all__ = [
    "Call",
    "CallRecord",
    "Caller",
    "CareView",
    "Change",
    "Channel",
    "ChannelState",
    "DeviceStatus",
    "Extension",
    "Family",
    "Gap",
    "Leg",
    "Listening",
    "Listing",
    "Loan",
    "Member",
    "Mirror",
    "Parked",
    "Passage",
    "Past",
    "Queue",
    "Record",
    "Room",
    "Span",
    "Target",
    "Written",
]

Written = Change | Record
"""What a batch for the database is made of."""

"""The PBX in memory: `Mirror.apply` takes events, `Mirror.changes` gives rows. Neither Django nor asyncio is known
here, and nothing waits.

`mirror.py` is the front; `world.py` and `entities.py` hold the state; `channels`, `bridges`, `extensions` (with
`hints`, `names`), `queues`, `members`, `parking`, `conferences`, `mailboxes` and `trunks` change it, one for each
family of events, and `marks` and `claims` what we wrote on a call; `calls`, `care` and `topology` derive who talks to
whom and who keeps whom; `lists` compares with the PBX; `rows` makes what the browsers get. Others import from here and,
for reading, from `entities` and `calls`.
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
from ami_worker.mirror.rows import Change


__all__ = [
    "Call",
    "Caller",
    "CareView",
    "Change",
    "Channel",
    "ChannelState",
    "DeviceStatus",
    "Extension",
    "Family",
    "Leg",
    "Listening",
    "Listing",
    "Loan",
    "Member",
    "Mirror",
    "Parked",
    "Queue",
    "Room",
]

"""What the tests of two PBXs in one database write. Used by those of tests/worker and tests/live."""

from __future__ import annotations

from ami_worker.lease import Lease
from ami_worker.mirror import Change
from ami_worker.store import Store
from panel.vocabulary import Kind


def store(pbx: str) -> Store:
    """Of a worker that holds the lease of this PBX."""
    lease = Lease(pbx, f"worker of {pbx}", 60)
    assert lease.acquire()
    return Store(lease)


def extension(key: str) -> Change:
    row = {"key": key, "number": key.rpartition("/")[2], "name": "", "group": "", "state": "idle"}
    return Change(Kind.EXTENSION, key, ("*",), row)

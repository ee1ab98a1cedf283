"""For a process that has this folder on its PYTHONPATH: the clock on the wall is wrong by as many seconds as stand in
the file `MOVED_CLOCK` now, and jumps when they change. The monotonic clock is as it was.

Python imports this module before any other, so everybody's `datetime` is this one.
"""

from __future__ import annotations

import datetime as module
import mmap
import os
import struct
import time
from pathlib import Path
from typing import Any


_real, _real_time, _real_time_ns = module.datetime, time.time, time.time_ns

with Path(os.environ["MOVED_CLOCK"]).open("rb") as _file:
    _seconds = mmap.mmap(_file.fileno(), 8, access=mmap.ACCESS_READ)


def _wrong_by() -> float:
    seconds: float = struct.unpack("d", _seconds)[0]
    return seconds


class _Real(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _real)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, _real)


class _Moved(_real, metaclass=_Real):
    """Makes dates of the real kind: what is written in C looks at the type."""

    def __new__(cls, *parts: Any, **more: Any) -> Any:
        return _real(*parts, **more)

    @classmethod
    def now(cls, tz: module.tzinfo | None = None) -> Any:
        return _real.fromtimestamp(time.time(), tz)


time.time = lambda: _real_time() + _wrong_by()
time.time_ns = lambda: _real_time_ns() + int(_wrong_by() * 1e9)
module.datetime = _Moved  # type: ignore[misc]

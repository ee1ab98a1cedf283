"""A clock on the wall that a test sets, for the processes of a panel; see `moved_clock/sitecustomize.py`."""

from __future__ import annotations

import struct
from pathlib import Path


class Clock:
    """Right at first. `environment` is for the processes that go by it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._wrong_by = 0.0
        self.jump(0.0)

    @property
    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(Path(__file__).parent / "moved_clock"), "MOVED_CLOCK": str(self._file)}

    def jump(self, seconds: float) -> None:
        """Set the clock forward by so many seconds, or back."""
        self._wrong_by += seconds
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("d", self._wrong_by))

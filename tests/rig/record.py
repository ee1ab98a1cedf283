"""Records what real Asterisks say while the scenes of `tests.rig.scenes` are played, for `tests/recordings/`.

    python -m tests.rig.record                      all scenes on both versions
    python -m tests.rig.record --version 16 park    one scene on one version

It uses the plain sockets of `tests.rig.ami`, not the client that is tested with the recordings.
tests/recordings/README.md describes the files.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.rig.ami import Fields
from tests.rig.asterisk import Asterisk
from tests.rig.parts import Unavailable
from tests.rig.phones import Rig


RECORDINGS = Path(__file__).parents[1] / "recordings"
EVENTS = "system,call,agent,user"
LISTS = (
    "CoreShowChannels",
    "QueueStatus",
    "ParkedCalls",
    "ConfbridgeListRooms",
    "DeviceStateList",
    "ExtensionStateList",
    "VoicemailUsersList",
    "PJSIPShowRegistrationsOutbound",
)
VARIABLES = "CORDBOARD_CARE,CORDBOARD_NOTE,CORDBOARD_RECORDING,CORDBOARD_MUTED"
"""What `Status` lists of each channel beside its state."""

QUIET = 0.4  # seconds without a byte after which we take it that Asterisk has said all


class Recorder:
    """One scene on its way into files. The scene calls `snapshot()` at quiet points and `act()` for actions."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.asterisk = rig.asterisk
        self.events = self.asterisk.session("cordboard", EVENTS)
        self.control = self.asterisk.session("cordboard")
        self.events.wait_event("FullyBooted")
        self._start = self.events.logged_in_at
        self._lists: list[bytes] = []
        self.index: dict[str, Any] = {"snapshots": [], "actions": []}
        self._marks = [0]

    @property
    def mark(self) -> int:
        """The place in the stream of events after the newest snapshot or action: `wait()` looks from there on."""
        return self._marks[-1]

    def wait(self, event: str, **fields: str) -> Fields:
        """The first such event since the last snapshot or action."""
        return self.events.wait_event(event, 20, since=self.mark, **fields)

    def act(self, action: str, headers: Mapping[str, str]) -> Fields:
        """Send an action on the second session; its reply is kept in the index."""
        self._drain(0)
        self._marks.append(self.events.count)
        offset = self._offset
        reply = self.control.action(action, headers)
        self.index["actions"].append({"offset": offset, "action": action, "headers": dict(headers), "reply": reply})
        return reply

    def channel(self, prefix: str) -> Fields:
        """The one channel whose name begins with `prefix`, as CoreShowChannels has it now."""
        (found,) = [c for c in self.control.list("CoreShowChannels") if c["Channel"].startswith(prefix)]
        return found

    def snapshot(self, label: str) -> None:
        """Wait until Asterisk is quiet and take all lists. Taken again when an event came in between."""
        for _ in range(20):
            self._drain(QUIET)
            before = self._offset
            raw, actions = self._take_lists()
            self._drain(QUIET / 2)
            if self._offset == before:
                break
        else:
            raise TimeoutError(f"Asterisk did not become quiet for the snapshot {label!r}")
        self.index["snapshots"].append({"label": label, "offset": before, "lists": actions})
        self._lists.append(raw)
        self._marks.append(self.events.count)

    def save(self, directory: Path, name: str, description: str) -> None:
        """Write the files of the scene, in place of older ones."""
        directory.mkdir(parents=True, exist_ok=True)
        for old in directory.glob(f"{name}.*"):
            old.unlink()
        stream = bytes(self.events.received[self._start :])
        (directory / f"{name}.ami").write_bytes(stream)
        for number, (entry, raw) in enumerate(zip(self.index["snapshots"], self._lists, strict=True)):
            entry["file"] = f"{name}.{number}.lists.ami"
            (directory / entry["file"]).write_bytes(raw)
        head = {
            "scene": name,
            "description": description,
            "asterisk": self._version(),
            "events": EVENTS,
            "bytes": len(stream),
        }
        (directory / f"{name}.json").write_text(json.dumps(head | self.index, indent=1, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self.events.close()
        self.control.close()

    @property
    def _offset(self) -> int:
        return len(self.events.received) - self._start

    def _drain(self, quiet: float) -> None:
        """Read what has come, until nothing comes for `quiet` seconds; TimeoutError when it never ends."""
        deadline = time.monotonic() + 30
        while self.events.read(max(quiet, 0.001)):
            if time.monotonic() > deadline:
                raise TimeoutError("Asterisk does not become quiet")

    def _take_lists(self) -> tuple[bytes, list[dict[str, Any]]]:
        actions = []
        start = len(self.control.received)
        rooms: list[str] = []
        for action in LISTS:
            items, offset = self._take(action, {}, start)
            actions.append({"action": action, "offset": offset})
            if action == "ConfbridgeListRooms":
                rooms = [item["Conference"] for item in items]
        for room in rooms:
            _, offset = self._take("ConfbridgeList", {"Conference": room}, start)
            actions.append({"action": "ConfbridgeList", "conference": room, "offset": offset})
        _, offset = self._take("Status", {"Variables": VARIABLES}, start)
        actions.append({"action": "Status", "offset": offset})
        return bytes(self.control.received[start:]), actions

    def _take(self, action: str, headers: Mapping[str, str], start: int) -> tuple[list[Fields], int]:
        offset = len(self.control.received) - start
        return self.control.list(action, headers), offset

    def _version(self) -> str:
        return self.control.action("CoreSettings")["AsteriskVersion"]


def record(major: int, names: list[str]) -> None:
    """Play the scenes on one Asterisk and write their files."""
    from tests.rig.scenes import SCENES  # it needs Recorder

    with Asterisk(major) as asterisk, Rig(asterisk) as standing:
        trunk_up(standing)
        for name in names or SCENES:
            scene = SCENES[name]
            started = time.monotonic()
            with Rig(asterisk) as rig:
                recorder = Recorder(rig)
                try:
                    recorder.snapshot("start")
                    scene(recorder)
                    recorder.snapshot("end")
                    recorder.save(RECORDINGS / str(major), name, " ".join((scene.__doc__ or "").split()))
                finally:
                    recorder.close()
            print(f"{major} {name}: {time.monotonic() - started:.1f} s", flush=True)


def trunk_up(rig: Rig) -> None:
    """Have the trunk registered, so that its retries do not get into the recordings."""
    with rig.asterisk.session(events="system") as session:
        rig.registrar()
        session.wait_event("Registry", 60, Status="Registered")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--version", type=int, choices=(22, 16), help="only this Asterisk")
    parser.add_argument("scene", nargs="*", help="only these scenes")
    arguments = parser.parse_args()
    try:
        for major in (arguments.version,) if arguments.version else (22, 16):
            record(major, arguments.scene)
    except Unavailable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

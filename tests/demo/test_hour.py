"""The hour of full load: as big as it says, and the same hour at any speed."""

from __future__ import annotations

import re

from ami_worker.demo import DemoPbx
from ami_worker.demo.hour import HOUR


SECONDS = 20.0
TIMES = re.compile(
    r"^(HoldTime|RingTime|TalkTime|LastCall|LastPause|LoginTime|ParkingDuration): .*$|\b\d{10}(?=\.\d)", re.MULTILINE
)


def test_the_hour_is_as_big_as_it_says() -> None:
    pbx = DemoPbx(**HOUR).pbx
    assert len(pbx.office.people) == 5_000
    assert len(pbx.office.queues) == 50
    assert sum(len(plan.members) for plan in pbx.office.queues.values()) == 1_000
    calls, begun = [], pbx.switch.calls_processed
    for _ in range(6):
        pbx.clock.run_for(10)
        calls.append(len(pbx.truth()["calls"]))
    assert 450 <= sum(calls) / len(calls) <= 550
    assert 18 <= (pbx.switch.calls_processed - begun) / 60 <= 22


def played(speed: float) -> list[str]:
    """What is told in the first seconds of the hour, but for the times in it."""
    pbx = DemoPbx(**HOUR | {"open_for": 0.0}, speed=speed).pbx
    told: list[str] = []
    pbx.switch.listeners.append(lambda _classes, _name, text: told.append(TIMES.sub("", text)))
    began = pbx.clock.now
    pbx.clock.run_for(SECONDS)
    assert abs(pbx.clock.now - began - SECONDS / speed) < 0.001
    return list(told)  # an office that is thrown away hangs up, and says so


def test_the_hour_is_the_same_at_any_speed() -> None:
    plain, fast = played(1.0), played(7.0)
    assert len(plain) > 5_000
    assert plain == fast

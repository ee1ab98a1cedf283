"""The hour of full load against which the panel is measured: `manage.py demo_pbx --hour`, with any `--speed`.

5,000 extensions, 500 calls at any time of which 20 begin each second, 50 queues with 1,000 members. It is kept as what
the office is made of and a seed: to the last coincidence they give the same hour each time it is played (clock.py), so
that no recording of some gigabytes is stored. Plain data; the commands, benchmarks and tests may import it.
"""

from __future__ import annotations

from typing import Any, Final


HOUR: Final[dict[str, Any]] = {
    "seed": 60,
    "extensions": 5_000,
    "queues": 50,
    "members": 1_000,
    "rate": 20.0,
    "talk_seconds": 8.0,
    "open_for": 120.0,
}
"""Arguments of `DemoPbx`."""

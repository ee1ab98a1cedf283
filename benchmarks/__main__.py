"""Runs the benchmarks and prints one table: `python -m benchmarks [name …]`.

Exit code 1 when a figure is not reached.
"""

from __future__ import annotations

import argparse
import importlib
import sys

from benchmarks.table import Row, machine, show


NAMES = (
    "parse", "mirror", "pipeline", "resync", "sockets", "paint", "queues", "keys", "claims", "search", "reports",
    "passages", "lost", "replay", "tiles", "crowd", "deflate", "load", "scale",
)  # fmt: skip
BY_NAME_ONLY = ("year", "soak", "recovery", "capacity")
"""Too long for a run of all."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    which = f"which ones; when none is named, all but {', '.join(BY_NAME_ONLY)}"
    parser.add_argument("names", nargs="*", choices=[*NAMES, *BY_NAME_ONLY, []], help=which)
    chosen = parser.parse_args().names or NAMES
    print(machine())
    rows: list[Row] = []
    for name in chosen:
        print(f"… {name}", flush=True)
        rows += importlib.import_module(f"benchmarks.{name}").run()
    show(rows)
    return 0 if all(row.is_reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

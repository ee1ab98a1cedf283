"""The worker as `manage.py ami_worker` starts it, which can be looked into: upon SIGUSR1 it writes down the rows that
it holds in memory, and it notes each command that it takes up, before it does anything about it.

Started by house.py, in a process of its own, in a panel's DATA_DIR.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import django


PERFORMED = "performed"
"""The file with the keys of the commands that any worker took up, a line each."""


def picture_file(folder: Path, pid: int) -> Path:
    return folder / f"worker-{pid}.json"


def main() -> None:
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # a worker that stands by has no picture
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")
    django.setup()
    from django.core.management import call_command

    from ami_worker import service
    from ami_worker.operations import Intent

    folder = Path(os.environ["DATA_DIR"])

    class WatchedTenure(service.Tenure):
        async def run(self) -> None:
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self._tell)
            await super().run()

        def _tell(self) -> None:
            rows = {kind: list(rows.values()) for kind, rows in self._mirror.rows().items()}
            file = picture_file(folder, os.getpid())
            made = file.with_suffix(".part")
            made.write_text(json.dumps(rows))
            made.rename(file)

        async def _perform(self, intent: Intent) -> None:
            with (folder / PERFORMED).open("a") as performed:
                performed.write(f"{intent.key}\n")
            await super()._perform(intent)

    service.Tenure = WatchedTenure  # type: ignore[misc]
    call_command("ami_worker")


if __name__ == "__main__":
    main()

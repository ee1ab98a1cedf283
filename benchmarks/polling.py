"""A panel of the usual kind, for comparison: it asks for QueueStatus and CoreShowChannels every two seconds and gives
all of it to the browser.

Only benchmarks/load.py may start it, as a process: `python -m benchmarks.polling AMI_URL SECONDS`. It is as good as
such a panel can be: it keeps its session, and our own codec reads for it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from ami_worker.ami import actions
from ami_worker.ami.connection import AmiUrl, Session


EVERY_SECONDS = 2.0


async def poll(url: AmiUrl, seconds: float) -> dict[str, Any]:
    """When each poll was answered, and the channels in it; bytes and CPU time a second."""
    session = await Session.open(url)
    polls, size = [], 0
    used, began = time.process_time(), time.time()
    while (asked := time.time()) < began + seconds:
        channels = (await session.list(actions.core_show_channels())).items
        queues = (await session.list(actions.queue_status())).items
        size += len(json.dumps([dict(item.headers) for item in (*channels, *queues)]))
        polls.append({"at": time.time(), "calls": [channel.get("Uniqueid") for channel in channels]})
        await asyncio.sleep(max(0.0, asked + EVERY_SECONDS - time.time()))
    lasted = time.time() - began
    await session.close()
    return {"polls": polls, "bytes_a_second": size / lasted, "cores": (time.process_time() - used) / lasted}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(poll(AmiUrl.parse(sys.argv[1]), float(sys.argv[2])))))

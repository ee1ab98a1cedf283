"""A simulated office with a PBX that speaks AMI as Asterisk 22 does, on a real socket.

It is what the panel shows when it has no PBX, and the fast test bed. `DemoPbx` is all that others need:

    async with DemoPbx(seed=7, extensions=60, rate=0) as pbx:
        channel = await pbx.call_from_outside("5550100")
        ...                               # connect to pbx.ami_url
        pbx.phone("201").answer()

A plain asyncio library: it knows neither Django nor the rest of the worker.
"""

from __future__ import annotations

from ami_worker.demo.channels import Channel
from ami_worker.demo.demo import DemoPbx
from ami_worker.demo.phones import NothingThere, Phone


__all__ = ["Channel", "DemoPbx", "NothingThere", "Phone"]

"""Transfers that phones make, and that are no more than a step of a call's story: BlindTransfer and AttendedTransfer.
Used inside the mirror. What they do to channels is told by the events of channels and bridges.

A transfer into our include is told by the include itself, with the target that is meant.
"""

from __future__ import annotations

from ami_worker.ami.protocol import Message
from ami_worker.mirror.channels import Handler, endpoint_of
from ami_worker.mirror.entities import Channel
from ami_worker.mirror.marks import CARE, Marks
from ami_worker.mirror.text import OUR_CONTEXTS, dialled
from ami_worker.mirror.world import World


class Transfers:
    def __init__(self, world: World, marks: Marks) -> None:
        self._world = world
        self._marks = marks
        self.handlers: dict[str, Handler] = {
            "blindtransfer": self.on_blind,
            "attendedtransfer": self.on_attended,
        }

    def on_blind(self, message: Message) -> None:
        """Out of our include this is the end of its care, also of a serial call."""
        channel = self._transferee(message)
        if channel is not None and not message.get("Context").startswith(OUR_CONTEXTS):
            self._tell(channel, message, "Transferer", message.get("Extension"))
            self._marks.set(channel, CARE, "")

    def on_attended(self, message: Message) -> None:
        channel = self._transferee(message)
        if channel is not None:
            self._tell(channel, message, "OrigTransferer", message.get("TransferTargetCallerIDNum"))

    def _transferee(self, message: Message) -> Channel | None:
        """None where there are several, which no event names, and for a transfer that failed."""
        channel = self._world.channels.get(message.get("TransfereeUniqueid"))
        if channel is None or message.get("Result") != "Success":
            return None
        return channel if message.get("TransfereeChannel") in (channel.name, channel.former_name) else None

    def _tell(self, channel: Channel, message: Message, by: str, to: str) -> None:
        channel.call.story.tell(
            "transferred",
            channel.uniqueid,
            self._world.at,
            endpoint=endpoint_of(message.get(f"{by}Channel")),
            number=message.text(f"{by}CallerIDNum"),
            name=message.text(f"{by}CallerIDName"),
            what=dialled(to),
            is_over=True,
        )
        self._world.touch(channel)

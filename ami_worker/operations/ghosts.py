"""Callers who have hung up, and whom Asterisk keeps all the same.

When somebody hangs up in the very instant in which Bridge() takes their channel out of the music, Asterisk may lose the
hang-up (seen on 22, about once in fifty such instants): the telephone is idle, the channel stays up, and whoever is
bridged with it hears nothing. The order of the events gives it away: a channel enters a bridge after its HangupRequest.
Nobody comes back from that, so it is ended. `Operations` feeds it every message.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import Final

from ami_worker.ami import actions
from ami_worker.ami.actions import InvalidValue
from ami_worker.ami.connection import AmiError
from ami_worker.ami.protocol import Message
from ami_worker.mirror import Channel, Mirror
from ami_worker.operations.attempt import Send


log = logging.getLogger(__name__)

REMEMBERED: Final = 500


class Ghosts:
    def __init__(self, mirror: Mirror, send: Send) -> None:
        self._mirror = mirror
        self._send = send
        self._hung_up: OrderedDict[str, None] = OrderedDict()
        """Uniqueids of legs whose far end has hung up."""
        self._ending: set[asyncio.Task[None]] = set()

    def hear(self, message: Message) -> None:
        """Take note of who hangs up, and end whoever enters a bridge after that. Anything else is passed over."""
        event = message.event
        if event not in ("hanguprequest", "bridgeenter"):
            return
        uniqueid = message.get("Uniqueid")
        channel = self._mirror.channels.get(uniqueid)
        if channel is None or not channel.is_leg:
            return
        if event == "hanguprequest":
            self._hung_up[uniqueid] = None
            if len(self._hung_up) > REMEMBERED:
                self._hung_up.popitem(last=False)
        elif uniqueid in self._hung_up:
            del self._hung_up[uniqueid]
            task = asyncio.get_running_loop().create_task(self._end(channel))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _end(self, channel: Channel) -> None:
        log.warning("%s had hung up before it entered a bridge: it is ended", channel.name)
        try:
            await self._send(actions.hangup(channel.name))
        except (AmiError, InvalidValue) as failure:
            log.warning("%s may be left: %s", channel.name, failure)

"""What phones hear: the sound that Asterisk sends to them, taken from the wire. Needs root, as the rig does.

SIPp plays the phones and throws away what it hears. So it is read beside it: a raw socket gets a copy of every UDP
packet that comes to this machine.
"""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final


_UDP_HEADER, _RTP_HEADER = 8, 12
_PCMU: Final = 0
_LOUD: Final = 5
"""Of the exponent, 0 to 7, of a sample in G.711 µ-law."""


def is_loud(sound: bytes) -> bool:
    """Whether most samples, in G.711 µ-law, are loud. Silence is 0x7f and 0xff, and as loud as can be 0x00 and 0x80."""
    return sum((~sample >> 4 & 7) >= _LOUD for sample in sound) > len(sound) / 2


@contextmanager
def hearing(phones: Mapping[str, tuple[str, int]]) -> Iterator[Counter[str]]:
    """Counts, by the phones' names, the loud packets that come to their addresses during the block."""
    heard: Counter[str] = Counter()
    names = {address: name for name, address in phones.items()}
    over = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as wire:
        wire.settimeout(0.05)

        def listen() -> None:
            while not over.is_set():
                try:
                    packet = wire.recv(65535)
                except TimeoutError:
                    continue
                udp = packet[(packet[0] & 15) * 4 :]
                to = (socket.inet_ntoa(packet[16:20]), int.from_bytes(udp[2:4]))
                rtp = udp[_UDP_HEADER:]
                if to in names and len(rtp) > _RTP_HEADER and rtp[1] & 0x7F == _PCMU and is_loud(rtp[_RTP_HEADER:]):
                    heard[names[to]] += 1

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield heard
        finally:
            over.set()
            thread.join()

"""What goes to the mail server and what comes of it, as plain values: `Letter`, `Delivery`; and the `Post`.

Used by the operation `message`; `ami_worker.post` is the post that there is.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from panel.vocabulary import CommandState


class Letter(NamedTuple):
    """One message to one person. The texts are single lines but for `body`."""

    name: str  # of the person, may be empty
    address: str
    subject: str
    body: str


class Delivery(NamedTuple):
    state: CommandState
    """DONE: the mail server took it. FAILED: it did not go. UNKNOWN: it may have gone."""
    words: str = ""
    """Why not, in the mail server's words or the system's, without addresses; may be empty."""


class Post(Protocol):
    async def deliver(self, letter: Letter) -> Delivery:
        """Hand it to the mail server, once. Never raises for what a mail server does."""

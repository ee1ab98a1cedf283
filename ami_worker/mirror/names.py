"""What an extension is called and which department it belongs to, by the best source that has a word for it.

Used inside the mirror; `Mirror.set_listings` and `Mirror.set_names` hand in what comes from outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from ami_worker.mirror.entities import Channel, Extension
from ami_worker.mirror.text import clean
from ami_worker.mirror.world import World
from panel.vocabulary import Kind, PersonNumber


Source = Literal["voicemail", "member", "caller", "ampuser", "department"]

_PREFERENCE: Final[tuple[Source, ...]] = ("voicemail", "member", "caller", "ampuser")
"""Best first, after the admin's own listing: the full name in voicemail.conf, the name of a queue member, the caller
id of the endpoint's own calls, FreePBX's AMPUSER/<ext>/cidname.
"""


class Listing(NamedTuple):
    """What an admin says of an extension; an empty text leaves the word to the PBX."""

    name: str = ""
    group: str = ""
    hidden: bool = False
    numbers: tuple[tuple[str, str], ...] = ()
    """Label and number of the person's further numbers, in their order."""
    ring_seconds: int = 0
    """How long a transfer rings here; 0 is the usual time."""
    email: str = ""
    """Where messages for this person go."""


_NOT_LISTED: Final = Listing()


class Names:
    """Collects names by number and keeps those of the extensions right."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._listings: Mapping[str, Listing] = {}
        self._found: dict[Source, dict[str, str]] = {source: {} for source in (*_PREFERENCE, "department")}

    def set_listings(self, listings: Mapping[str, Listing]) -> None:
        """Replace all listings; they are keyed by extension."""
        self._listings = dict(listings)
        self._apply_to_all()

    def set_all(self, source: Source, names: Mapping[str, str]) -> None:
        """Replace all that one source says, by number."""
        self._found[source] = {number: clean(name) for number, name in names.items()}
        self._apply_to_all()

    def learn(self, source: Source, number: str, name: str) -> None:
        """One name; an interface or the number itself is none."""
        name = clean(name)
        found = self._found[source]
        if name and name != number and "/" not in name and found.get(number) != name:
            found[number] = name
            for extension in self._world.by_number.get(number, ()):
                self.apply_to(extension)

    def learn_from(self, channel: Channel) -> None:
        """The caller id of an extension's own channel, as long as it is its own: trunks may want another one sent."""
        extension = self._world.owner.get(channel.endpoint)
        if extension is not None and channel.caller_number == extension.number:
            self.learn("caller", extension.number, channel.caller_name)

    def apply_to(self, extension: Extension) -> None:
        listing = self._listings.get(extension.key) or self._listings.get(extension.number) or _NOT_LISTED
        found, number = self._found, extension.number
        name = clean(listing.name) or next(
            (found[source][number] for source in _PREFERENCE if found[source].get(number)), ""
        )
        group = clean(listing.group) or found["department"].get(number, "")
        if (name, group, listing.hidden) != (extension.name, extension.group, extension.hidden):
            extension.name, extension.group, extension.hidden = name, group, listing.hidden
            self._world.touch_extension(extension)
        box = self._world.mailbox_of(number)
        email = listing.email or (box.email if box is not None else "")
        if email != extension.email:
            extension.email = email
            self._world.dirty[Kind.EXTENSION].add(extension.key)
        numbers = tuple(PersonNumber(label=clean(label), number=clean(number)) for label, number in listing.numbers)
        if (numbers, listing.ring_seconds) != (extension.numbers, extension.ring_seconds):
            extension.numbers, extension.ring_seconds = numbers, listing.ring_seconds
            self._world.dirty[Kind.EXTENSION].add(extension.key)

    def _apply_to_all(self) -> None:
        for extension in self._world.extensions.values():
            self.apply_to(extension)

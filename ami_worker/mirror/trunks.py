"""Trunks: outbound registrations, and endpoints that are no extension. Used inside the mirror.

A trunk that registers is what its registration says. One that does not is as reachable as Asterisk finds its contacts,
by PeerStatus, ContactStatus or device state, whichever spoke last.
"""

from __future__ import annotations

from typing import Final

from ami_worker.ami.protocol import Message
from ami_worker.mirror.channels import Handler
from ami_worker.mirror.entities import DeviceStatus, Trunk
from ami_worker.mirror.persons import trunk_of
from ami_worker.mirror.text import clean
from ami_worker.mirror.world import World
from panel.vocabulary import Kind, TrunkRow, utc


_REGISTERED: Final = {
    "registered": "registered",
    "rejected": "rejected",
    "failed": "rejected",
    "no authentication": "rejected",
}
_REACH: Final = {
    **dict.fromkeys(("reachable", "registered", "nonqualified", "created", "updated", "lagged"), "reachable"),
    **dict.fromkeys(("unreachable", "unregistered", "removed"), "unreachable"),
}


class Trunks:
    """Keeps `World.trunks`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_uris: dict[tuple[str, str], str] = {}  # (server, client) of a registration → trunk
        self.handlers: dict[str, Handler] = {
            "registry": self.on_registry,
            "peerstatus": self.on_peer,
            "contactstatus": self.on_contact,
        }

    # --- registrations ----------------------------------------------------------------------------------------------

    def on_registry(self, message: Message) -> None:
        """Names the two ends of a registration (res_pjsip: Domain is the server's URI, Username the client's), not the
        registration.
        """
        server, client = message.get("Domain"), message.get("Username")
        name = self._by_uris.get((server, client)) or _host_of(server)
        if name:
            self._register(name, message.get("Status"), message.get("Cause"))

    def on_registration_listed(self, message: Message) -> tuple[str, bool]:
        """An item of PJSIPShowRegistrationsOutbound. Returns the trunk and whether its state was wrong.

        Other items of that list (the authentication that belongs to it) are no registrations.
        """
        if message.event != "outboundregistrationdetail":
            return "", False
        name = message.get("Endpoint") or message.get("ObjectName")
        self._by_uris[message.get("ServerUri"), message.get("ClientUri")] = name
        return name, self._register(name, message.get("Status"), "")

    def forget_registration(self, name: str) -> None:
        self._world.trunks[name].registration = ""
        self._world.dirty[Kind.TRUNK].add(name)

    def _register(self, name: str, status: str, reason: str) -> bool:
        trunk = self._trunk(name)
        before = trunk.registration
        trunk.registration = _REGISTERED.get(status.lower(), "unregistered")
        trunk.reason = "" if trunk.registration == "registered" else reason or status
        return before != trunk.registration

    # --- reach ------------------------------------------------------------------------------------------------------

    def on_peer(self, message: Message) -> None:
        self._reach(message.get("Peer"), message.get("PeerStatus"))

    def on_contact(self, message: Message) -> None:
        self._reach(f"PJSIP/{message.get('EndpointName')}", message.get("ContactStatus"))

    def _reach(self, endpoint: str, status: str) -> None:
        reach = _REACH.get(status.lower())
        name = trunk_of(endpoint)
        if reach and name and self._is_trunk(endpoint):
            self._trunk(name).reach = reach

    def on_device(self, device: str) -> None:
        """The state of a device is new; of a trunk it says whether it can be reached."""
        status = self._world.devices[device].status if device in self._world.devices else DeviceStatus.UNKNOWN
        if device and status != DeviceStatus.UNKNOWN and self._is_trunk(device):
            unreachable = status in (DeviceStatus.UNAVAILABLE, DeviceStatus.INVALID)
            self._trunk(trunk_of(device)).reach = "unreachable" if unreachable else "reachable"

    def _is_trunk(self, endpoint: str) -> bool:
        """No phone of ours, and none that merely lacks a hint: phones are numbered."""
        return endpoint not in self._world.owner and not endpoint.partition("/")[2].isdecimal()

    def _trunk(self, name: str) -> Trunk:
        name = clean(name)
        trunk = self._world.trunks.get(name)
        if trunk is None:
            trunk = self._world.trunks[name] = Trunk(name)
        self._world.dirty[Kind.TRUNK].add(name)
        return trunk

    # --- rows -------------------------------------------------------------------------------------------------------

    def _calls(self, trunk: Trunk) -> int:
        by_endpoint = self._world.by_endpoint
        return sum(
            len(by_endpoint.get(f"{technology}/{trunk.name}", ())) for technology in ("PJSIP", "SIP", "IAX2", "DAHDI")
        )

    def row(self, trunk: Trunk) -> TrunkRow:
        state = trunk.registration or trunk.reach or "unknown"
        if state != trunk.state:
            trunk.state_at = self._world.at if trunk.state else None
            trunk.state = state
        return TrunkRow(
            key=trunk.name,
            name=trunk.name,
            state=state,
            state_at=None if trunk.state_at is None else utc(trunk.state_at),
            reason=clean(trunk.reason) if trunk.registration else "",
            calls=self._calls(trunk),
        )

    def is_shown(self, trunk: Trunk) -> bool:
        """What turned out to be an extension's phone, or lost both its registration and its device, is no trunk."""
        return bool(trunk.registration or trunk.reach) and not any(
            f"{technology}/{trunk.name}" in self._world.owner for technology in ("PJSIP", "SIP", "IAX2")
        )


def _host_of(uri: str) -> str:
    """`itsp.example` of `sip:user@itsp.example:5060;transport=tcp`."""
    address = uri.partition(":")[2] if uri.lower().startswith(("sip:", "sips:")) else uri
    return address.rpartition("@")[2].partition(";")[0].partition(":")[0]

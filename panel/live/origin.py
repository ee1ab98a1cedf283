"""The origin check of the socket: a page of another site, or of another port of this host, must not use an operator's
cookie.

Only `panel.asgi` and the tests may call this module. Cookies are shared by all ports of a host, and the PBX's own web
pages often live there; so scheme, host and port must all be ours. Ours is where the request itself was sent to (if
ALLOWED_HOSTS knows that host), and what CSRF_TRUSTED_ORIGINS and ALLOWED_HOSTS name with a scheme: behind a proxy
that speaks TLS the panel's address has to be in CSRF_TRUSTED_ORIGINS, as for Django's forms. Patterns with a star
count for Django and not here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host


_DEFAULT_PORTS = {"http": 80, "https": 443}
_SOCKET_SCHEMES = {"ws": "http", "wss": "https"}

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


class Origin(NamedTuple):
    scheme: str
    host: str
    port: int


def parse(text: str) -> Origin | None:
    """`https://pbx.example.com` with its port filled in; None for anything else, such as `null`, a path, a star."""
    try:
        parts = urlsplit(text)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    plain = f"{parts.scheme}://{parts.netloc}"
    if port is None or parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "@" in text or "*" in text:
        return None
    # Nothing may follow the port: an origin is not an address.
    return Origin(parts.scheme, parts.hostname, port) if text.lower() == plain.lower() else None


def is_allowed(scheme: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a handshake with these headers comes from a page of ours. `scheme` is that of the socket, ws or wss."""
    found = [value.decode("latin-1") for name, value in headers if name == b"origin"]
    origin = parse(found[0]) if len(found) == 1 else None
    if origin is None:
        return False
    named = [entry for entry in (*settings.CSRF_TRUSTED_ORIGINS, *settings.ALLOWED_HOSTS) if "://" in entry]
    if origin in map(parse, named):
        return True
    hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
    return len(hosts) == 1 and origin == _own(scheme, hosts[0])


def _own(scheme: str, host: str) -> Origin | None:
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return None
    return parse(f"{_SOCKET_SCHEMES.get(scheme, '')}://{host}")


class SameOrigin:
    """Refuses every handshake whose origin is not ours, with 403, before anything else is looked at."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if is_allowed(scope.get("scheme", "ws"), scope["headers"]):
            await self._inner(scope, receive, send)
        else:
            await refuse(scope, receive, send)


async def refuse(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Closing before accepting is a 403 to the client."""
    await receive()
    await send({"type": "websocket.close", "code": 4403})

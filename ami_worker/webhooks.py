"""Posts what happened to a web address, and to nowhere inside the own network.

Only `ami_worker.messenger` and tests may call this module. `post` is synchronous and takes five seconds at most after
the name has been looked up.

The body is JSON: `{"event": "raised" | "fell", "at": "2026-11-22T10:42:07.123Z", "alert": {…}}` with the row of the
alert as the browsers have it. `X-Cordboard-Signature` is `sha256=` and the HMAC-SHA256, in hex, of the value of
`X-Cordboard-Timestamp` (seconds since the epoch), a full stop, and the body, under the secret of the webhook. Any
status from 200 to 299 says that it was taken. Redirects are not followed: they could lead inside.

HTTP is spoken here by hand: each byte counts against one deadline, which http.client cannot do, and the connection goes
to the very address that was checked (a name that is looked up twice may give two).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Collection
from contextlib import closing
from typing import Any, Final, NamedTuple
from urllib.parse import SplitResult, urlsplit


SECONDS: Final = 5.0
"""For connecting, TLS, sending and the answer together."""

LONGEST_ANSWER: Final = 64 * 1024

_PORTS: Final = {"http": 80, "https": 443}
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([0-9]{3})[ \r]")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")

_SocketAddress = tuple[socket.AddressFamily, Any]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Sent(NamedTuple):
    """What came of it, with a sentence for the admin. `again`: it may go better later."""

    ok: bool
    words: str
    again: bool = False


class Forbidden(ValueError):
    """This address is not to be posted to; the text says why."""


def checked(url: str) -> SplitResult:
    """The parts of an address that a webhook can have. Raises Forbidden."""
    if not re.fullmatch(r"[!-~]+", url):
        raise Forbidden("The address has signs that no web address has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as wrong:
        raise Forbidden("This is no web address") from wrong
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise Forbidden("Only http:// and https:// addresses can be posted to")
    if parts.username is not None or parts.password is not None:
        raise Forbidden("The address must not hold a password")
    return parts


def is_inside(address: Address) -> bool:
    """Whether it belongs to this machine, its network, or nobody: all but the open internet."""
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            embedded = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if embedded is not None:
            return is_inside(embedded)
    return not address.is_global or address.is_multicast or address.is_reserved


def post(url: str, secret: str, body: bytes, inside: Collection[str] = (), *, seconds: float = SECONDS) -> Sent:
    """Post the body once. `inside` are the hosts of the own network that may be posted to. Never raises for what the
    other side does.
    """
    try:
        parts = checked(url)
        port = parts.port or _PORTS[parts.scheme]
        addresses = _addresses_of(str(parts.hostname), port, inside)
        return _judged(_exchange(parts, addresses, _request(parts, secret, body), time.monotonic() + seconds))
    except Forbidden as forbidden:
        return Sent(False, str(forbidden))
    except TimeoutError:
        return Sent(False, f"No answer within {seconds:g} seconds", again=True)
    except ssl.SSLError as failed:
        return Sent(False, f"No secure connection: {failed.reason or failed}")
    except OSError as failed:
        return Sent(False, f"No connection: {failed.strerror or failed}", again=True)


def _addresses_of(host: str, port: int, inside: Collection[str]) -> list[_SocketAddress]:
    """Look the name up, once: what is connected to is what was checked."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if host not in inside:
        for entry in found:
            if is_inside(ipaddress.ip_address(str(entry[4][0]).partition("%")[0])):
                raise Forbidden(f"{host} is inside the own network; WEBHOOK_HOSTS names the hosts there that may be")
    return [(entry[0], entry[4]) for entry in found]


def _request(parts: SplitResult, secret: str, body: bytes) -> bytes:
    stamp = str(int(time.time()))
    signature = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    head = (
        f"POST {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: Cordboard\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Cordboard-Timestamp: {stamp}\r\nX-Cordboard-Signature: sha256={signature}\r\n\r\n"
    )
    return head.encode("ascii") + body


def _exchange(parts: SplitResult, addresses: list[_SocketAddress], request: bytes, deadline: float) -> bytes:
    """Send the request; returns the beginning of the answer."""
    with closing(_connected(addresses, deadline)) as plain:
        if parts.scheme == "http":
            return _speak(plain, request, deadline)
        plain.settimeout(_left(deadline))
        with ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) as secure:
            return _speak(secure, request, deadline)


def _connected(addresses: list[_SocketAddress], deadline: float) -> socket.socket:
    """The first of them that takes the connection."""
    for at, (family, address) in enumerate(addresses, start=1):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(_left(deadline))
            connection.connect(address)
        except OSError:
            connection.close()
            if at == len(addresses):
                raise
        else:
            return connection
    raise OSError("the name has no address")


def _speak(connection: socket.socket, request: bytes, deadline: float) -> bytes:
    connection.settimeout(_left(deadline))
    connection.sendall(request)
    answer = b""
    while b"\r\n\r\n" not in answer and len(answer) < LONGEST_ANSWER:
        connection.settimeout(_left(deadline))
        received = connection.recv(min(8192, LONGEST_ANSWER - len(answer)))
        if not received:
            break
        answer += received
    return answer


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _judged(answer: bytes) -> Sent:
    """By the status; what else it says is not read."""
    found = _STATUS.match(answer)
    if found is None:
        return Sent(False, "The answer is not HTTP", again=not answer)
    status = int(found[1])
    if 200 <= status < 300:
        return Sent(True, f"Taken (status {status})")
    if 300 <= status < 400:
        return Sent(False, f"Status {status}: redirects are not followed")
    return Sent(False, f"Status {status}", again=status >= 500 or status in {408, 429})

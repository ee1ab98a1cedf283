"""Reaching the port of the PBX: socket options, TLS, and failures in plain words. For `connection` alone."""

from __future__ import annotations

import asyncio
import socket
import ssl

from ami_worker.ami.errors import ConnectFailed
from ami_worker.ami.url import AmiUrl


RECEIVE_BUFFER = 4 * 1024 * 1024  # bytes; Asterisk gives up on a client that does not read for 100 ms


async def dial(url: AmiUrl, protocol: asyncio.Protocol, *, timeout: float, silence: float) -> asyncio.Transport:
    """Connect `protocol` to the PBX within `timeout` seconds.

    The kernel ends the connection when the other side has not acknowledged anything for `silence` seconds.

    Raises:
        ConnectFailed: with the reason.
    """
    where = f"{url.host} port {url.port}"
    try:
        context = url.ssl_context()
        async with asyncio.timeout(timeout):
            sock = await _connect(url, silence)
            transport, _ = await asyncio.get_running_loop().create_connection(
                lambda: protocol, sock=sock, ssl=context, server_hostname=url.host if context else None
            )
            return transport
    except TimeoutError as error:
        raise ConnectFailed(f"{where} did not answer within {timeout:g} s.") from error
    except ssl.SSLCertVerificationError as error:
        raise ConnectFailed(f"The certificate of {where} is not trusted: {error.verify_message}.") from error
    except ssl.SSLError as error:
        raise ConnectFailed(
            f"{where} does not speak TLS as it should ({error.reason}); is it the plain port?"
        ) from error
    except socket.gaierror as error:
        raise ConnectFailed(f"There is no host named {url.host}.") from error
    except ConnectionRefusedError as error:
        raise ConnectFailed(f"Nothing listens at {where}.") from error
    except OSError as error:
        raise ConnectFailed(f"{where} cannot be reached: {error.strerror or error}.") from error
    except ValueError as error:
        raise ConnectFailed(f"TLS is not set up: {error}.") from error


async def _connect(url: AmiUrl, silence: float) -> socket.socket:
    """The first address of the host that answers."""
    loop = asyncio.get_running_loop()
    failure: OSError = OSError("it has no address")
    for family, kind, number, _, address in await loop.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, number)
        try:
            _tune(sock, silence)
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure


def _tune(sock: socket.socket, silence: float) -> None:
    """Set before connecting: the receive buffer decides the window that is offered."""
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    seconds = max(1, round(silence))
    wanted = {"TCP_KEEPIDLE": seconds, "TCP_KEEPINTVL": seconds, "TCP_KEEPCNT": 2, "TCP_USER_TIMEOUT": seconds * 1000}
    for name, value in wanted.items():
        option = getattr(socket, name, None)  # not every system has them all
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)

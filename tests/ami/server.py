"""A manager interface on a real socket that behaves as a test wants it to: late, in pieces, wrong, or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from ami_worker.ami.connection import AmiUrl
from tests.ami.oracle import action_lines


Fields = dict[str, str]
Answer = Callable[["Client", Fields], Awaitable[None]]

USERNAME = "panel"
SECRET = "s3cret/with:odd@signs"
CHALLENGE = "171234567"


def message(*headers: tuple[str, str], **more: str) -> bytes:
    """The bytes of a message."""
    return "".join(f"{name}: {value}\r\n" for name, value in (*headers, *more.items())).encode() + b"\r\n"


class Client:
    """One connection to the server."""

    def __init__(self, server: AmiServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self.writer = writer
        self.actions: list[Fields] = []
        self.raw = b""
        self.gone = asyncio.Event()

    async def send(self, data: bytes) -> None:
        """Write bytes, in pieces of `server.piece` bytes."""
        piece = self._server.piece or max(1, len(data))
        for start in range(0, len(data), piece):
            self.writer.write(data[start : start + piece])
            await self.writer.drain()
            await asyncio.sleep(0)

    async def event(self, name: str, **headers: str) -> None:
        """Send an event."""
        await self.send(message(("Event", name), **headers))

    async def respond(self, action: Fields, response: str = "Success", **headers: str) -> None:
        """Answer an action."""
        await self.send(message(("Response", response), ("ActionID", action["ActionID"]), **headers))

    async def list(
        self, action: Fields, items: list[Fields], *, announced: int | None = None, state: str = "Complete"
    ) -> None:
        """Answer a list action."""
        await self.respond(action, EventList="start", Message="Items will follow")
        for item in items:
            await self.send(message(*item.items(), ("ActionID", action["ActionID"])))
        await self.event(
            f"{action['Action']}Complete",
            ActionID=action["ActionID"],
            EventList=state,
            ListItems=str(len(items) if announced is None else announced),
        )

    def cut(self) -> None:
        """Drop the connection without a word."""
        self.writer.transport.abort()

    def cut_politely(self) -> None:
        """Close after what was written."""
        self.writer.close()

    async def serve(self) -> None:
        """Read actions until the other side goes."""
        try:
            await self.send(self._server.banner)
            while True:
                data = await self._reader.readuntil(b"\r\n\r\n")
                self.raw += data
                for lines in action_lines(data):
                    action = dict(lines)
                    self.actions.append(action)
                    await self._server.answer_of(action["Action"])(self, action)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # gone
        finally:
            self.writer.transport.abort()
            self.gone.set()


async def challenge(client: Client, action: Fields) -> None:
    await client.respond(action, Challenge=CHALLENGE)


async def login(client: Client, action: Fields) -> None:
    key = hashlib.md5((CHALLENGE + SECRET).encode()).hexdigest()
    right = action["Username"] == USERNAME and (action.get("Key") == key or action.get("Secret") == SECRET)
    if not right:
        await client.respond(action, "Error", Message="Authentication failed")
        client.cut_politely()
        return
    await client.respond(action, Message="Authentication accepted")
    if "system" in action["Events"]:
        await client.event("FullyBooted", Privilege="system,all", Uptime="93", LastReload="17", Status="Fully Booted")


async def ping(client: Client, action: Fields) -> None:
    await client.respond(action, Ping="Pong", Timestamp="1767225600.000000")


async def logoff(client: Client, action: Fields) -> None:
    await client.respond(action, "Goodbye", Message="Thanks for all the fish.")
    client.cut_politely()


async def silence(client: Client, action: Fields) -> None:
    """No answer."""


async def unknown(client: Client, action: Fields) -> None:
    await client.respond(action, "Error", Message=f"Invalid/unknown command: {action['Action']}.")


@dataclass
class AmiServer:
    """Use with `async with`; answers are by action name and may be replaced at any time."""

    answers: dict[str, Answer] = field(default_factory=dict)
    banner: bytes = b"Asterisk Call Manager/11.0.0\r\n"
    piece: int = 0
    tls: ssl.SSLContext | None = None
    clients: list[Client] = field(default_factory=list)

    _standard = {"Challenge": challenge, "Login": login, "Ping": ping, "Logoff": logoff}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for client in self.clients:
            client.cut()
            await client.gone.wait()
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = Client(self, reader, writer)
        self.clients.append(client)
        await client.serve()

    def answer_of(self, name: str) -> Answer:
        return self.answers.get(name) or self._standard.get(name, unknown)

    @property
    def client(self) -> Client:
        """The latest connection."""
        return self.clients[-1]

    def url(self, *, secret: str = SECRET, host: str = "127.0.0.1", ca: str = "") -> AmiUrl:
        """How to reach it."""
        quoted = "".join(f"%{byte:02x}" for byte in secret.encode())
        scheme, query = ("amis", f"?ca={ca}" if ca else "") if self.tls else ("ami", "")
        return AmiUrl.parse(f"{scheme}://{USERNAME}:{quoted}@{host}:{self.port}{query}")

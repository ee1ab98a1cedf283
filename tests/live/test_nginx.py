"""The panel behind nginx as the shipped example sets it up: pages and sockets over TLS from two webs, one of which goes
away.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import socket
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from typing import NamedTuple

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from panel.accounts.roles import Role
from tests.live.client import Client
from tests.live.server import Server
from tests.live.worker import Worker, extension
from tests.people import PASSWORD, make_operator
from tests.rig.nginx import HOST, Nginx


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    text: str


class ToNginx(http.client.HTTPSConnection):
    """HOST is this machine here, and must show its certificate all the same."""

    def __init__(self, nginx: Nginx) -> None:
        super().__init__(HOST, nginx.port)
        self._trusting = nginx.trusting()

    def connect(self) -> None:
        self.sock = self._trusting.wrap_socket(
            socket.create_connection(("127.0.0.1", self.port), timeout=10), server_hostname=HOST
        )


class Site:
    """A browser's way to the panel: by its name, over TLS, through nginx."""

    def __init__(self, nginx: Nginx) -> None:
        self._nginx = nginx
        self._cookies: dict[str, str] = {}

    @property
    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def ask(self, path: str, form: Mapping[str, str] | None = None) -> Answer:
        """Without following a redirect; cookies are kept."""
        headers = {"Cookie": self._cookie}
        if form is not None:
            headers |= {"Origin": self._nginx.origin, "Content-Type": "application/x-www-form-urlencoded"}
        with closing(ToNginx(self._nginx)) as connection:
            connection.request("GET" if form is None else "POST", path, urllib.parse.urlencode(form or {}), headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                assert "Secure" in line
                name, _, value = line.partition(";")[0].partition("=")
                self._cookies[name] = value
            return Answer(answer.status, answer.headers, answer.read().decode())

    def log_in(self, name: str) -> None:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.ask("/login/").text)
        assert token
        answer = self.ask("/login/", {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token[1]})
        assert (answer.status, answer.headers["Location"]) == (302, "/"), answer.text

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Client]:
        """A socket with the picture on it."""
        async with connect(
            f"wss://{HOST}:{self._nginx.port}/ws/panel/",
            host="127.0.0.1",
            ssl=self._nginx.trusting(),
            origin=Origin(self._nginx.origin),
            additional_headers={"Cookie": self._cookie},
            max_size=None,
            compression=None,
            ping_interval=None,
            close_timeout=1,
        ) as connection:
            client = Client(connection, self._cookie)
            await client.subscribe()
            yield client


def sockets(web: Server) -> int:
    """How many a web has itself, as Prometheus is told."""
    with urllib.request.urlopen(f"{web.origin}/metrics", timeout=10) as answer:
        found = re.search(r"^cordboard_sockets (\d+)", answer.read().decode(), re.MULTILINE)
    assert found
    return int(found[1])


async def test_pages_and_sockets_come_from_two_webs_and_from_one_when_the_other_dies(
    nginx: Nginx, run_server: Callable[..., Server], worker: Worker
) -> None:
    names = {"ALLOWED_HOSTS": f"{HOST},127.0.0.1", "CSRF_TRUSTED_ORIGINS": nginx.origin}
    # DEBUG: pages without a collectstatic before them.
    dying, staying = webs = [run_server("web", DEBUG="1", **names) for _ in range(2)]
    nginx.start([web.port for web in webs])
    make_operator("alice", Role.RECEPTIONIST, extension="201")
    site = Site(nginx)
    site.log_in("alice")
    assert site.ask("/").status == 200

    async with site.opened() as one, site.opened() as two:
        seq = worker.write(extension("201"))
        await asyncio.gather(one.until_seq(seq), two.until_seq(seq))
        assert [sockets(web) for web in webs] == [1, 1]
        dying.kill()
        seq = worker.write(extension("202"))

        async def goes_on(client: Client) -> bool:
            try:
                await client.until_seq(seq)
            except ConnectionClosed:
                return False
            return True

        assert sorted(await asyncio.gather(goes_on(one), goes_on(two))) == [False, True]
        async with site.opened() as again:
            assert again.row("extension", "202")
            assert sockets(staying) == 2
    assert [site.ask("/").status for _ in range(4)] == [200] * 4

    assert site.ask("/metrics").status == 404
    site.ask("/wallboard/hall/link/whoever-reads-this-is-in/")
    assert "POST /login/" in nginx.log()
    assert "whoever-reads-this" not in nginx.log()
    assert {site.ask("/login/").status for _ in range(15)} == {302, 429}, "the one who guesses is slowed down"
    with closing(http.client.HTTPConnection("127.0.0.1", nginx.plain_port, timeout=10)) as plain:
        plain.request("GET", "/queues/", headers={"Host": HOST})
        answer = plain.getresponse()
        assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/queues/")

"""nginx with the configuration that this project ships, in front of webs of a test: the fixture `nginx` of
`tests.rig.fixtures`. It starts when the test tells it their ports.
"""

from __future__ import annotations

import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.rig.parts import Process, require_program, wait_for
from tests.rig.ports import PortBlock


EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"
HOST = "panel.example.com"

_AROUND = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log info;
worker_processes 1;
events {{ }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Nginx:
    """For `HOST`, on ports of its own on this machine. A context manager; `start` it when the webs are known."""

    def __init__(self) -> None:
        self._program = require_program("nginx")
        self._openssl = require_program("openssl")
        self._block = PortBlock()
        self.port, self.plain_port = self._block.take(), self._block.take()
        self.folder = Path(tempfile.mkdtemp(prefix="cordboard-nginx-"))
        self._process: Process | None = None

    @property
    def origin(self) -> str:
        """Where a browser that takes HOST for this machine finds the panel."""
        return f"https://{HOST}:{self.port}"

    def trusting(self) -> ssl.SSLContext:
        """For clients: our certificate alone is good."""
        return ssl.create_default_context(cafile=self.folder / "certificate")

    def start(self, webs: Sequence[int]) -> None:
        """In front of the webs on these ports, as many as the example has."""
        self._certify()
        own = {
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            "    listen [::]:80;\n": "",
            "    listen [::]:443 ssl;\n": "",
            "/etc/ssl/certs/panel.example.com.pem": f"{self.folder}/certificate",
            "/etc/ssl/private/panel.example.com.key": f"{self.folder}/key",
            **{f"127.0.0.1:{8001 + number} ": f"127.0.0.1:{port} " for number, port in enumerate(webs)},
        }
        site = EXAMPLE.read_text()
        for example, here in own.items():
            assert site.count(example) == 1, f"{EXAMPLE} has {example!r} once"
            site = site.replace(example, here)
        (self.folder / "site.conf").write_text(site)
        (self.folder / "nginx.conf").write_text(_AROUND.format(folder=self.folder))
        command = [self._program, "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
        assert "[warn]" not in checked.stderr, checked.stderr
        self._process = Process(command, log=self.folder / "output")
        wait_for((self.folder / "pid").exists, "nginx to start")

    def log(self) -> str:
        """What it has noted of the requests that have ended."""
        return (self.folder / "access.log").read_text()

    def _certify(self) -> None:
        subprocess.run(
            [
                *(self._openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
                *("-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"),
                *("-keyout", self.folder / "key", "-out", self.folder / "certificate"),
            ],
            capture_output=True,
            check=True,
        )

    def close(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None
        self._block.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

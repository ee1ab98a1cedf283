"""`AMI_URL` taken apart: `ami://user:secret@host:5038`, or `amis://` for TLS. Import it from `connection`."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit


DEFAULT_PORTS = {"ami": 5038, "amis": 5039}
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class AmiUrl:
    """Where the PBX listens and how to log in there. Neither `repr` nor `str` shows the secret."""

    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    tls: bool = False
    ca: Path | None = None
    """A PEM file with the authority, or the certificate itself, to trust in place of the system's authorities."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URL.

        Raises:
            ValueError: what is wrong with it, in words for whoever set it; the secret is never repeated.
        """
        if _UNPRINTABLE.search(text):
            raise ValueError("the URL has a space or a control character in it; write it as %20 and the like")
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            # The reason would quote the text, and with it perhaps the secret.
            raise ValueError(
                "the host or port is not valid; in the secret, write : / ? # @ % as %3A %2F %3F %23 %40 %25"
            ) from None
        if parts.scheme not in DEFAULT_PORTS:
            raise ValueError("the URL must begin with ami:// or, for TLS, with amis://")
        if not parts.hostname:
            raise ValueError("the URL names no host: ami://user:secret@host:5038")
        if not parts.username or not parts.password:
            raise ValueError("the URL needs a user and a secret: ami://user:secret@host:5038")
        if parts.path not in ("", "/") or parts.fragment:
            raise ValueError("nothing may follow the port except ?ca=FILE; in the secret, write / as %2F and # as %23")
        if port == 0:
            raise ValueError("port 0 is no port to connect to")
        username, secret = _decoded(parts.username, "user"), _decoded(parts.password, "secret")
        tls = parts.scheme == "amis"
        return cls(parts.hostname, port or DEFAULT_PORTS[parts.scheme], username, secret, tls, _ca(parts.query, tls))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'amis' if self.tls else 'ami'}://{self.username}@{host}:{self.port}"

    def ssl_context(self) -> ssl.SSLContext | None:
        """What TLS must prove: the certificate and that it is this host's. None when TLS is not asked for.

        Raises:
            ValueError: the file named by `ca` holds no certificate.
        """
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except (ssl.SSLError, OSError) as error:
            raise ValueError(f"{self.ca} cannot be read as a PEM certificate") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


def _decoded(text: str, what: str) -> str:
    value = unquote(text, errors="surrogateescape")
    if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", value):
        raise ValueError(f"the {what} has a control character in it")
    return value


def _ca(query: str, tls: bool) -> Path | None:
    options = parse_qsl(query, keep_blank_values=True)
    unknown = [name for name, _ in options if name != "ca"]
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}; there is only ?ca=FILE")
    if not options:
        return None
    if not tls:
        raise ValueError("?ca=FILE is for TLS; begin the URL with amis://")
    path = Path(options[-1][1])
    if len(options) > 1 or not path.is_file():
        raise ValueError("?ca= must name one PEM file that exists")
    return path

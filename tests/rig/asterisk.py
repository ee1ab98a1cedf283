"""A real Asterisk, 22 or 16, with a configuration of its own, on ports of its own, on loopback.

Tests get one from the fixtures of `tests.rig.fixtures`; `tests.rig.record` starts its own.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.rig import chroot
from tests.rig.absent import AbsentPhones
from tests.rig.ami import RawSession
from tests.rig.parts import Process, wait_for
from tests.rig.ports import PortBlock


ETC = Path(__file__).parent / "etc"
SHIPPED = Path(__file__).parents[2] / "ami_worker" / "asterisk"
"""What users of Cordboard put on their PBX; the rig uses the very same files."""

TRUNK_HOST = "127.0.0.2"
"""The provider has an address of its own, by which Asterisk tells its calls from those of the phones."""

NAMES = {
    "201": "Alice Marsh",
    "202": "Bruno Keller",
    "203": "Clara Young",
    "204": "Dmitri Novak",
    "205": "Elena Sousa",
    "206": "Farid Haddad",
    "207": "Greta Lind",
    "208": "Hugo Brandt",
    "209": "Ines Duarte",
    "210": "Jonas Weber",
}
"""Extension -> caller id name of its phone."""

STARTED_WITHIN = 60  # seconds; a start takes one or two, but the machine may be busy
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Ports:
    """Where an instance listens, and where it expects its phones."""

    ami: int
    ami_tls: int
    sip: int
    trunk: int
    registrar: int
    phones: dict[str, int]


SECRET = secrets.token_urlsafe(12)
"""The same for all of them: one may stand in for another."""


class Asterisk:
    """One running Asterisk. Use as a context manager, or `start()` and `close()`.

    With `include=False` the dialplan include of Cordboard is left out, as on a PBX where nobody installed it.
    """

    def __init__(self, major: int, *, include: bool = True) -> None:
        self.major = major
        self.include = include
        self.tree = chroot.ensure(major)
        self.secret = SECRET
        self.block = PortBlock()
        take = self.block.take
        self.ports = Ports(take(), take(), take(), take(), take(), {number: take() for number in NAMES})
        self.absent = AbsentPhones([("127.0.0.1", port) for port in self.ports.phones.values()] + [self.trunk_address])
        sweep(self.tree / "srv" / "cordboard")
        self._inside = f"/srv/cordboard/{os.getpid()}-{next(_numbers)}"
        self.directory = self.tree / self._inside.lstrip("/")
        self._process: Process | None = None
        self._write()

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it and come back when it is fully booted."""
        log = self.directory / "log" / "console"
        self._process = Process(
            ["chroot", self.tree, "asterisk", "-f", "-C", f"{self._inside}/etc/asterisk.conf"], log=log
        )
        wait_for(self._booted, f"Asterisk {self.major} to boot", timeout=STARTED_WITHIN, interval=0.05)

    def stop(self) -> None:
        """Stop it in an orderly way, as an administrator does: AMI sessions get a Shutdown event."""
        if self._process is not None:
            if self._process.alive:
                self._process.resume()  # it may be paused
                with contextlib.suppress(subprocess.TimeoutExpired):  # then it is ended by force below
                    self.cli("core stop now", check=False)
            self._process.end(how=signal.SIGCONT, timeout=10)
            self._process = None

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash does."""
        if self._process is not None:
            self._process.end(how=signal.SIGKILL)
            self._process = None

    def restart(self, *, crash: bool = False) -> None:
        """Stop or kill it and start it again on the same ports."""
        if crash:
            self.kill()
        else:
            self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze the process (SIGSTOP): sockets stay open, nothing answers. `resume()` lets it go on."""
        assert self._process is not None
        self._process.pause()

    def resume(self) -> None:
        assert self._process is not None
        self._process.resume()

    def close(self) -> None:
        """End it and leave nothing behind."""
        self.kill()
        self.absent.close()
        self.block.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    # -- use ----------------------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def ami_url(self) -> str:
        """For AMI_URL: the user with the privileges that we ask administrators for."""
        return self.url_of("cordboard")

    @property
    def ami_tls_url(self) -> str:
        """The same over TLS; the certificate is `ca_file`, for 127.0.0.1."""
        return f"amis://cordboard:{self.secret}@127.0.0.1:{self.ports.ami_tls}"

    @property
    def ca_file(self) -> Path:
        return self.directory / "etc" / "ami.crt"

    @property
    def trunk_address(self) -> tuple[str, int]:
        """Where calls through the trunk arrive."""
        return TRUNK_HOST, self.ports.trunk

    def url_of(self, user: str) -> str:
        """The AMI URL of `cordboard`, `weak` or `strong`."""
        return f"ami://{user}:{self.secret}@127.0.0.1:{self.ports.ami}"

    def session(self, user: str = "strong", events: str = "off") -> RawSession:
        """A logged-in AMI session on a plain socket, which owes nothing to the client under test."""
        return RawSession.login("127.0.0.1", self.ports.ami, user, self.secret, events=events)

    def cli(self, command: str, *, check: bool = True) -> str:
        """What `asterisk -rx COMMAND` prints."""
        done = subprocess.run(
            ["chroot", self.tree, "asterisk", "-C", f"{self._inside}/etc/asterisk.conf", "-rx", command],
            capture_output=True,
            text=True,
            errors="replace",
            check=check,
            timeout=30,
        )
        return done.stdout

    def channels(self) -> list[str]:
        """The names of the channels that are up now, from Asterisk itself."""
        with self.session() as session:  # a console takes five times as long
            return [channel["Channel"] for channel in session.list("CoreShowChannels")]

    def clear(self) -> None:
        """Hang up everything and put the queues back as configured, so that the next test finds a fresh office."""
        if self._process is None or not self._process.alive:
            self.restart()
            return
        with self.session() as session:
            self._end_calls(session)
            for kept in ("voicemail", "monitor"):
                shutil.rmtree(self.directory / "spool" / kept, ignore_errors=True)
            for command in ("devstate change Custom:DND210 NOT_INUSE", "queue reset stats"):
                session.action("Command", {"Command": command})
            _restore_members(session)

    def log(self, lines: int = 60) -> str:
        """The last lines of Asterisk's own log."""
        path = self.directory / "log" / "messages"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    def logged_since(self, before: str) -> str:
        """What the log says after `before`, the whole of it at an earlier moment: other tests wrote there too."""
        return self.log(1_000_000)[len(before) :]

    def wait_logged(self, text: str, *, timeout: float = 20) -> None:
        """Wait until `text` stands in the log: for what Asterisk tells by no event, like a prompt being played."""
        path = self.directory / "log" / "messages"
        wait_for(lambda: text in path.read_text(errors="replace"), f"the log to say {text!r}", timeout=timeout)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _booted(self) -> bool:
        assert self._process is not None
        if not self._process.alive:
            raise RuntimeError(f"Asterisk {self.major} did not start:\n{self._process.tail()}\n{self.log()}")
        try:
            with self.session(events="system") as session:
                return session.wait_event("FullyBooted", timeout=STARTED_WITHIN) is not None
        except OSError:
            return False

    def _end_calls(self, session: RawSession) -> None:
        """Asked for again and again: while it is carried out, a dialplan may ring the next phone."""

        def ended() -> bool:
            if session.list("CoreShowChannels"):
                session.action("Command", {"Command": "channel request hangup all"})
                return False
            return True

        try:
            wait_for(ended, "the channels to end", interval=0.005)
        except TimeoutError as late:
            stuck = [self.cli(f"core show channel {channel}") for channel in self.channels()]
            raise TimeoutError(f"{late}: {stuck}") from late

    def _write(self) -> None:
        for name in ("etc", "run", "log", "lib", "spool", "moh"):
            (self.directory / name).mkdir(parents=True)
        (self.directory / "moh" / "silence.ulaw").write_bytes(b"\xff" * 80_000)
        marks = self._marks()
        for source in ETC.glob("*.conf"):
            text = re.sub(r"@([A-Z_]+)@", lambda found: marks[found[1]], source.read_text())
            (self.directory / "etc" / source.name).write_text(text)
        shutil.copy(SHIPPED / "extensions_cordboard.conf", self.directory / "etc")
        stanza = "manager_cordboard.conf" if self.major >= 22 else "manager_cordboard_legacy.conf"
        text = re.sub(r"(?m)^secret *=.*$", f"secret = {self.secret}", (SHIPPED / stanza).read_text())
        (self.directory / "etc" / "manager_cordboard.conf").write_text(text)
        self._write_certificate()

    def _marks(self) -> dict[str, str]:
        first, last = self.block.media
        (modules,) = {path.parent for path in self.tree.glob("usr/lib/**/asterisk/modules/chan_pjsip.so")}
        return {
            "DIR": self._inside,
            "MODULES": f"/{modules.relative_to(self.tree)}",
            "SECRET": self.secret,
            "AMI_PORT": str(self.ports.ami),
            "AMI_TLS_PORT": str(self.ports.ami_tls),
            "SIP_PORT": str(self.ports.sip),
            "RTP_START": str(first),
            "RTP_END": str(last),
            "TRUNK_HOST": TRUNK_HOST,
            "TRUNK_PORT": str(self.ports.trunk),
            "REGISTRAR_PORT": str(self.ports.registrar),
            "PHONES": "\n".join(self._phone(number) for number in NAMES),
            "INCLUDE": "#include extensions_cordboard.conf" if self.include else "",
        }

    def _phone(self, number: str) -> str:
        mailbox = f"mailboxes = {number}@default\n" if number <= "205" else ""
        return (
            f"[{number}](phone)\naors = {number}\ncallerid = {NAMES[number]} <{number}>\n{mailbox}\n"
            f"[{number}](aor)\ncontact = sip:{number}@127.0.0.1:{self.ports.phones[number]}\n"
        )

    def _write_certificate(self) -> None:
        key, certificate = self.directory / "etc" / "ami.key", self.ca_file
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "30", "-subj", "/CN=rig", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
             "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        (self.directory / "etc" / "ami.pem").write_text(key.read_text() + certificate.read_text())


def _restore_members(session: RawSession) -> None:
    """Take away dynamic members, and the pauses of the static ones."""
    for member in session.list("QueueStatus"):
        if member.get("Event") != "QueueMember":
            continue
        where = {"Queue": member["Queue"], "Interface": member["Location"]}
        if member["Membership"] == "dynamic":
            session.action("QueueRemove", where)
        elif member["Paused"] == "1":
            session.action("QueuePause", {**where, "Paused": "false"})


def sweep(instances: Path) -> None:
    """Remove what runs that were killed left in the tree: directories named after a process that is gone."""
    for leftover in instances.glob("*-*"):
        pid = leftover.name.split("-")[0]
        with contextlib.suppress(FileNotFoundError):  # another process sweeps, too
            if not Path("/proc", pid).exists() and time.time() - leftover.stat().st_mtime > 60:
                shutil.rmtree(leftover, ignore_errors=True)

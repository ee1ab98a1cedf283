"""The real Asterisks of the rig: they start, stop and come back, side by side, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.rig import asterisk as module
from tests.rig import chroot, fixtures
from tests.rig.ami import RawSession
from tests.rig.asterisk import NAMES, Asterisk
from tests.rig.parts import Unavailable, wait_for
from tests.rig.phones import Rig
from tests.rig.ports import BLOCKS, FIRST, SIZE


pytestmark = pytest.mark.asterisk


def test_each_fixture_is_the_version_that_it_says(asterisk22: Asterisk, asterisk16: Asterisk) -> None:
    assert asterisk22.cli("core show version").startswith("Asterisk 22.")
    assert asterisk16.cli("core show version").startswith("Asterisk 16.")


def test_two_instances_of_one_version_run_side_by_side(asterisk: Asterisk) -> None:
    with Asterisk(asterisk.major) as other:
        other.cli("dialplan set global ONLY_HERE 1")
        assert "ONLY_HERE=1" in other.cli("dialplan show globals")
        assert "ONLY_HERE" not in asterisk.cli("dialplan show globals")


@pytest.mark.parametrize("crash", [False, True], ids=["stopped", "killed"])
def test_a_restart_ends_every_session_and_comes_back_on_the_same_port(own_asterisk: Asterisk, crash: bool) -> None:
    session = own_asterisk.session()
    before = own_asterisk.ami_url
    own_asterisk.restart(crash=crash)
    with pytest.raises(ConnectionError):
        session.wait_message(lambda _message: False, "the end of the session", 5)
    session.close()
    assert own_asterisk.ami_url == before
    with own_asterisk.session("cordboard") as again:
        assert again.action("Ping")["Response"] == "Success"


def test_a_paused_asterisk_keeps_its_sockets_open_and_does_not_answer(own_asterisk: Asterisk) -> None:
    with own_asterisk.session() as session:
        own_asterisk.pause()
        with pytest.raises(TimeoutError):
            session.action("Ping", timeout=0.3)
        own_asterisk.resume()
        session.wait_message(lambda message: message.get("Ping") == "Pong", "the reply", 5)


def test_close_leaves_neither_process_nor_files(asterisk: Asterisk) -> None:
    with Asterisk(asterisk.major) as other:
        pid, directory = other.pid, other.directory
        assert Path("/proc", str(pid)).exists()
    assert not Path("/proc", str(pid)).exists()
    assert not directory.exists()


def test_an_asterisk_dies_with_the_test_run_that_started_it(asterisk: Asterisk) -> None:
    script = (
        "import time; from tests.rig.asterisk import Asterisk\n"
        f"with Asterisk({asterisk.major}) as a: print(a.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as run:
        assert run.stdout is not None
        pid = int(run.stdout.readline())
        os.kill(run.pid, signal.SIGKILL)
    wait_for(lambda: not Path("/proc", str(pid)).exists(), "the orphan to end", timeout=5)


def test_what_a_killed_run_left_in_the_tree_is_swept_away(tmp_path: Path) -> None:
    dead, living = tmp_path / "999999999-1", tmp_path / f"{os.getpid()}-1"
    for directory in (dead, living):
        directory.mkdir()
        os.utime(directory, (0, 0))
    module.sweep(tmp_path)
    assert (dead.exists(), living.exists()) == (False, True)


def test_the_ten_phones_are_shown_with_hints_and_names(asterisk: Asterisk) -> None:
    with asterisk.session("cordboard") as session:
        hints = {row["Exten"]: row["Hint"] for row in session.list("ExtensionStateList")}
        names = {
            number: session.action("Getvar", {"Variable": f"PJSIP_ENDPOINT({number},callerid)"})["Value"]
            for number in NAMES
        }
    assert set(hints) == set(NAMES)
    assert names == {number: f'"{name}" <{number}>' for number, name in NAMES.items()}


def test_servers_and_sound_are_on_loopback_only(rig: Rig) -> None:
    rig.phone("201", answer_after=0)
    rig.call_from_outside("5550100").wait("answered")
    listing = subprocess.run(["ss", "-Hlntup"], capture_output=True, text=True, check=True).stdout
    mine = [line.split()[4] for line in listing.splitlines() if f"pid={rig.asterisk.pid}," in line]
    addresses = [(host, int(port)) for host, _, port in (address.rpartition(":") for address in mine)]
    # The resolver of PJSIP has a socket of its own, to ask from: the kernel gave it a port above ours.
    ours = {(host, port) for host, port in addresses if port in range(FIRST, FIRST + BLOCKS * SIZE)}
    assert {host for host, _ in ours} == {"127.0.0.1"}
    assert len(ours) >= 5  # AMI, AMI over TLS, SIP, and the sound of two channels


@pytest.mark.parametrize(
    ("user", "allowed", "denied"),
    [
        (
            "cordboard",
            {"CoreShowChannels", "QueueStatus", "ParkedCalls", "Originate"},
            {"Command", "DBPut", "MixMonitor"},
        ),
        ("weak", {"QueueStatus", "Ping"}, {"CoreShowChannels", "ParkedCalls", "Originate", "Command"}),
        ("strong", {"CoreShowChannels", "Command", "DBPut", "MixMonitor"}, set()),
    ],
)
def test_the_users_may_do_what_they_are_meant_to(
    asterisk: Asterisk, user: str, allowed: set[str], denied: set[str]
) -> None:
    with asterisk.session(user) as session:
        replies = {action: session.action(action).get("Message", "") for action in allowed | denied}
    assert {action for action, message in replies.items() if message == "Permission denied"} == denied


def test_a_wrong_secret_is_refused(asterisk: Asterisk) -> None:
    with pytest.raises(PermissionError, match="Authentication failed"):
        RawSession.login("127.0.0.1", asterisk.ports.ami, "cordboard", "wrong")


def test_ami_over_tls_shows_a_certificate_for_loopback(asterisk: Asterisk) -> None:
    context = ssl.create_default_context(cafile=str(asterisk.ca_file))
    address = ("127.0.0.1", asterisk.ports.ami_tls)
    with socket.create_connection(address, 5) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as tls:
        assert tls.recv(1024).startswith(b"Asterisk Call Manager/")


def test_the_shipped_filters_keep_the_device_states_of_queues_away(asterisk: Asterisk) -> None:
    pause = {"Queue": "front", "Interface": "PJSIP/203"}
    with asterisk.session("cordboard", "call,agent") as ours, asterisk.session("strong", "call,agent") as all_:
        for paused in ("true", "false"):
            ours.action("QueuePause", {**pause, "Paused": paused})
        all_.wait_event("DeviceStateChange", Device="Queue:front_pause_PJSIP/203")
        ours.action("Setvar", {"Variable": "DEVICE_STATE(Custom:after)", "Value": "BUSY"})
        ours.wait_event("DeviceStateChange", Device="Custom:after", State="BUSY")
        ours.action("Setvar", {"Variable": "DEVICE_STATE(Custom:after)", "Value": "NOT_INUSE"})
        devices = {message.get("Device", "") for message in ours.messages()}
    assert not [device for device in devices if device.startswith("Queue:")]


def test_without_root_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Unavailable, match="Asterisk 22 needs root"):
        chroot.ensure(22)


def test_a_build_that_failed_is_not_tried_again_in_the_same_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tried = []

    def build(*arguments: object) -> None:
        tried.append(arguments)
        raise Unavailable("the mirror is away")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(chroot, "_failed", {})
    monkeypatch.setattr(chroot, "_build", build)
    for _ in range(2):
        with pytest.raises(Unavailable, match="the mirror is away"):
            chroot.ensure(22)
    assert len(tried) == 1


def test_the_archives_come_from_the_apt_sources_of_this_machine(asterisk: Asterisk) -> None:
    configured = "".join(
        path.read_text() for path in Path("/etc/apt").rglob("*") if path.suffix in {".list", ".sources"}
    )
    (first, *_) = chroot.mirrors(chroot.SUITES[asterisk.major])
    assert first in configured


@pytest.mark.parametrize("ci", ["", "true"], ids=["at home", "in CI"])
@pytest.mark.parametrize("gone", [{22}, {16}, {22, 16}], ids=str)
def test_one_of_the_two_asterisks_is_enough_and_the_other_is_named(
    monkeypatch: pytest.MonkeyPatch, ci: str, gone: set[int]
) -> None:
    def ensure(major: int) -> Path:
        if major in gone:
            raise Unavailable(f"no packages for {major} today")
        return Path("/")

    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(chroot, "ensure", ensure)
    config = SimpleNamespace(stash=pytest.Stash())
    failure = pytest.fail.Exception if ci and len(gone) == 2 else pytest.skip.Exception
    for major in gone:
        with pytest.raises(failure, match=f"no packages for {major} today"):
            next(fixtures.provide(cast(pytest.Config, config), major))
    assert set(config.stash[fixtures.ASTERISKS_MISSING]) == gone


def test_a_missing_part_skips_at_home_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no such thing"):
        fixtures.missing("no such thing")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no such thing"):
        fixtures.missing("no such thing")

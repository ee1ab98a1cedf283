"""A webhook that takes the message, and those that hang, refuse, redirect, flood, or are not what they seem."""

from __future__ import annotations

import hashlib
import hmac
import json
import resource
import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from ami_worker import webhooks
from ami_worker.webhooks import Forbidden, Sent, checked, post
from tests.ami.test_tls import files, sign
from tests.queues.receivers import Behaviour, Receiver, answers, drips, floods, hangs, says


HERE = ("127.0.0.1", "localhost")
BODY = b'{"event": "raised"}'
SECRET = "between us"
QUICK = 0.6


def sent_to(receiver: Receiver, *, seconds: float = 5.0) -> Sent:
    return post(receiver.url, SECRET, BODY, HERE, seconds=seconds)


# --- the message ----------------------------------------------------------------------------------------------------


def test_the_message_arrives_and_can_be_known_by_its_signature() -> None:
    with Receiver(answers("200 OK", body=b"thanks")) as receiver:
        assert sent_to(receiver) == Sent(True, "Taken (status 200)")
    (request,) = receiver.requests
    head, _, body = request.decode().partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert first == "POST /hook?of=cordboard HTTP/1.1"
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {"event": "raised"}
    stamp = headers["X-Cordboard-Timestamp"]
    expected = hmac.new(SECRET.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
    assert headers["X-Cordboard-Signature"] == f"sha256={expected}"
    assert abs(int(stamp) - time.time()) < 10


@pytest.mark.parametrize("status", ["201 Created", "202 Accepted", "204 No Content"])
def test_any_status_that_says_yes_will_do(status: str) -> None:
    with Receiver(answers(status)) as receiver:
        assert sent_to(receiver).ok


# --- those that do not take it --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behave", "words", "again"),
    [
        (answers("400 Bad Request"), "Status 400", False),
        (answers("404 Not Found"), "Status 404", False),
        (answers("429 Too Many Requests"), "Status 429", True),
        (answers("500 Oh"), "Status 500", True),
        (answers("503 Later"), "Status 503", True),
        (says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "The answer is not HTTP", False),
        (says(b"HTTP/1.1 99999 X\r\n\r\n"), "The answer is not HTTP", False),
        (says(b""), "The answer is not HTTP", True),
    ],
)
def test_what_a_server_can_say_instead(behave: Behaviour, words: str, again: bool) -> None:
    with Receiver(behave) as receiver:
        assert sent_to(receiver) == Sent(False, words, again)


def test_a_redirect_is_not_followed() -> None:
    with Receiver(answers("200 OK")) as inside:
        with Receiver(answers("307 Over There", f"Location: {inside.url}")) as receiver:
            result = sent_to(receiver)
        assert result == Sent(False, "Status 307: redirects are not followed")
        assert len(receiver.requests) == 1
    assert inside.requests == []


@pytest.mark.parametrize("behave", [hangs, drips])
def test_one_that_hangs_or_drips_is_left_in_time(behave: Behaviour) -> None:
    with Receiver(behave) as receiver:
        started = time.monotonic()
        result = sent_to(receiver, seconds=QUICK)
        assert time.monotonic() - started < QUICK + 0.5
    assert result == Sent(False, f"No answer within {QUICK} seconds", again=True)


def test_one_that_never_reads_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        started = time.monotonic()
        result = post(url, SECRET, b"x" * 20_000_000, HERE, seconds=QUICK)
        assert time.monotonic() - started < QUICK + 0.5
    assert result.again
    assert "No answer" in result.words


def test_of_a_hundred_megabytes_no_more_is_read_than_the_limit() -> None:
    with Receiver(floods) as receiver:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.monotonic()
        assert sent_to(receiver) == Sent(True, "Taken (status 200)")
        assert time.monotonic() - started < 3
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


def test_one_that_is_not_there_is_tried_again_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = post(f"http://127.0.0.1:{port}/", SECRET, BODY, HERE)
    assert (result.ok, result.again) == (False, True)
    assert "refused" in result.words


def test_a_name_that_nobody_knows_is_said() -> None:
    result = post("http://no-such-host.invalid/", SECRET, BODY)
    assert not result.ok
    assert "No connection" in result.words


# --- https ----------------------------------------------------------------------------------------------------------


def test_over_tls_the_certificate_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = sign("Test authority", None)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files(sign("hooks", authority, hosts=("127.0.0.1",)), tmp_path, "hooks"))
    with Receiver(answers("200 OK"), context) as receiver:
        result = sent_to(receiver)
        assert (result.ok, result.again) == (False, False)
        assert result.words.startswith("No secure connection: CERTIFICATE_VERIFY_FAILED")
        assert receiver.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(files(authority, tmp_path, "authority")))
        assert sent_to(receiver).ok
        assert len(receiver.requests) == 1


def test_a_certificate_for_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = sign("Test authority", None)
    monkeypatch.setenv("SSL_CERT_FILE", str(files(authority, tmp_path, "authority")))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files(sign("hooks", authority, hosts=("hooks.example",)), tmp_path, "hooks"))
    with Receiver(answers("200 OK"), context) as receiver:
        assert "CERTIFICATE_VERIFY_FAILED" in sent_to(receiver).words
        assert receiver.requests == []


# --- addresses that are not to be posted to -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "10.1.2.3", "172.16.0.9",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "[::1]", "[::]",
        "[fe80::1]", "[fd00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]",
        "[2002:7f00:1::]",
    ],
)  # fmt: skip
def test_nothing_goes_inside_the_own_network(host: str) -> None:
    result = post(f"http://{host}:9/", SECRET, BODY, seconds=QUICK)
    assert not result.ok
    assert "inside the own network" in result.words, result
    assert not result.again


def test_a_host_that_the_environment_names_may_be_inside() -> None:
    with Receiver(answers("200 OK")) as receiver:
        assert not post(receiver.url, SECRET, BODY).ok
        assert not post(receiver.url, SECRET, BODY, ["other.example"]).ok
        assert post(receiver.url, SECRET, BODY, ["127.0.0.1"]).ok


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "1.1.1.1"])
def test_the_open_internet_is_not_inside(address: str) -> None:
    assert not webhooks.is_inside(webhooks.ipaddress.ip_address(address))


def names(*answers: list[str]) -> Any:
    """A name server that gives another answer each time."""
    left = iter(answers)

    def look_up(host: str, port: int, **options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(left)]

    return look_up


def test_a_name_that_changes_its_mind_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver(answers("200 OK")) as receiver:
        url = f"http://rebind.example:{receiver.port}/"
        # It is looked up once, and connected to the address that was checked; a second look-up would raise here.
        monkeypatch.setattr(webhooks.socket, "getaddrinfo", names(["127.0.0.1"]))
        assert post(url, SECRET, BODY, ["rebind.example"]).ok
        monkeypatch.setattr(webhooks.socket, "getaddrinfo", names(["127.0.0.1"], ["8.8.8.8"]))
        assert "inside" in post(url, SECRET, BODY).words
        monkeypatch.setattr(webhooks.socket, "getaddrinfo", names(["8.8.8.8", "127.0.0.1"]))
        assert "inside" in post(url, SECRET, BODY).words
        assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "http://", "http:///x",
        "https://user:secret@example.com/", "http://example.com:99999/", "http://example.com:0/",
        "http://example.com/a b", "http://example.com/\r\nX-Evil: 1", "http://exämple.com/",
        "javascript:alert(1)", "//example.com/",
        "http://[::1/", "HTTP//example.com",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(Forbidden):
        checked(url)
    assert not post(url, SECRET, BODY).ok

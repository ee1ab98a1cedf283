"""Which pages may open a socket: scheme, host and port have to be ours (T5, case 34)."""

from __future__ import annotations

from typing import Any

import pytest

from panel.live.origin import Origin, is_allowed, parse


def allowed(origin: str | None, host: str = "pbx.example.com", scheme: str = "ws") -> bool:
    headers = [(b"host", host.encode("latin-1"))]
    if origin is not None:
        headers.append((b"origin", origin.encode("latin-1")))
    return is_allowed(scheme, headers)


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["pbx.example.com", "127.0.0.1", "[::1]", "https://other.example.com:8443"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://panel.example.com", "https://*.example.net"]


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        ("http://pbx.example.com", "pbx.example.com", "ws"),
        ("http://pbx.example.com", "pbx.example.com:80", "ws"),
        ("http://pbx.example.com:80", "pbx.example.com", "ws"),
        ("HTTP://PBX.example.com", "pbx.EXAMPLE.com", "ws"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", "ws"),
        ("http://[::1]:8000", "[::1]:8000", "ws"),
        ("https://pbx.example.com", "pbx.example.com", "wss"),
        # Behind a proxy that speaks TLS, whatever the request looks like here.
        ("https://panel.example.com", "127.0.0.1:8000", "ws"),
        ("https://panel.example.com:443", "127.0.0.1:8000", "ws"),
        ("https://other.example.com:8443", "127.0.0.1:8000", "ws"),
    ],
)
def test_pages_of_ours_may(origin: str, host: str, scheme: str) -> None:
    assert allowed(origin, host, scheme)


@pytest.mark.parametrize(
    ("origin", "host", "scheme"),
    [
        (None, "pbx.example.com", "ws"),
        ("", "pbx.example.com", "ws"),
        ("null", "pbx.example.com", "ws"),
        ("http://evil.example", "pbx.example.com", "ws"),
        ("http://pbx.example.com:8443", "pbx.example.com", "ws"),
        ("http://pbx.example.com:9999", "pbx.example.com:8000", "ws"),
        ("https://pbx.example.com", "pbx.example.com", "ws"),
        ("http://pbx.example.com", "pbx.example.com", "wss"),
        ("http://panel.example.com", "127.0.0.1:8000", "ws"),
        ("https://panel.example.com:8443", "127.0.0.1:8000", "ws"),
        ("https://other.example.com", "127.0.0.1:8000", "ws"),
        ("https://sub.example.net", "127.0.0.1:8000", "ws"),
        ("https://sub.panel.example.com", "127.0.0.1:8000", "ws"),
        ("http://pbx.example.com.evil.example", "pbx.example.com", "ws"),
        ("http://pbx.example.com@evil.example", "pbx.example.com", "ws"),
        ("http://evil@pbx.example.com", "pbx.example.com", "ws"),
        ("http://pbx.example.com/", "pbx.example.com", "ws"),
        ("http://pbx.example.com/path", "pbx.example.com", "ws"),
        ("http://pbx.example.com?x", "pbx.example.com", "ws"),
        ("http://pbx.example.com:port", "pbx.example.com", "ws"),
        ("http://pbx.example.com:99999", "pbx.example.com", "ws"),
        ("file://", "pbx.example.com", "ws"),
        ("chrome-extension://abc", "pbx.example.com", "ws"),
        ("*", "pbx.example.com", "ws"),
        # A name that somebody has pointed at this machine: the same origin, and yet not ours.
        ("http://rebound.example", "rebound.example", "ws"),
        ("http://pbx.example.com", "", "ws"),
        ("http://pbx.example.com", "pbx.example.com:x", "ws"),
        ("http://[::1", "[::1", "ws"),
    ],
)
def test_all_others_may_not(origin: str | None, host: str, scheme: str) -> None:
    assert not allowed(origin, host, scheme)


def test_any_host_is_not_any_origin(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert allowed("http://pbx.example.com")
    assert not allowed("http://evil.example")
    assert not allowed("null")
    assert not allowed(None)


@pytest.mark.parametrize("double", ["origin", "host"])
def test_a_header_that_is_there_twice_decides_nothing(double: str) -> None:
    headers = [(b"host", b"pbx.example.com"), (b"origin", b"http://pbx.example.com")]
    assert is_allowed("ws", headers)
    assert not is_allowed("ws", [*headers, next(header for header in headers if header[0] == double.encode())])


def test_default_ports_are_filled_in() -> None:
    assert parse("http://a.example") == Origin("http", "a.example", 80) == parse("http://A.example:80")
    assert parse("https://a.example") == Origin("https", "a.example", 443)

"""What AMI_URL may say, what it may not, and that its secret never shows."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ami_worker.ami.connection import AmiUrl


def test_a_plain_url_is_taken_apart() -> None:
    url = AmiUrl.parse("ami://panel:s3cret@pbx.example:5555")
    assert (url.host, url.port, url.username, url.secret, url.tls, url.ca) == (
        "pbx.example", 5555, "panel", "s3cret", False, None
    )  # fmt: skip
    assert url.ssl_context() is None


@pytest.mark.parametrize(("scheme", "port", "tls"), [("ami", 5038, False), ("amis", 5039, True), ("AMI", 5038, False)])
def test_the_scheme_decides_the_port_and_tls(scheme: str, port: int, tls: bool) -> None:
    url = AmiUrl.parse(f"{scheme}://panel:s3cret@pbx/")
    assert (url.port, url.tls) == (port, tls)


def test_an_ipv6_address_is_a_host() -> None:
    url = AmiUrl.parse("ami://panel:s3cret@[::1]:5038")
    assert url.host == "::1"
    assert str(url) == "ami://panel@[::1]:5038"


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=20))
def test_any_secret_can_be_written_with_percent_signs(secret: str) -> None:
    quoted = "".join(f"%{byte:02X}" for byte in secret.encode())
    assert AmiUrl.parse(f"ami://panel:{quoted}@pbx").secret == secret


def test_the_secret_shows_nowhere() -> None:
    url = AmiUrl.parse("amis://panel:canary@pbx")
    assert "canary" not in repr(url) + str(url) + f"{url}"
    assert "panel" in str(url)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must begin with ami://"),
        ("pbx", "must begin with ami://"),
        ("http://panel:canary@pbx", "must begin with ami://"),
        ("ami://", "names no host"),
        ("ami://panel:canary@", "names no host"),
        ("ami://panel:canary@:5038", "names no host"),
        ("ami://pbx", "needs a user and a secret"),
        ("ami://panel@pbx", "needs a user and a secret"),
        ("ami://panel:@pbx", "needs a user and a secret"),
        ("ami://:canary@pbx", "needs a user and a secret"),
        ("ami://panel:canary@pbx:port", "port is not valid"),
        ("ami://panel:canary@pbx:70000", "port is not valid"),
        ("ami://panel:canary@pbx:0", "port 0"),
        ("ami://panel:canary@[::1", "port is not valid"),
        ("ami://panel:can/ary@pbx", "write : / ? # @ % as"),
        ("ami://panel:canary@pbx/path", "nothing may follow the port"),
        ("ami://panel:canary@pbx#part", "nothing may follow the port"),
        ("ami://panel:canary@pbx?verify=no", "unknown option 'verify'"),
        ("ami://panel:canary@pbx?ca=/etc/hosts", "begin the URL with amis://"),
        ("amis://panel:canary@pbx?ca=/does/not/exist", "PEM file that exists"),
        ("amis://panel:canary@pbx?ca=", "PEM file that exists"),
        ("ami://panel:can ary@pbx", "a space or a control character"),
        ("ami://panel:can\nary@pbx", "a space or a control character"),
        ("ami://panel:can%0Aary@pbx", "the secret has a control character"),
        ("ami://pan%00el:canary@pbx", "the user has a control character"),
        ("ami://panel:can%FFary@pbx", "the secret has a control character"),
    ],
)
def test_nonsense_is_refused_in_plain_words_without_the_secret(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)) as refusal:
        AmiUrl.parse(text)
    assert "canary" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@given(st.text(max_size=40))
def test_no_text_does_anything_but_parse_or_be_refused(text: str) -> None:
    for candidate in (text, f"ami://{text}", f"amis://panel:s@{text}"):
        with contextlib.suppress(ValueError):
            assert AmiUrl.parse(candidate).secret


def test_a_file_that_is_no_certificate_is_said_so(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nothing")
    with pytest.raises(ValueError, match="cannot be read as a PEM certificate"):
        AmiUrl.parse(f"amis://panel:s@pbx?ca={wrong}").ssl_context()

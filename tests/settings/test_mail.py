"""EMAIL_URL and EMAIL_FROM: what is understood and what is refused. That no process shows the secret: test_secrets."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from panel import environment
from panel.environment import Mail, Secret
from tests.settings.conftest import SECRET, Run


SMTP = "panel.mail.SmtpBackend"
FILES = "django.core.mail.backends.filebased.EmailBackend"
CONSOLE = "django.core.mail.backends.console.EmailBackend"
ELSEWHERE = Path("/demo/mail")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", Mail(SMTP, "mail.example.com", 25)),
        ("smtp://mail.example.com:2525/", Mail(SMTP, "mail.example.com", 2525)),
        ("smtp://[::1]:25/?tls=0", Mail(SMTP, "::1", 25)),
        ("smtp://u:p@mail.example.com?tls=1", Mail(SMTP, "mail.example.com", 587, "u", Secret("p"), use_tls=True)),
        (
            "smtps://u%40example.com:p%2F%40@mail.example.com",
            Mail(SMTP, "mail.example.com", 465, "u@example.com", Secret("p/@"), use_ssl=True),
        ),
        ("console:", Mail(CONSOLE)),
        ("file:/var/spool/mail%20of%20ours", Mail(FILES, folder="/var/spool/mail of ours")),
        ("file:///var/spool/mail", Mail(FILES, folder="/var/spool/mail")),
    ],
)
def test_how_e_mail_is_sent_is_one_address(monkeypatch: pytest.MonkeyPatch, url: str, expected: Mail) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    assert environment.mail(ELSEWHERE) == expected


def test_without_one_there_are_files_in_the_demo_and_no_e_mail_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMAIL_URL", raising=False)
    assert environment.mail(ELSEWHERE) == Mail(FILES, folder="/demo/mail")
    assert environment.mail(None) is None


@pytest.mark.parametrize(
    "url",
    [
        f"http://u:{SECRET}@mail.example.com",
        f"u:{SECRET}@mail.example.com",
        f"smtp://u:{SECRET}@",
        f"smtp://:{SECRET}@mail.example.com",
        f"smtp://u:{SECRET}@mail.example.com:port",
        f"smtp://u:{SECRET}@mail.example.com:0",
        f"smtp://u:{SECRET}@mail.example.com:99999",
        f"smtp://u:{SECRET}@mail.example.com/path",
        f"smtp://u:{SECRET}@mail.example.com?tls=yes",
        f"smtp://u:{SECRET}@mail.example.com?verify=0",
        f"smtp://u:{SECRET}@mail.example.com#{SECRET}",
        f"smtp://u:{SECRET}/x@mail.example.com",
        f"smtp://ż:{SECRET}@mail.example.com",
        f"smtps://u:{SECRET}@mail.example.com?tls=1",
        "smtp://u@mail.example.com",
        "smtp://",
        "smtp:",
        "console:x",
        "file:mail",
        "file://mail/box",
        "file:",
        "nonsense",
    ],
)
def test_an_address_that_is_not_usable_is_refused_in_one_line_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    with pytest.raises(ImproperlyConfigured) as refused:
        environment.mail(None)
    text = str(refused.value)
    assert text.startswith("EMAIL_URL is not usable: ")
    assert text.endswith(".")
    assert "\n" not in text
    assert SECRET not in text


@pytest.mark.parametrize(
    ("sender", "how", "expected"),
    [
        ("reception@example.com", Mail(SMTP), "reception@example.com"),
        ("Reception <reception@example.com>", Mail(SMTP), "Reception <reception@example.com>"),
        ("", Mail(SMTP, user="panel@example.com"), "panel@example.com"),
        ("", Mail(FILES), "Cordboard <cordboard@localhost>"),
        ("", None, "Cordboard <cordboard@localhost>"),
    ],
)
def test_messages_come_from_the_address_that_is_set_or_from_the_mail_servers_user(
    monkeypatch: pytest.MonkeyPatch, sender: str, how: Mail | None, expected: str
) -> None:
    monkeypatch.setenv("EMAIL_FROM", sender)
    assert environment.mail_sender(how) == expected


@pytest.mark.parametrize(
    ("sender", "how", "said"),
    [
        ("reception", Mail(SMTP), "EMAIL_FROM='reception' is not an address"),
        ("a@example.com\r\nBcc: evil@example.com", Mail(SMTP), "is not an address"),
        ("Reception <>", Mail(SMTP), "is not an address"),
        ("", Mail(SMTP), "EMAIL_URL needs EMAIL_FROM beside it"),
        ("", Mail(SMTP, user="panel"), "EMAIL_URL needs EMAIL_FROM beside it"),
    ],
)
def test_a_sender_that_is_no_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, sender: str, how: Mail, said: str
) -> None:
    monkeypatch.setenv("EMAIL_FROM", sender)
    with pytest.raises(ImproperlyConfigured, match=said):
        environment.mail_sender(how)


def test_nonsense_keeps_the_processes_from_starting_with_one_line(manage: Run) -> None:
    done = manage("check", EMAIL_URL="smtp://")
    assert done.returncode != 0
    assert done.stderr.strip().splitlines()[-1].endswith("EMAIL_URL is not usable: it names no host.")

"""Reads the environment for `settings`; nonsense is refused with one clear sentence.

Only `panel.settings` and `panel.pbxs` may call this module.
"""

from __future__ import annotations

import os
import re
import secrets
import zoneinfo
from collections.abc import Sequence
from email.utils import formataddr, parseaddr
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from panel.vocabulary import NumberPlan, is_dialable


env = environ.Env()

LONGEST_REASON = 40
"""Characters of what stands in a menu."""

SQLITE_OPTIONS = {
    # IMMEDIATE: a transaction that reads and then writes never fails half-way because another one wrote first.
    "transaction_mode": "IMMEDIATE",
    # Whoever must wait for longer is told so: a page has six seconds for everything.
    "timeout": 4,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=4000;",
}


class Secret(str):
    """A text that holds a password. It does not show itself in `repr`, hence in no traceback, error page or
    settings listing.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'********'" if self else "''"


def text(name: str, default: str = "") -> str:
    """The variable, stripped. A name with nothing in it counts as unset."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    """Raises ImproperlyConfigured for anything but the usual words for yes and no."""
    value = text(name).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if not value:
        return default
    raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no.")


def choice(name: str, known: Sequence[str]) -> str:
    """One of the known words, of which the first is the default. Raises ImproperlyConfigured for any other."""
    value = text(name, known[0]).lower()
    if value not in known:
        raise ImproperlyConfigured(f"{name}={value!r} is none of: {', '.join(known)}.")
    return value


def port(name: str, default: int) -> int:
    """Raises ImproperlyConfigured for anything but 1 to 65535."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        raise ImproperlyConfigured(f"{name}={value!r} is not a port number (1 to 65535).")
    return int(value)


def days(name: str, default: int) -> int:
    """Raises ImproperlyConfigured for anything but 1 to 36500."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or len(value) > 5 or not 1 <= int(value) <= 36_500:
        raise ImproperlyConfigured(f"{name}={value!r} is not a number of days (1 to 36500).")
    return int(value)


def hours(name: str, default: int) -> int:
    """0 for none at all. Raises ImproperlyConfigured for anything but 0 to 720."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or len(value) > 3 or int(value) > 720:
        raise ImproperlyConfigured(f"{name}={value!r} is not a number of hours (0 to 720).")
    return int(value)


def number_plan(outside: str, international: str) -> NumberPlan:
    """Of the variables with these names. Raises ImproperlyConfigured for what nobody can dial."""
    plan = NumberPlan(text(outside), text(international, "+"))
    for name, value, usual in ((outside, plan.outside, ""), (international, plan.international, "+")):
        if value != usual:
            check_dialled_before(name, value)
    return plan


def check_dialled_before(name: str, value: str) -> None:
    """Raises ImproperlyConfigured for what nobody can dial before a number."""
    if not is_dialable(value) or "+" in value or len(value) > 20:
        raise ImproperlyConfigured(f"{name}={value!r} is not what is dialled before a number (digits, * and #).")


def names(name: str) -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def reasons(name: str, default: list[str]) -> list[str]:
    """A comma-separated list of what stands in a menu, each once. Raises ImproperlyConfigured for a long one."""
    found = list(dict.fromkeys(names(name))) or default
    for each in found:
        if len(each) > LONGEST_REASON:
            raise ImproperlyConfigured(f"{name}: {each!r} is too long for a menu ({LONGEST_REASON} characters).")
    return found


def hosts(name: str) -> list[str]:
    """Host names that the panel answers to. Raises ImproperlyConfigured for a wildcard: it would let any page act
    for an operator.
    """
    found = names(name)
    if any("*" in host or host.startswith(".") for host in found):
        raise ImproperlyConfigured(f"{name} must name the hosts one by one; a wildcard would let any page in.")
    return found


def origins(name: str) -> list[str]:
    """Exact origins, such as https://panel.example.com:8443. Raises ImproperlyConfigured for anything else."""
    found = names(name)
    for origin in found:
        if not re.fullmatch(r"https?://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?", origin):
            raise ImproperlyConfigured(f"{name}: {origin!r} is not an origin; write it like https://panel.example.com.")
    return found


def time_zone(name: str, default: str) -> str:
    """Raises ImproperlyConfigured for a time zone that this machine does not know."""
    value = text(name, default)
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as wrong:
        raise ImproperlyConfigured(f"{name}={value!r} is not a time zone; write it like Europe/Berlin.") from wrong
    return value


def language(name: str, known: list[tuple[str, str]]) -> str:
    """Raises ImproperlyConfigured for a language that the panel does not speak; the first known one is the default."""
    value = text(name, known[0][0]).lower()
    if value.partition("-")[0] not in {code for code, _ in known}:
        raise ImproperlyConfigured(f"{name}={value!r}: the panel speaks {', '.join(code for code, _ in known)}.")
    return value


def data_dir(default: Path) -> Path:
    """The folder for the database and the secret key, made if it is not there.

    Raises ImproperlyConfigured when it cannot be written to.
    """
    folder = Path(text("DATA_DIR", str(default))).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as failed:
        raise ImproperlyConfigured(f"DATA_DIR {folder} cannot be written to: {failed.strerror}.") from failed
    return folder


def secret_key(folder: Path) -> Secret:
    """SECRET_KEY, or what SECRET_KEY_FILE holds, or a key made once and kept in the data folder."""
    if value := text("SECRET_KEY"):
        return Secret(value)
    chosen = text("SECRET_KEY_FILE")
    file = Path(chosen) if chosen else folder / "secret-key"
    if not chosen and not file.exists():
        # Two processes may start at once: the one that links its file first wins, and both read the winner's.
        draft = folder / f".secret-key-{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50), encoding="ascii")
        try:
            file.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    value = secret_in(file, "SECRET_KEY_FILE")
    if len(value) < 20:
        raise ImproperlyConfigured(f"The secret key in {file} is too short to be one.")
    return Secret(value)


def secret_in(file: Path, name: str) -> str:
    """What the file holds that the variable `name` names. Raises ImproperlyConfigured when it cannot be read."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as failed:
        why = failed.strerror if isinstance(failed, OSError) else "it is not text"
        raise ImproperlyConfigured(f"{name} {file} cannot be read: {why}.") from failed


def database(folder: Path) -> dict[str, Any]:
    """DATABASE_URL as Django wants it; SQLite in the data folder when unset.

    Raises ImproperlyConfigured for an engine that is neither SQLite nor PostgreSQL.
    """
    url = text("DATABASE_URL", f"sqlite:///{folder / 'cordboard.sqlite3'}")
    scheme = url.partition(":")[0]
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL must begin with sqlite: or postgres:, not {scheme}:.")
    try:
        config: dict[str, Any] = env.db_url_config(url)
    except (ValueError, ImproperlyConfigured) as wrong:
        raise ImproperlyConfigured("DATABASE_URL is not a database address.") from wrong
    if not config.get("NAME") or config["NAME"] == ":memory:":
        # In memory, worker and web would each have their own.
        raise ImproperlyConfigured("DATABASE_URL names no database.")
    if scheme == "sqlite":
        config["OPTIONS"] = dict(SQLITE_OPTIONS)
        # A file, because several processes and threads share it in the tests as they do in production.
        config["TEST"] = {"NAME": str(folder / "test.sqlite3")}
    else:
        config["PASSWORD"] = Secret(config.get("PASSWORD") or "")
        # Persistent connections leak under ASGI (a thread that ends keeps its own), so a pool or none.
        config["CONN_MAX_AGE"] = 0
        config["CONN_HEALTH_CHECKS"] = True
        # After each attempt to connect the pool waits twice as long, and so up to minutes after the server is there
        # again. It begins anew after two seconds, with whoever asks next.
        pool = {"min_size": 1, "max_size": 10, "timeout": 5, "reconnect_timeout": 2}
        config.setdefault("OPTIONS", {})["pool"] = pool
        # Whoever waits for what somebody keeps locked gives up as soon as on SQLite: no button is silent.
        config["OPTIONS"].setdefault("options", "-c lock_timeout=4s")
    return config


def channel_layers(url: str) -> dict[str, Any]:
    """The doorbell. Raises ImproperlyConfigured when REDIS_URL is no Redis address."""
    if not url:
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"redis", "rediss", "unix"} and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ImproperlyConfigured("REDIS_URL is not usable: write it like redis://host:6379/0 (or rediss:, unix:).")
    host = {
        "address": url,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "health_check_interval": 15,
        "socket_keepalive": True,
    }
    return {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [host], "prefix": "cordboard"},
        }
    }


class Mail(NamedTuple):
    """How e-mail is sent, in the words of Django's settings."""

    backend: str = "django.core.mail.backends.dummy.EmailBackend"
    host: str = ""
    port: int = 25
    user: str = ""
    password: Secret = Secret()
    use_tls: bool = False
    use_ssl: bool = False
    folder: str | None = None


_SMTP_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def mail(otherwise: Path | None) -> Mail | None:
    """EMAIL_URL: `smtp://user:secret@host:587/?tls=1` (STARTTLS), `smtps://` (TLS from the first byte), `console:`, or
    `file:/folder`, where each message becomes a file. Unset: files in the folder `otherwise`, or None: no e-mail.

    Raises ImproperlyConfigured for anything else. The address holds a secret, so no part of it is repeated.
    """
    url = text("EMAIL_URL")
    if not url:
        return None if otherwise is None else _files(str(otherwise))
    try:
        parts = urlsplit(url)
        port_number = parts.port
    except ValueError:
        raise _wrong_mail(
            "the port is not a number from 1 to 65535, or a / ? # @ is not written %2F %3F %23 %40"
        ) from None
    if url == "console:":
        return Mail("django.core.mail.backends.console.EmailBackend")
    if parts.scheme == "file":
        if parts.netloc or not parts.path.startswith("/") or parts.query or parts.fragment:
            raise _wrong_mail("write the folder in full, as in file:/var/spool/cordboard")
        return _files(unquote(parts.path))
    if parts.scheme not in {"smtp", "smtps"}:
        raise _wrong_mail("it must begin with smtp:, smtps:, file: or be console:")
    return _smtp(parts, port_number)


def _files(folder: str) -> Mail:
    return Mail("django.core.mail.backends.filebased.EmailBackend", folder=folder)


def _smtp(parts: SplitResult, port_number: int | None) -> Mail:
    if not parts.hostname:
        raise _wrong_mail("it names no host")
    if bool(parts.username) != bool(parts.password):
        raise _wrong_mail("user and password go together, as in smtp://user:secret@host:587/?tls=1")
    if not (unquote(parts.username or "") + unquote(parts.password or "")).isascii():
        raise _wrong_mail("SMTP knows no letters beyond A to Z in user and password")
    if parts.path.strip("/") or parts.fragment or parts.query not in {"", "tls=1", "tls=0"}:
        raise _wrong_mail("after the port only ?tls=1 is known")
    use_ssl, use_tls = parts.scheme == "smtps", parts.query == "tls=1"
    if use_ssl and use_tls:
        raise _wrong_mail("smtps: is TLS already; ?tls=1 goes with smtp:")
    if port_number == 0:
        raise _wrong_mail("the port is not a number from 1 to 65535")
    return Mail(
        "panel.mail.SmtpBackend",
        parts.hostname,
        port_number or _SMTP_PORTS["smtps" if use_ssl else "smtp+tls" if use_tls else "smtp"],
        unquote(parts.username or ""),
        Secret(unquote(parts.password or "")),
        use_tls,
        use_ssl,
    )


def _wrong_mail(what: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"EMAIL_URL is not usable: {what}.")


def mail_sender(how: Mail | None) -> str:
    """EMAIL_FROM, `Reception <reception@example.com>` or the address alone. When it is unset: the user of the mail
    server, if that is an address.

    Raises ImproperlyConfigured for what is no address, and when a mail server is named and no sender is known.
    """
    value = text("EMAIL_FROM")
    if value:
        name, address = parseaddr(value)
        try:
            validate_email(address if value.isprintable() else "")
        except ValidationError:
            raise ImproperlyConfigured(
                f"EMAIL_FROM={value!r} is not an address; write it like Reception <reception@example.com>."
            ) from None
        return formataddr((name, address)) if name else address
    if how is None or how.backend != "panel.mail.SmtpBackend":
        return "Cordboard <cordboard@localhost>"
    if "@" not in how.user:
        raise ImproperlyConfigured("EMAIL_URL needs EMAIL_FROM beside it: the address that messages come from.")
    return how.user

"""Reads the environment for `settings`; nonsense is refused with one clear sentence.

Only `panel.settings` may call this module.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured


env = environ.Env()

SQLITE_OPTIONS = {
    # IMMEDIATE: a transaction that reads and then writes never fails half-way because another one wrote first.
    "transaction_mode": "IMMEDIATE",
    "timeout": 5,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000;",
}


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


def port(name: str, default: int) -> int:
    """Raises ImproperlyConfigured for anything but 1 to 65535."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        raise ImproperlyConfigured(f"{name}={value!r} is not a port number (1 to 65535).")
    return int(value)


def names(name: str) -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


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


def secret_key(folder: Path) -> str:
    """SECRET_KEY, or what SECRET_KEY_FILE holds, or a key made once and kept in the data folder."""
    if value := text("SECRET_KEY"):
        return value
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
    try:
        value = file.read_text(encoding="utf-8").strip()
    except OSError as failed:
        raise ImproperlyConfigured(f"SECRET_KEY_FILE {file} cannot be read: {failed.strerror}.") from failed
    if len(value) < 20:
        raise ImproperlyConfigured(f"The secret key in {file} is too short to be one.")
    return value


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
    if not config.get("NAME"):
        raise ImproperlyConfigured("DATABASE_URL names no database.")
    if scheme == "sqlite":
        config["OPTIONS"] = dict(SQLITE_OPTIONS)
    else:
        # Persistent connections leak under ASGI (a thread that ends keeps its own), so a pool or none.
        config["CONN_MAX_AGE"] = 0
        config["CONN_HEALTH_CHECKS"] = True
        config.setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 10, "timeout": 5}
    return config


def channel_layers(url: str) -> dict[str, Any]:
    """The doorbell. Raises ImproperlyConfigured when REDIS_URL is no Redis address."""
    if not url:
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured("REDIS_URL must begin with redis:, rediss: or unix:.")
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


def ami_url() -> str:
    """AMI_URL, checked only as far as a wrong one would keep the processes from starting; empty means demo.

    The worker's own parser has the last word; it cannot be used here, because `panel` does not know `ami_worker`.
    """
    url = text("AMI_URL")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"ami", "amis"}:
            raise ValueError("it must begin with ami:// or amis://")
        if not parts.hostname:
            raise ValueError("it names no host")
        if not parts.username or not parts.password:
            raise ValueError("it needs a user and a secret, as in ami://user:secret@host:5038")
        if parts.port == 0 or not unquote(parts.password):
            raise ValueError("the port or the secret is empty")
        unknown = {key for key, _ in parse_qsl(parts.query)} - {"ca"}
        if unknown or parts.path.strip("/"):
            raise ValueError("there is something after the port that is not known")
    except ValueError as wrong:
        # The address itself holds the secret, so it is not repeated.
        raise ImproperlyConfigured(f"AMI_URL is not usable: {wrong}.") from None
    return url

"""System checks: settings that would make the panel unsafe or unreliable, each with an id and what to do about it.

Registered by panel/apps.py, run by Django before every management command that starts something. Errors keep it
from starting.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


CORE_REDIS_LAYER = "channels_redis.core.RedisChannelLayer"
EVERY_ADDRESS = {"0.0.0.0", "::", "[::]"}


def no_wildcards(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """cordboard.E001: with a wildcard, any web page could open a socket with the operator's cookie."""
    return [
        Error(
            f"{name} contains a wildcard.",
            hint="Name every host, or origin, in full: a page from elsewhere must not act for an operator.",
            id="cordboard.E001",
        )
        for name in ("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")
        if any("*" in entry or entry.startswith(".") for entry in getattr(settings, name))
    ]


def no_core_redis_layer(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """cordboard.E002: after a restart of Redis the core layer closes every socket and can stay deaf until the
    process is restarted.
    """
    if all(layer.get("BACKEND") != CORE_REDIS_LAYER for layer in settings.CHANNEL_LAYERS.values()):
        return []
    return [
        Error(
            "The core Redis channel layer does not survive a restart of Redis.",
            hint="Use channels_redis.pubsub.RedisPubSubChannelLayer; setting REDIS_URL is enough.",
            id="cordboard.E002",
        )
    ]


def no_persistent_connections(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """cordboard.E003: under ASGI a thread that ends leaves its persistent connection open for ever."""
    return [
        Error(
            f"CONN_MAX_AGE of the database {name} is not 0.",
            hint="Set it to 0; on PostgreSQL use the connection pool instead.",
            id="cordboard.E003",
        )
        for name, database in settings.DATABASES.items()
        if database.get("CONN_MAX_AGE", 0) != 0
    ]


def hosts_are_named(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """cordboard.W001: listening for the whole network, but answering only to this machine's own name."""
    if settings.HOST not in EVERY_ADDRESS or set(settings.ALLOWED_HOSTS) - {
        "localhost",
        "127.0.0.1",
        "[::1]",
        settings.HOST,
    }:
        return []
    return [
        Warning(
            "The panel listens on every address but answers only to localhost.",
            hint="Set ALLOWED_HOSTS to the name or address that people type, such as panel.example.com.",
            id="cordboard.W001",
        )
    ]


def redis_answers(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """cordboard.W002: only a warning, because without Redis the panel is slower, not blind."""
    if not settings.REDIS_URL:
        return []
    import redis  # costs a tenth of a second, which every process would pay at its start

    try:
        client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2)
        try:
            client.ping()
        finally:
            client.close()
    except (redis.RedisError, OSError, ValueError) as failed:
        return [
            Warning(
                f"Redis does not answer ({type(failed).__name__}).",
                hint="Look at REDIS_URL and at the Redis server. Until then changes reach the boards by polling.",
                id="cordboard.W002",
            )
        ]
    return []


def register_all() -> None:
    """Make the checks known to Django."""
    for check in (no_wildcards, no_core_redis_layer, no_persistent_connections, hosts_are_named):
        register(check, Tags.security)
    register(redis_answers, Tags.caches)

"""System checks: each finds what it is for, and keeps the panel from starting where that is called for."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.conf import settings as project
from django.core.checks import CheckMessage, run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from pytest_django import Settings

from panel.environment import Secret, channel_layers


def found() -> dict[str, CheckMessage]:
    return {str(message.id): message for message in run_checks()}


def test_the_defaults_pass() -> None:
    assert found() == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_HOSTS", ["*"]),
        ("ALLOWED_HOSTS", [".example.com"]),
        ("CSRF_TRUSTED_ORIGINS", ["https://*.example.com"]),
    ],
)
def test_a_wildcard_keeps_the_panel_from_starting(settings: Settings, name: str, value: list[str]) -> None:
    setattr(settings, name, value)
    with pytest.raises(SystemCheckError, match=r"cordboard\.E001"):
        call_command("check")
    assert found()["cordboard.E001"].hint


def test_the_core_redis_layer_keeps_the_panel_from_starting(settings: Settings) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer"}}
    with pytest.raises(SystemCheckError, match=r"cordboard\.E002"):
        call_command("check")


@pytest.mark.parametrize("age", [60, None])
def test_persistent_connections_keep_the_panel_from_starting(monkeypatch: pytest.MonkeyPatch, age: Any) -> None:
    monkeypatch.setitem(project.DATABASES["default"], "CONN_MAX_AGE", age)
    assert found()["cordboard.E003"].is_serious()


def test_listening_everywhere_and_answering_nobody_is_said(settings: Settings) -> None:
    settings.HOST = "0.0.0.0"
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"]
    warning = found()["cordboard.W001"]
    assert not warning.is_serious()
    settings.ALLOWED_HOSTS = ["panel.example.com"]
    assert "cordboard.W001" not in found()


def test_a_redis_that_does_not_answer_is_only_a_warning(settings: Settings) -> None:
    with socket.socket() as nobody:  # bound, but not listening
        nobody.bind(("127.0.0.1", 0))
        settings.REDIS_URL = Secret(f"redis://:canary@127.0.0.1:{nobody.getsockname()[1]}/0")
        settings.CHANNEL_LAYERS = channel_layers(settings.REDIS_URL)
        warning = found()["cordboard.W002"]
        call_command("check")
    assert not warning.is_serious()
    assert "canary" not in f"{warning.msg} {warning.hint}"

"""T12: the secrets of PBX, Redis, mail server and database are found in no page, no log, no `repr` and no table."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as project
from django.http import HttpResponse
from django.test import RequestFactory
from django.views.debug import technical_500_response
from pytest_django import Settings

from panel import environment, pbxs
from tests.rig.parts import wait_for
from tests.settings.conftest import ROOT, SECRET, Run, environment_of


SECRETS = {
    "AMI_URL": f"ami://panel:{SECRET}@127.0.0.1:1",
    "REDIS_URL": f"redis://:{SECRET}@127.0.0.1:1/0",
    "EMAIL_URL": f"smtp://panel%40example.com:{SECRET}@127.0.0.1:1/?tls=1",
    "SECRET_KEY": f"{SECRET}-and-long-enough-to-be-a-key-of-somebody",
}


def test_the_listing_of_all_settings_shows_none(manage: Run) -> None:
    done = manage("diffsettings", "--all", DEBUG="1", **SECRETS)
    assert done.returncode == 0
    assert "AMI_URL" in done.stdout
    assert "EMAIL_HOST_PASSWORD" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_the_error_page_of_a_developer_shows_none(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AMI_URL", SECRETS["AMI_URL"])
    settings.AMI_URL = pbxs.ami_url()
    settings.REDIS_URL = environment.Secret(SECRETS["REDIS_URL"])
    settings.CHANNEL_LAYERS = environment.channel_layers(settings.REDIS_URL)
    settings.DEBUG = True
    with caplog.at_level(logging.DEBUG):
        page = error_page()
    text = page.content.decode()
    assert "AMI_URL" in text
    assert "CHANNEL_LAYERS" in text
    assert SECRET not in text + caplog.text


def error_page() -> HttpResponse:
    url = project.AMI_URL  # a local variable of the frame that fails: the page shows those too
    try:
        raise RuntimeError(f"no {len(url)}")
    except RuntimeError:
        return technical_500_response(RequestFactory().get("/"), *sys.exc_info())


@pytest.mark.parametrize("command", [("check",), ("migrate", "--verbosity=2"), ("preflight",), ("demo_accounts",)])
def test_no_command_says_one(manage: Run, command: tuple[str, ...]) -> None:
    done = manage(*command, DEBUG="1", **SECRETS)
    assert SECRET not in done.stdout + done.stderr


def test_the_worker_neither_logs_nor_stores_one(manage: Run, tmp_path: Path) -> None:
    """It cannot connect, so it has every reason to say where to and as whom."""
    assert manage("migrate", "--verbosity=0", **SECRETS).returncode == 0
    log = tmp_path / "log"
    with log.open("w") as output:
        worker = subprocess.Popen(
            [sys.executable, "manage.py", "ami_worker"],
            cwd=ROOT,
            env=environment_of(tmp_path / "data", DEBUG="1", AMI_URL=SECRETS["AMI_URL"]),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(
            lambda: "127.0.0.1" in log.read_text() or worker.poll() is not None, "the worker to complain", timeout=60
        )
        assert worker.poll() is None, log.read_text()
    finally:
        worker.terminate()
        worker.wait(timeout=20)
    assert SECRET not in log.read_text()
    for file in (tmp_path / "data").rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes()

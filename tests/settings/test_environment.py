"""The environment: what is understood, and that nonsense is refused with one sentence that gives no secret away."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from panel import environment, pbxs
from panel.environment import Secret
from tests.settings.conftest import ROOT, SECRET, Run, environment_of


def refusal(call: object, *arguments: object) -> str:
    with pytest.raises(ImproperlyConfigured) as refused:
        call(*arguments)  # type: ignore[operator]
    text = str(refused.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("Yes", True), ("on", True), ("0", False), ("FALSE", False)]
)
def test_yes_and_no_are_read_in_the_usual_words(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("DEBUG", value)
    assert environment.flag("DEBUG", not expected) is expected


@pytest.mark.parametrize("value", ["maybe", "2", "tru"])
def test_what_is_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DEBUG", value)
    assert "DEBUG" in refusal(environment.flag, "DEBUG", False)


@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "80.0", "８０", "1e3"])
def test_what_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PORT", value)
    assert "port number" in refusal(environment.port, "PORT", 8000)


@pytest.mark.parametrize("value", ["0", "36501", "-1", "a year", "1.5", "４００", "9" * 40])
def test_what_is_no_number_of_days_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HISTORY_DAYS", value)
    assert "number of days" in refusal(environment.days, "HISTORY_DAYS", 400)


@pytest.mark.parametrize("value", ["721", "-1", "a day", "1.5", "２４", "9" * 40])
def test_what_is_no_number_of_hours_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("REPLAY_HOURS", value)
    assert "number of hours" in refusal(environment.hours, "REPLAY_HOURS", 24)


def test_no_hours_at_all_are_a_number_of_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLAY_HOURS", "0")
    assert environment.hours("REPLAY_HOURS", 24) == 0


def test_a_variable_with_nothing_in_it_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "  ")
    assert environment.port("PORT", 8000) == 8000


def test_reasons_are_named_with_commas_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.reasons("LISTENING_REASONS", ["coaching"]) == ["coaching"]
    monkeypatch.setenv("LISTENING_REASONS", " new here,, complaint, new here ")
    assert environment.reasons("LISTENING_REASONS", ["coaching"]) == ["new here", "complaint"]
    monkeypatch.setenv("LISTENING_REASONS", "short, " + "long " * 9)
    assert "too long for a menu" in refusal(environment.reasons, "LISTENING_REASONS", [])


@pytest.mark.parametrize("value", ["*", "panel.example.com,*", "*.example.com", ".example.com"])
def test_a_wildcard_among_the_hosts_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", value)
    assert "wildcard" in refusal(environment.hosts, "ALLOWED_HOSTS")


@pytest.mark.parametrize(
    "value",
    ["*", "https://*", "https://*.example.com", "panel.example.com", "https://panel.example.com/", "ftp://x", "null",
     "https://user@panel.example.com", "https://panel.example.com:port"],
)  # fmt: skip
def test_what_is_no_exact_origin_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CSRF_TRUSTED_ORIGINS", f"https://good.example.com,{value}")
    assert "CSRF_TRUSTED_ORIGINS" in refusal(environment.origins, "CSRF_TRUSTED_ORIGINS")


def test_exact_origins_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSRF_TRUSTED_ORIGINS", "https://panel.example.com, http://10.0.0.5:8000,http://[::1]:8000")
    assert environment.origins("CSRF_TRUSTED_ORIGINS") == [
        "https://panel.example.com",
        "http://10.0.0.5:8000",
        "http://[::1]:8000",
    ]


@pytest.mark.parametrize(("name", "value"), [("TIME_ZONE", "Mars/Olympus"), ("TIME_ZONE", "../etc/passwd")])
def test_an_unknown_time_zone_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert "time zone" in refusal(environment.time_zone, name, "UTC")


def test_an_unknown_language_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [("en", "English"), ("pl", "Polski")]
    monkeypatch.setenv("LANGUAGE_CODE", "xx")
    assert "en, pl" in refusal(environment.language, "LANGUAGE_CODE", known)
    monkeypatch.setenv("LANGUAGE_CODE", "en-GB")
    assert environment.language("LANGUAGE_CODE", known) == "en-gb"


# --- addresses with secrets in them -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        f"http://panel:{SECRET}@pbx.example.com",
        f"panel:{SECRET}@pbx.example.com:5038",
        f"ami://panel:{SECRET}@",
        f"ami://:{SECRET}@pbx.example.com",
        f"ami://panel:{SECRET}@pbx.example.com:0",
        f"ami://panel:{SECRET}@pbx.example.com:99999",
        f"ami://panel:{SECRET}@pbx.example.com:port",
        f"ami://panel:{SECRET}@pbx.example.com/path",
        f"ami://panel:{SECRET}@pbx.example.com?verify=no",
        f"ami://panel:{SECRET}@pbx.example.com#{SECRET}",
        f"ami://panel:{SECRET}/x@pbx.example.com",
        f"ami://panel:{SECRET}#x@pbx.example.com",
        f"ami://panel:12345@[{SECRET}",
        "ami://panel@pbx.example.com",
        "ami://panel:@pbx.example.com",
        "ami://pbx.example.com",
        "ami:",
        "nonsense",
    ],
)
def test_an_ami_url_that_is_not_usable_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("AMI_URL", value)
    text = refusal(pbxs.ami_url)
    assert text.startswith("AMI_URL is not usable: ")
    assert SECRET not in text


@pytest.mark.parametrize(
    "value",
    [
        "ami://panel:s3cret@pbx.example.com",
        "amis://panel:p%40ss@10.0.0.1:5039?ca=/etc/ssl/pbx.pem",
        "ami://u:p@[::1]:5038/",
    ],
)
def test_a_usable_ami_url_is_handed_on_as_it_is(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AMI_URL", value)
    assert pbxs.ami_url() == value


def test_without_pbxs_there_is_one_with_plain_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pbxs.pbxs(Secret("ami://u:p@h")) == {"pbx": pbxs.Pbx("pbx", Secret("ami://u:p@h"), "", "")}


def test_pbxs_have_their_own_addresses_from_the_environment_or_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(f"ami://panel:{SECRET}@branch\n")
    for name, value in {
        "PBXS": "main, branch-2",
        "AMI_URL_MAIN": "ami://u:p@main",
        "AMI_URL_BRANCH_2_FILE": str(file),
        "TRUNK_PREFIX_BRANCH_2": "82",
    }.items():
        monkeypatch.setenv(name, value)
    main, branch = pbxs.pbxs(Secret()).values()
    assert (main.name, main.ami_url, main.prefix, main.trunk_prefix) == ("main", "ami://u:p@main", "", "")
    assert branch == ("branch-2", f"ami://panel:{SECRET}@branch", "branch-2/", "82")
    assert SECRET not in repr(branch)
    assert [pbxs.pbx_of_key(key, [main, branch]).name for key in ("201", "branch-2/201")] == ["main", "branch-2"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"PBXS": "main,main"}, "PBXS names 'main' twice."),
        ({"PBXS": "Main"}, "PBXS: 'Main' is no name for a PBX"),
        ({"PBXS": "main/2"}, "PBXS: 'main/2' is no name for a PBX"),
        ({"PBXS": "main,branch"}, "PBXS names 'branch', so AMI_URL_BRANCH must say where it is."),
        ({"PBXS": "main", "AMI_URL_MAIN": f"http://u:{SECRET}@h"}, "AMI_URL_MAIN is not usable: it must begin"),
        ({"PBXS": "main", "AMI_URL_MAIN": "", "AMI_URL_MAIN_FILE": "/nowhere"}, "AMI_URL_MAIN_FILE /nowhere cannot be"),
        (
            {"PBXS": "main", "AMI_URL_MAIN": "", "AMI_URL_MAIN_FILE": os.devnull},
            "AMI_URL_MAIN_FILE /dev/null is empty.",
        ),
        ({"PBXS": "main", "TRUNK_PREFIX_MAIN": "8,1"}, "TRUNK_PREFIX_MAIN='8,1' is not what is dialled"),
    ],
)
def test_pbxs_that_are_not_usable_are_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: str
) -> None:
    for name, value in {"AMI_URL_MAIN": "ami://u:p@main", **given}.items():
        monkeypatch.setenv(name, value)
    text = refusal(lambda: pbxs.pbxs(Secret()))
    assert text.startswith(said)
    assert SECRET not in text


def test_an_address_beside_pbxs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PBXS", "main")
    assert refusal(lambda: pbxs.pbxs(Secret("ami://u:p@h"))).startswith("AMI_URL and PBXS are both set")


@pytest.mark.parametrize("value", ["http://x", f"redis://:{SECRET}@host:port", "redis", f"redis://:{SECRET}@h:0"])
def test_a_redis_url_that_is_not_usable_is_refused(value: str) -> None:
    text = refusal(environment.channel_layers, value)
    assert text.startswith("REDIS_URL is not usable")
    assert SECRET not in text


@pytest.mark.parametrize(
    "value",
    [
        f"mysql://u:{SECRET}@h/db",
        "sqlite://:memory:",
        "nonsense",
        f"postgres://u:{SECRET}@host:port/db",
        "postgres://h",
    ],
)
def test_a_database_url_that_is_not_usable_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", value)
    text = refusal(environment.database, tmp_path)
    assert text.startswith("DATABASE_URL")
    assert SECRET not in text


def test_the_database_is_sqlite_in_the_data_folder_unless_one_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    config = environment.database(tmp_path)
    assert config["NAME"] == str(tmp_path / "cordboard.sqlite3")
    assert config["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in config["OPTIONS"]["init_command"]
    monkeypatch.setenv("DATABASE_URL", f"postgres://panel:{SECRET}@db.example.com:5433/board")
    config = environment.database(tmp_path)
    assert (config["CONN_MAX_AGE"], config["CONN_HEALTH_CHECKS"], config["PORT"]) == (0, True, 5433)
    assert config["PASSWORD"] == SECRET
    assert SECRET not in repr(config)


def test_redis_is_used_through_the_layer_that_survives_its_restart() -> None:
    layer = environment.channel_layers(environment.Secret(f"redis://:{SECRET}@10.0.0.1:6379/0"))["default"]
    assert layer["BACKEND"] == "channels_redis.pubsub.RedisPubSubChannelLayer"
    assert layer["CONFIG"]["hosts"][0]["address"] == f"redis://:{SECRET}@10.0.0.1:6379/0"
    assert SECRET not in repr(layer)


def test_a_secret_is_a_text_that_does_not_show_itself() -> None:
    secret = environment.Secret(SECRET)
    assert secret == SECRET
    assert SECRET not in f"{secret!r} {[secret]} { ({'url': secret}) }"
    assert json.loads(json.dumps(secret)) == SECRET
    assert pickle.loads(pickle.dumps(secret)) == SECRET
    assert repr(environment.Secret("")) == "''"


# --- the secret key and the data folder -------------------------------------------------------------------------------


def test_a_key_is_made_once_and_only_its_owner_can_read_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    made = environment.secret_key(tmp_path)
    assert len(made) > 50
    assert environment.secret_key(tmp_path) == made
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret-key"]


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    program = "from django.conf import settings; print(str.__str__(settings.SECRET_KEY))"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=environment_of(tmp_path / "data", DJANGO_SETTINGS_MODULE="panel.settings"),
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    said = [process.communicate(timeout=60)[0].strip() for process in started]
    assert len(set(said)) == 1
    assert len(said[0]) > 50


@pytest.mark.parametrize("content", [None, "", "short", b"\xff\xfe" * 30])
def test_a_key_file_that_is_named_must_hold_a_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | bytes | None
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", str(file))
    assert "key" in refusal(environment.secret_key, tmp_path)


def test_a_data_folder_that_cannot_be_written_to_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "file" / "data"))
    assert "cannot be written to" in refusal(environment.data_dir, tmp_path)


def test_a_new_data_folder_is_closed_to_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "new"))
    folder = environment.data_dir(tmp_path)
    assert folder.stat().st_mode & 0o077 == 0
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("DEBUG", "maybe"), ("AMI_URL", f"http://u:{SECRET}@h"), ("DATABASE_URL", "mysql://x/y"),
     ("REDIS_URL", "http://x"), ("ALLOWED_HOSTS", "*"), ("CSRF_TRUSTED_ORIGINS", "*"), ("TIME_ZONE", "Mars"),
     ("LANGUAGE_CODE", "xx"), ("SECRET_KEY_FILE", "/no/such/file"), ("DATA_DIR", "/dev/null/x")],
)  # fmt: skip
def test_every_command_says_it_in_one_line_and_ends_with_code_1(manage: Run, name: str, value: str) -> None:
    done = manage("check", **{name: value})
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("cordboard: ")
    assert name in line
    assert SECRET not in line

"""The import map: every module of the page is found under its hashed name, and the policy lets the map in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from panel.accounts.models import Operator
from panel.templatetags.modules import module_urls


IMPORT = re.compile(r"""(?:^|\n)\s*(?:import|export)\b[^"';]*?["'](\.{1,2}/[^"']+)["']""")


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> Path:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    # Changing a setting makes Django forget the storage; the next one reads the manifest, as a new process does.
    settings.STATIC_ROOT = str(tmp_path)
    return tmp_path


def sources() -> list[Path]:
    return sorted((project.BASE_DIR / "static" / "panel" / "js").rglob("*.js"))


def test_every_import_names_a_module_that_is_there() -> None:
    assert sources()
    for source in sources():
        for target in IMPORT.findall(source.read_text()):
            assert (source.parent / target).is_file(), f"{source.name} imports {target}"


def test_the_map_leads_from_every_module_to_a_file_that_is_there(collected: Path) -> None:
    urls = module_urls()
    static = project.BASE_DIR / "static"
    assert set(urls) == {f"/static/{source.relative_to(static).as_posix()}" for source in sources()}
    for url, hashed in urls.items():
        assert re.fullmatch(re.escape(url.removesuffix(".js")) + r"\.[0-9a-f]{12}\.js", hashed)
        assert (collected / hashed.removeprefix("/static/")).is_file()


def test_the_map_is_in_the_page_before_any_module_and_has_the_nonce_of_the_policy(
    client: Client, alice: Operator, collected: Path
) -> None:
    client.force_login(alice)
    answer = client.get("/")
    page = answer.text
    found = re.search(r'<script type="importmap" nonce="([^"]+)">(.*?)</script>', page, re.DOTALL)
    assert found
    assert json.loads(found[2]) == {"imports": module_urls()}
    assert f"script-src 'self' 'nonce-{found[1]}'" in answer["Content-Security-Policy"]
    assert page.index('type="importmap"') < page.index('rel="modulepreload"') < page.index('<script type="module"')
    again = client.get("/").text
    assert found[1] not in again


def test_without_hashed_files_there_is_no_map_and_no_nonce(client: Client, alice: Operator) -> None:
    client.force_login(alice)
    answer = client.get("/")
    assert "importmap" not in answer.text
    assert "nonce" not in answer["Content-Security-Policy"]

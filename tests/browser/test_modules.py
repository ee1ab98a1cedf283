"""The files of the front end fit together: every reference resolves, and none can make markup of text."""

from __future__ import annotations

import re

import pytest

from tests.browser.harness.site import ROOT


STATIC = ROOT / "static/panel"
SCRIPTS = sorted((STATIC / "js").rglob("*.js"))
STYLES = sorted((STATIC / "css").glob("*.css"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
IMPORT = re.compile(r'^(?:import\s+(?:[^"]*?\sfrom\s+)?|export\s+\{[^}]*\}\s+from\s+)"([^"]+)"', re.MULTILINE)


def imports(source: str) -> list[str]:
    return IMPORT.findall(source)


def without_comments(source: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", "", source, flags=re.DOTALL)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(STATIC)))
def test_every_import_is_relative_and_names_a_file(script) -> None:
    for name in imports(script.read_text()):
        assert name.startswith("."), f"{name} is no relative import"
        assert (script.parent / name).resolve().is_file(), f"{name} is not there"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(STATIC)))
def test_every_imported_name_is_exported(script) -> None:
    for names, file in re.findall(r'import \{([^}]*)\} from "([^"]+)"', script.read_text()):
        exporter = (script.parent / file).read_text()
        for name in (each.strip().split(" as ")[0] for each in names.split(",") if each.strip()):
            declared = rf"export (?:const|function|class|async function) {name}\b|export \{{[^}}]*\b{name}\b"
            assert re.search(declared, exporter), f"{file} exports no {name}"


def test_every_script_is_used() -> None:
    pages = "".join(template.read_text() for template in TEMPLATES)
    used = set(re.findall(r'static "panel/(js/[^"]+)"', pages))
    reached: set[str] = set()
    while used - reached:
        for name in used - reached:
            reached.add(name)
            script = STATIC / name
            used = used | {
                str((script.parent / each).resolve().relative_to(STATIC)) for each in imports(script.read_text())
            }
    assert reached == {str(script.relative_to(STATIC)) for script in SCRIPTS}


def test_elements_know_neither_socket_nor_store_nor_commands() -> None:
    for script in (STATIC / "js/elements").glob("*.js"):
        names = {name.rsplit("/", 1)[-1] for name in imports(script.read_text())}
        assert not names & {"socket.js", "store.js", "commands.js", "session.js", "actions.js"}, script.name


def test_only_the_socket_module_opens_sockets() -> None:
    assert [script.name for script in SCRIPTS if "new WebSocket(" in script.read_text()] == ["socket.js"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(STATIC)))
def test_no_script_makes_markup_or_code_out_of_text(script) -> None:
    forbidden = (
        r"\binnerHTML\b|\bouterHTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|setHTML"
        r"|DOMParser|createContextualFragment|setAttribute\(\"(?:on|style)"
    )
    assert not re.search(forbidden, without_comments(script.read_text()))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_have_no_inline_code_or_style(template) -> None:
    text = template.read_text()
    assert not re.search(r"\son\w+=|\sstyle=|<style|\|safe|javascript:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)


def test_every_file_that_a_style_sheet_or_a_template_names_is_there() -> None:
    for style in STYLES:
        for name in re.findall(r'url\("([^"]+)"\)', style.read_text()):
            assert (style.parent / name).is_file(), f"{style.name}: {name}"
    for template in TEMPLATES:
        for name in re.findall(r'{% static "([^"]+)" %}', template.read_text()):
            assert (ROOT / "static" / name).is_file(), f"{template.name}: {name}"
    used = set(re.findall(r'url\("([^"]+)"', (STATIC / "css/cordboard.css").read_text()))
    for template in TEMPLATES:
        used |= set(re.findall(r'{% static "panel/css/([^"]+)" %}', template.read_text()))
    assert {style.name for style in STYLES} == used


def test_every_id_that_a_page_script_asks_for_is_in_its_template() -> None:
    frame = "".join((ROOT / "templates/panel" / name).read_text() for name in ("switchboard.html", "parts/menu.html"))
    for script, part in [("board.js", "board.html"), ("queues.js", "queues.html")]:
        ids = set(re.findall(r'\$\("([\w-]+)"\)', (STATIC / "js" / script).read_text()))
        present = set(re.findall(r'\bid="([\w-]+)"', frame + (ROOT / "templates/panel/parts" / part).read_text()))
        assert ids - present == set(), script
    replay = (ROOT / "templates/replay/replay.html").read_text() + (
        ROOT / "templates/panel/parts/queues.html"
    ).read_text()
    ids = set(re.findall(r'\$\("([\w-]+)"\)', (STATIC / "js/replay.js").read_text()))
    present = re.findall(r'\bid="([\w-]+)"', replay)
    assert ids - set(present) == set()
    assert len(present) == len(set(present))


def test_every_picture_that_is_used_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'id="([\w-]+)"', (ROOT / "templates/panel/parts/sprite.html").read_text()))
    used = set(re.findall(r'"#?((?:icon|state)-[a-z]+)"', "".join(script.read_text() for script in SCRIPTS)))
    used |= set(re.findall(r'href="#([\w-]+)"', "".join(template.read_text() for template in TEMPLATES)))
    from panel.vocabulary import CallState, ExtensionState, MemberState

    states = {f"state-{state.value}" for family in (CallState, ExtensionState, MemberState) for state in family}
    assert (used | states) - sprite == set()

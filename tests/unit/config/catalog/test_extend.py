"""`extends: shipped`: one's own catalogue says only what differs."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.group import main
from gateway.config.catalog.difference import differences
from gateway.config.load import load
from gateway.errors import ConfigInvalid
from gateway.model import Catalog, Config, Severity

CHANGES = """\
extends: shipped
remove: [stock_take.assigned, ticket.created.any]
categories:
  backups: {title: Backups}
events:
  sla.breached:
    severity: error
    message:
      title: "Too late: {{ ticket.subject }}"
      link: null
  backup.failed:
    category: backups
    title: A backup failed
    data: {type: object}
    message: {title: A backup failed, body: Look at it.}
    example: {}
    notifications: {any: {title: A backup failed}}
"""


def built(folder: Path, catalog: str = CHANGES) -> Catalog:
    (folder / "routes").mkdir(exist_ok=True)
    (folder / "catalog.yaml").write_text(catalog)
    return load(folder, {}).catalog


def problems(folder: Path, catalog: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        built(folder, catalog)
    return [str(problem) for problem in caught.value.problems]


def test_only_what_differs_is_different(tmp_path: Path, shipped: Config) -> None:
    catalog, base = built(tmp_path), shipped.catalog
    breached, before = catalog.events["sla.breached"], base.events["sla.breached"]
    assert breached.severity is Severity.ERROR
    assert breached.message.title == "Too late: {{ ticket.subject }}"
    assert (breached.message.body, breached.message.link) == (before.message.body, "")
    assert breached.notifications == before.notifications
    assert "stock_take.assigned" not in catalog.events
    assert "ticket.created.any" not in catalog.notifications
    assert catalog.notifications.keys() - base.notifications.keys() == {"backup.failed.any"}
    untouched = [name for name in base.events if name not in ("sla.breached", "stock_take.assigned", "ticket.created")]
    assert all(catalog.events[name] == base.events[name] for name in untouched)


def test_nothing_differs_where_nothing_is_said(tmp_path: Path, shipped: Config) -> None:
    assert built(tmp_path, "extends: shipped\n") == shipped.catalog


def test_a_list_replaces_a_list(tmp_path: Path) -> None:
    catalog = built(tmp_path, "extends: shipped\nstates: {final: [Gone]}\n")
    assert catalog.states == {"final": ["Gone"]}


@pytest.mark.parametrize(
    ("lines", "line", "text"),
    [
        ("extends: shiped\n", 1, "did you mean 'shipped'?"),
        ("extends: shipped\nremove: [ticket.creatd]\n", 2, "did you mean 'ticket.created'?"),
        ("extends: shipped\nevents:\n  sla.breached:\n    severity: awful\n", 4, "events.sla.breached.severity"),
        ("extends: shipped\nevents:\n  sla.breached:\n    message: {titel: x}\n", 4, "titel"),
        (
            "extends: shipped\nevents:\n  sla.breached:\n    message: {title: '{{ nothing }}'}\n",
            4,
            "no field 'nothing'",
        ),
        ("extends: shipped\nevents:\n  own.type: {title: x}\n", 3, "category"),
        ("extends: shipped\nevents:\n  ticket.creatd: {message: {title: x}}\n", 3, "did you mean 'ticket.created'?"),
        ("extends: shipped\nevents: {sla.breached: {category: null}}\n", 2, "category"),
        ("extends: shipped\nremove: [sla]\n", 1, "unknown category 'sla'"),
        ("extends: shipped\nremove: {a: b}\n", 2, "expected a list"),
        ("extends: shipped\nevents: []\n", 2, "events"),
    ],
)
def test_a_problem_names_the_line_of_ones_own_file(tmp_path: Path, lines: str, line: int, text: str) -> None:
    found = problems(tmp_path, lines)
    assert any(text in problem for problem in found), found
    assert all(problem.startswith("catalog.yaml:") for problem in found)
    assert any(problem.startswith(f"catalog.yaml:{line}:") for problem in found if text in problem)


def test_remove_needs_something_to_extend(tmp_path: Path) -> None:
    assert any("needs `extends: shipped`" in problem for problem in problems(tmp_path, "version: 1\nremove: [a]\n"))


def test_what_differs_is_said_in_words() -> None:
    before = {
        "categories": {"a": {}},
        "events": {"a.b": {"title": "x", "people": {"mine": "a"}, "list": [1]}, "c.d": {}},
    }
    after = {
        "categories": {"a": {}},
        "events": {"a.b": {"title": "y", "people": {"actor": "b"}, "list": [2]}, "e.f": {}},
    }
    assert list(differences(before, after)) == [
        "~ a.b",
        '    title: "x" -> "y"',
        '    people.mine: removed (was "a")',
        '    people.actor: "b" (new)',
        "    list: [1] -> [2]",
        "- c.d (event type)",
        "+ e.f (new event type)",
    ]


def test_the_command_line_shows_what_differs(tmp_path: Path) -> None:
    built(tmp_path)
    lines = CliRunner().invoke(main, ["catalog", "--diff", "--config", str(tmp_path)]).output.splitlines()
    assert "+ backup.failed (new event type)" in lines
    assert "- stock_take.assigned (event type)" in lines
    assert "~ sla.breached" in lines
    assert any(line.startswith('    message.title: "') and 'Too late: {{ ticket.subject }}"' in line for line in lines)
    built(tmp_path, "extends: shipped\n")
    output = CliRunner().invoke(main, ["catalog", "--diff", "--config", str(tmp_path)]).output
    assert output == "Nothing differs from the catalogue that comes with the gateway.\n"


@pytest.mark.parametrize(
    "rest",
    [
        "remove: [[ticket.created]]",
        "remove: [{a: b}]",
        "remove: [null]",
        "events: null",
        "events: []",
        "events: {sla.breached: true}",
    ],
)
def test_whatever_an_own_catalogue_has_is_reported(tmp_path: Path, rest: str) -> None:
    removed = "" if "remove" in rest else "remove: [sla.breached.any]\n"
    with pytest.raises(ConfigInvalid):
        built(tmp_path, f"extends: shipped\n{removed}{rest}\n")


def test_what_is_removed_twice_is_gone(tmp_path: Path) -> None:
    catalog = built(tmp_path, "extends: shipped\nremove: [ticket.created.any, ticket.created.any]\n")
    assert "ticket.created.any" not in catalog.notifications


def test_a_list_of_facts_is_shown_as_yaml() -> None:
    before = {"events": {"a.b": {"message": {"facts": {"Due": "x"}}}}}
    after = {"events": {"a.b": {"message": {"facts": [{"label": "Due", "value": "x"}]}}}}
    assert list(differences(before, after)) == ["~ a.b", "    message.facts: {Due} -> [{label: Due, value: x}]"]

"""The examples beside mappings, as `gateway check` tries them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.load import load
from gateway.intake.examples import check_examples
from tests.support.builders import CATALOG, NOW

TOKEN = "sha256:" + "0" * 64
RULES = """
    rules:
      - {name: noise, when: {kind: noise}, ignore: noise}
      - name: change
        when: {kind: change, who.name: {exists: true}}
        emit:
          type: ticket.changed
          id: id
          time: {path: at, format: unix}
          data.ticket: {id: id, subject: {first: [title, text]}, subscribers: {each: people, value: mail}}
      - {name: other, when: {kind: other, nobody.shows: this}, ignore: no example shows it}
"""
BODY = (
    "{kind: change, id: 7, at: 1796149573, title: Printer, text: x, who: {name: Ana}, people: [{mail: a@example.com}]}"
)


def problems(folder: Path, examples: str, rules: str = RULES) -> list[str]:
    yaml = f'sources:\n  door:\n    events: [ticket.changed]\n    tokens: ["{TOKEN}"]{rules}    examples:\n'
    (folder / "routes").mkdir()
    (folder / "catalog.yaml").write_text(CATALOG, "utf-8")
    lines = "".join(f"      - {line}\n" for line in examples.strip().splitlines())
    (folder / "routes" / "a.yaml").write_text(yaml + lines, "utf-8")
    config = load(folder, {})
    return [str(problem).partition(" ")[2] for problem in check_examples(config, folder, NOW)]


@pytest.mark.parametrize(
    ("examples", "expected"),
    [
        (f"{{body: {BODY}, expect: {{id: '7', time: '2026-12-01T19:26:13+01:00', data: {{ticket: {{id: 7}}}}}}}}", []),
        ("{body: {kind: noise}, expect: ignored}", []),
        ("{body: {kind: none}, expect: unmapped}", []),
        ("{body: '{broken', expect: unmapped}", []),
        ('{body: \'{"kind": "noise"}\', expect: ignored}', []),
        ("{body: '{broken', expect: ignored}", ["this example cannot be read: the body is not JSON"]),
        (
            f"{{body: {BODY}, expect: {{data: {{ticket: {{id: 8, subject: Plotter, total: '5'}}}}}}}}",
            [
                "this example: data.ticket.id is '7', expected '8'",
                "this example: data.ticket.subject is 'Printer', expected 'Plotter'",
                "this example: data.ticket.total is missing, expected '5'",
            ],
        ),
        (
            "{body: {kind: noise}, expect: {type: ticket.changed}}",
            ["this example: expected 1 event, but it is ignored by rule 'noise'"],
        ),
        (
            "{body: {kind: none}, expect: ignored}",
            ["this example: expected ignored, but it is unmapped (no rule matches)"],
        ),
        (f"{{body: {BODY}, expect: unmapped}}", ["this example: expected unmapped, but it is ticket.changed by rule"]),
        ("{file: ticket.json, expect: ignored}", ["no such file 'routes/ticket.json' in the configuration folder"]),
    ],
)
def test_an_example_says_what_differs(tmp_path: Path, examples: str, expected: list[str]) -> None:
    found = problems(tmp_path, examples)
    assert len(found) == len(expected), found
    assert all(problem.startswith(start) for problem, start in zip(found, expected, strict=True)), found


def test_an_event_that_breaks_its_schema_names_the_line(tmp_path: Path) -> None:
    body = BODY.replace("id: 7", "id: {a: 1}")
    (problem,) = problems(tmp_path, f"{{body: {body}, expect: {{type: ticket.changed}}}}")
    assert "it is unmapped (routes/a.yaml:13 /data/ticket/id: expected" in problem


def test_a_path_that_no_example_has_is_named(tmp_path: Path) -> None:
    rules = RULES.replace("title, text", "titel, body.text").replace("value: mail", "value: email")
    found = problems(tmp_path, f"{{body: {BODY}, expect: {{type: ticket.changed}}}}", rules)
    assert found == [
        "warning: no example has 'titel' - did you mean 'title'?",
        "warning: no example has 'email' - did you mean 'mail'?",
    ]


def test_a_rule_that_no_example_reaches_is_looked_at_for_slips_only(tmp_path: Path) -> None:
    found = problems(tmp_path, "{body: {kind: noise, peopel: [], wh: 1, subj: 2}, expect: ignored}")
    assert found == ["warning: no example has 'people' - did you mean 'peopel'?"]


def test_files_of_examples_stand_beside_their_yaml(tmp_path: Path) -> None:
    (tmp_path / "routes" / "door").mkdir(parents=True)
    (tmp_path / "catalog.yaml").write_text(CATALOG, "utf-8")
    source = f'events: [ticket.changed], tokens: ["{TOKEN}"], rules: [{{when: {{a: 1}}, ignore: x}}]'
    yaml = f"sources: {{door: {{{source}, examples: [{{file: a.json, expect: ignored}}]}}}}\n"
    (tmp_path / "routes" / "door" / "door.yaml").write_text(yaml, "utf-8")
    (tmp_path / "routes" / "door" / "a.json").write_text('{"a": 1}', "utf-8")
    assert list(check_examples(load(tmp_path, {}), tmp_path, NOW)) == []

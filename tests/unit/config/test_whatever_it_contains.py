"""Whatever a configuration contains, the check answers with problems, and what passes can be used: nothing raises."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.config.files import Files, read_files, shipped_folder
from gateway.config.load import build_from
from gateway.config.secrets import SecretStore
from gateway.errors import ConfigInvalid
from gateway.intake.validate import EventSchemas
from gateway.messages import templates
from gateway.model import Config
from gateway.routing.plan import plan
from gateway.sending.services import AppriseServices
from tests.support.builders import CATALOG, config, event, files
from tests.unit.config.test_examples import ENVIRON, EXAMPLES

ROUTES = (EXAMPLES / "valid" / "everything.yaml").read_text("utf-8")
SEEDS = 12
MUTATIONS = 3
"""Of each seed. Both are small, so that the tests stay fast; raise them for a longer run."""
JUNK: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    " ",
    "x",
    "*",
    "[",
    "a.b",
    "..",
    "event",
    "event.id",
    "{{",
    "{{ x }}",
    "{% for %}",
    "$ref",
    "#",
    "#/$defs/x",
    "\u202e\u0000x".replace("\0", ""),
    "x" * 3000,
    "9" * 5000,
    [],
    {},
    [[]],
    [None],
    {"": 1},
    {"a": {"b": []}},
    {"env": "X"},
    {"$ref": "#"},
    {"$ref": "#/$defs/none"},
    {"not": {}},
    {"type": "strng"},
    {"properties": []},
    {"pattern": "("},
    {"pattern": "(a+)+$"},
    {"enum": []},
    {"required": "a"},
    {"items": 1},
    {"$id": "x"},
    {"$anchor": "x"},
    {"$dynamicRef": "#x"},
    {"x-visibility": 7},
    {"format": "date"},
    {"minimum": 10**400},
    {"any_of": [{}]},
    {"none_of": [{"a": 1}]},
    {"exists": 1},
    {"at_least": []},
    {"matches": 5},
    "{{ " + "(" * 200 + "1" + ")" * 200,
    "{{ " + "9" * 5000 + " }}",
    "{% if a %}" * 90,
    "{{ a[" + "1" * 400 + "] }}",
    "Etc/../UTC",
    "/etc",
    "\U0001f4a9",
]


def use(made: Config) -> None:
    """What the processes do with a configuration that passed the check."""
    schemas = EventSchemas(made)
    for event_type in made.catalog.events.values():
        posted = event(dict(event_type.example), event_type.name)
        schemas.errors({"type": event_type.name, "data": event_type.example}, event_type.name)
        schemas.errors({"type": event_type.name, "data": {"ticket": None, "x": [1]}}, event_type.name)
        if not event_type.is_fact:
            templates.render(event_type.message, posted, ["reason"])
        plan(posted, made)


def check(changed: Files) -> None:
    try:
        made = build_from(changed, SecretStore(ENVIRON, Path()), AppriseServices(), {})
    except ConfigInvalid as exc:
        problems = exc.problems
    else:
        use(made)
        return
    assert problems
    assert all(map(str, problems))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, child in inner for place in places(child, (*path, key)))]


def mutate(value: Any, chance: random.Random) -> Any:
    """*value* with one part replaced, removed, renamed or doubled."""
    copy = json.loads(json.dumps(value))
    path = chance.choice(places(copy)[1:])
    parent = copy
    for step in path[:-1]:
        parent = parent[step]
    match chance.randrange(5):
        case 0 if isinstance(parent, dict):
            del parent[path[-1]]
        case 1 if isinstance(parent, dict):
            parent[str(chance.choice(JUNK))[:100]] = parent.pop(path[-1])
        case 2 if isinstance(parent, list):
            parent.append(parent[path[-1]])
        case _:
            parent[path[-1]] = chance.choice(JUNK)
    return copy


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_mutated_configuration_gives_problems_or_can_be_used(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(MUTATIONS):
        catalog, routes = yaml.safe_load(CATALOG), yaml.safe_load(ROUTES)
        for _ in range(chance.randint(1, 3)):
            if chance.random() < 0.6:
                catalog = mutate(catalog, chance)
            else:
                routes = mutate(routes, chance)
        dump = yaml.safe_dump if chance.random() < 0.5 else json.dumps
        check(files(dump(routes), dump(catalog)))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_text_that_somebody_damaged_gives_problems_or_can_be_used(seed: int) -> None:
    chance = random.Random(seed)
    texts = [CATALOG, ROUTES]
    for number in (0, 1):
        for _ in range(chance.randint(0, 3)):
            at = chance.randrange(len(texts[number]))
            insert = chance.choice(
                ["", "\t", ":", "- ", '"', "'", "[", "}", "#", "&a ", "*a", "!x ", "\n", "%", "| ", "0x", "é"]
            )
            texts[number] = texts[number][:at] + insert + texts[number][at + chance.randrange(3) :]
    check(files({"r.yaml": texts[1]}, texts[0]))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"$ref": "#"}', b"9" * 5000, b"[" * 9000, b'{"$id": "http://x/"}', b'{"$schema": 5}', b"\xff"],
)
def test_a_data_schema_of_any_content_gives_problems_or_can_be_used(content: bytes) -> None:
    shipped = read_files(shipped_folder())
    check(Files(("catalog.yaml", CATALOG.encode()), {}, {**shipped.schemas, "data/common.schema.json": content}))
    check(Files(("catalog.yaml", CATALOG.encode()), {}, {**shipped.schemas, "data/mine.schema.json": content}))


def test_definitions_of_an_inline_schema_hold_for_posted_events() -> None:
    data = """
      type: object
      required: [ticket]
      properties: {ticket: {$ref: "#/$defs/ticket"}, other: {$ref: "data/common.schema.json#/$defs/id"}}
      $defs:
        ticket: {type: object, required: [id], properties: {id: {type: integer}, subject: {$ref: "#/$defs/text"}}}
        text: {type: string, pattern: "^[a-z]+$"}
"""
    start, end = CATALOG.index("    data:\n"), CATALOG.index("    message:")
    catalog = CATALOG[:start] + "    data:" + data + CATALOG[end:].replace("subject: Printer", "subject: printer")
    catalog = catalog.replace("customer: ticket.customer\n", "\n")
    catalog = catalog.replace("people: {actor: actor, mine: ticket.assignee, subscribed: ticket.subscribers}\n", "\n")
    catalog = catalog[: catalog.index("      urgent:")]
    made = config("{}", catalog)
    schemas = EventSchemas(made)
    assert schemas.errors({"type": "ticket.changed", "data": {"ticket": {"id": 1}}}, "ticket.changed") == []
    wrong = {"ticket": {"id": "x", "subject": "A\n"}, "other": []}
    pointers = [
        entry["pointer"] for entry in schemas.errors({"type": "ticket.changed", "data": wrong}, "ticket.changed")
    ]
    assert pointers == ["/data/other", "/data/ticket/id", "/data/ticket/subject"]

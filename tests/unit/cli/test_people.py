"""`gateway people`."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner

from gateway.cli import main
from tests.support.receivers import Answer, HttpReceiver
from tests.unit.cli.test_user_faults import TOKEN

ANA = {
    "name": "ana",
    "full_name": "Ana Lopez",
    "identities": ["a...@example.com", "ana", "psa:1834"],
    "timezone": None,
    "contacts": [
        {"kind": "email", "service": "mailtos", "recipient": "a...@example.com"},
        {"kind": "slack", "service": "slack", "recipient": None},
    ],
}
ZOE = {
    "identities": ["9", "Zoe"],
    "source": "psa",
    "role": "mine",
    "count": 2,
    "last": "2026-11-23T15:00:00+00:00",
    "namesakes": ["zoe-1", "zoe-2"],
}


def shown(document: dict[str, Any], *words: str) -> str:
    with HttpReceiver() as receiver:
        receiver.script(Answer(200, json.dumps(document)))
        environ = {"GATEWAY_URL": f"http://127.0.0.1:{receiver.port}", "GATEWAY_TOKEN": TOKEN, "TZ": "UTC"}
        done = CliRunner().invoke(main, ["people", *words], env=environ)
    assert done.exit_code == 0, done.output
    return done.output


def test_people_are_listed_with_their_names_and_those_whom_nobody_knows() -> None:
    lines = [line.split("  ") for line in shown({"people": [ANA], "unknown": [ZOE]}).splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert cells[1] == ["ana", "Ana Lopez", "a...@example.com, psa:1834", "email a...@example.com, slack slack"]
    assert cells[5][:4] == ["9 / Zoe", "mine", "psa", "2"]
    assert cells[6] == ["zoe-1 and zoe-2 have the name 9 / Zoe."]


def test_of_nobody_unknown_it_is_said() -> None:
    assert "The directory has everybody whom events have named." in shown({"people": [ANA], "unknown": []})


def test_only_the_unknown_may_be_listed_and_json_is_the_document() -> None:
    document = {"people": [ANA], "unknown": [ZOE]}
    assert "Lopez" not in shown(document, "--unknown")
    assert json.loads(shown(document, "--format", "json")) == document

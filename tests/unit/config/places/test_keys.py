"""The keys of a place are declared once in the code, and in its JSON Schema; both say the same."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from gateway.config.places.keys import KEYS, Kind, may_quote, names_for
from gateway.model import Lane, Target
from gateway.yaml.document import DocumentPath
from tests.support.pages import ROOT

DEFINITIONS = json.loads((ROOT / "schemas" / "routes.schema.json").read_text("utf-8"))["$defs"]
SECRET_REFERENCE = {"env", "file"}
"""A contact may be the reference to a secret itself, instead of having keys."""


def declared(definition: dict[str, Any]) -> set[str]:
    return set(definition["properties"])


def test_a_channel_has_the_keys_of_its_schema() -> None:
    assert declared(DEFINITIONS["channel"]) == {*names_for(Kind.SERVICE), *names_for(Kind.URL)}


def test_a_provider_has_the_keys_of_its_schema() -> None:
    assert declared(DEFINITIONS["provider"]) == set(names_for(Kind.PROVIDER))


def test_a_contact_has_the_keys_of_its_schema() -> None:
    contact = next(branch for branch in DEFINITIONS["contact"]["anyOf"] if branch["type"] == "object")
    kinds = (Kind.SERVICE, Kind.URL, Kind.RECIPIENT)
    assert declared(contact) - SECRET_REFERENCE == {name for kind in kinds for name in names_for(kind)}


def test_a_key_sets_an_attribute_that_exists() -> None:
    assert {key.lane for key in KEYS if key.lane} <= {field.name for field in fields(Lane)}
    assert {key.target for key in KEYS if key.target} <= {field.name for field in fields(Target)}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("channels", "noc", "rate"), True),
        (("channels", "noc", "token"), False),
        (("channels", "noc", "url"), False),
        (("channels", "noc"), False),
        (("people", "ana", "contacts", "email"), False),
        (("people", "ana", "timezone"), True),
        (("sources", "psa", "tokens", 0), False),
        (("sources", "psa", "events", 0), True),
        (("routes", 0, "to", 1), True),
    ],
)
def test_a_message_quotes_no_value_where_a_secret_belongs(path: DocumentPath, expected: bool) -> None:
    assert may_quote(path) is expected

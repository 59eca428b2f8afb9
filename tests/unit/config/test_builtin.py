"""The gateway's own part of the catalogue: right by the rules of any, and nobody else's."""

from __future__ import annotations

import pytest

from gateway.config.builtin import read_builtin
from gateway.config.catalog.check import check_catalog
from gateway.errors import ConfigInvalid
from gateway.messages import templates
from gateway.model import BUILTIN, Event, Scope, Severity, Source
from gateway.validation.validator import Schemas
from tests.support.builders import CATALOG, NOW, config

KNOWN = config("{}").catalog
TROUBLE = KNOWN.events["gateway.trouble"]
KINDS = TROUBLE.schema["properties"]["kind"]["enum"]


def test_it_follows_the_rules_of_every_catalogue() -> None:
    schemas = Schemas(KNOWN.schemas)
    document, _ = read_builtin()
    assert list(schemas.validator({"$ref": "catalog.schema.json"}, "own").errors(document.value)) == []
    checked = check_catalog(document, schemas, set())
    assert (checked.problems, checked.unusable) == ([], set())
    assert not any(checked.staff_fields.values()), "it is built without any"


def test_every_kind_of_trouble_has_a_notification_and_a_message_worth_reading() -> None:
    assert [one.id for one in TROUBLE.notifications] == [f"gateway.trouble.{kind}" for kind in KINDS]
    titles = set()
    for kind in KINDS:
        data = {**TROUBLE.example, "kind": kind, "target": "noc<1>"}
        event = Event("1", TROUBLE.name, BUILTIN, BUILTIN, "noc", NOW, Severity.ERROR, data)
        message = templates.render(TROUBLE.message, event, [])
        assert "{" not in message.title + message.body
        assert TROUBLE.example["delivery"] in [fact.value for fact in message.facts]
        titles.add(message.title)
    assert len(titles) == len(KINDS)


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("categories: {tickets:", "categories: {gateway: {title: Mine}, tickets:", "categories.gateway"),
        ("  ticket.changed:\n", "  gateway.changed:\n", "events.gateway.changed"),
    ],
)
def test_a_catalogue_cannot_take_its_names(old: str, new: str, path: str) -> None:
    assert old in CATALOG
    with pytest.raises(ConfigInvalid) as caught:
        config("{}", CATALOG.replace(old, new))
    assert [(one.path, "events about the gateway itself" in one.message) for one in caught.value.problems] == [
        (path, True)
    ]


def test_no_source_can_take_its_name_and_routes_can_name_it() -> None:
    with pytest.raises(ConfigInvalid, match="1 problem") as caught:
        config('sources: {gateway: {events: ["*"], tokens: ["sha256:' + "0" * 64 + '"]}}')
    assert "belongs to the gateway itself" in str(caught.value.problems[0])
    routes = """
        channels: {noc: {service: inbox}}
        routes: [{name: ops, notify: ["gateway.*"], to: [noc]}]
    """
    handover = KNOWN.events["gateway.handover"]
    rows = (*TROUBLE.notifications, *handover.notifications)
    assert config(routes).routes[0].notifications == {row.id for row in rows}


def test_only_an_administrator_may_post_it() -> None:
    everything = frozenset({"*"})
    assert not Source("psa", everything, frozenset()).may_post("gateway.trouble")
    assert not Source("psa", frozenset({"gateway.trouble"}), frozenset()).may_post("gateway.trouble")
    assert Source("ops", everything, frozenset(), frozenset({Scope.ADMIN})).may_post("gateway.trouble")

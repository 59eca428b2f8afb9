"""The rules that the ledger keeps explain an event as the configuration itself does, and hold no contact."""

from __future__ import annotations

import base64
import zlib
from typing import Any

from hypothesis import given

from gateway.model import Config, Route
from gateway.routing.explain import to_document
from gateway.routing.plan import plan
from gateway.routing.why_not import complete, rules_of
from gateway.store.rules import decode_rules, encode_rules
from tests.support.any_routes import BASE, DATA, routes, with_routes
from tests.support.builders import event
from tests.support.world import world


@given(routes(), DATA)
def test_kept_rules_explain_as_the_configuration_does(routes: list[Route], data: dict[str, Any]) -> None:
    config, posted = with_routes(BASE, routes), event(data)
    stored = plan(posted, config).findings
    rules = decode_rules(encode_rules(config), posted.type)
    assert complete(posted, stored, rules) == complete(posted, stored, rules_of(config))


def test_every_example_of_the_catalogue_is_explained_the_same_by_kept_rules(shipped: Config) -> None:
    text = encode_rules(shipped)
    for known in shipped.catalog.events.values():
        posted = event(dict(known.example), known.name, category=known.category, severity=known.severity)
        stored = plan(posted, shipped).findings
        stories = [complete(posted, stored, rules) for rules in (decode_rules(text, known.name), rules_of(shipped))]
        first, second = (to_document(story.findings, is_fallback=False) for story in stories)
        assert first == second


def test_kept_rules_know_where_the_customer_stands() -> None:
    route = "{name: keller, notify: [ticket.changed.any], to: [noc], when: {event.customer.id: {not: 30771}}}"
    loaded = world(f"routes: [{route}]")
    posted = event(
        {"ticket": {"id": 7, "customer": {"id": 30771}}}, customer=loaded.catalog.events["ticket.changed"].customer
    )
    rules = decode_rules(encode_rules(loaded), posted.type)
    assert tuple(rules.customers[posted.type]) == posted.customer == (("ticket", "customer"),)
    story = complete(posted, plan(posted, loaded).findings, rules)
    assert [finding.why for finding in story.findings if finding.kind == "route"] == ["event.customer.id is 30771"]


def test_kept_rules_hold_no_address_and_nobodys_name(shipped: Config) -> None:
    text = zlib.decompress(base64.b85decode(encode_rules(shipped))).decode()
    for secret in ("ana@example.com", "+15550199", "Ana Lopez", "1834"):
        assert secret not in text
    assert "noc-hears-alerts" in text

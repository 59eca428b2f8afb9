"""One word for the customer: `customer:` of an event type, and `event.customer` wherever a path may stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateway.config.catalog import data_paths
from gateway.config.catalog.data_paths import Located
from gateway.errors import ConfigInvalid
from gateway.messages import templates
from gateway.messages.visibility import without
from gateway.model import Config, EventType, Path, is_builtin
from gateway.paths import CUSTOMER, MISSING, format_path, lookup
from gateway.routing.plan import plan
from tests.support.builders import CATALOG, config, event

KELLER = {"id": 30771, "name": "Keller & Sons"}
ASSET = """
  asset.changed:
    category: tickets
    title: Asset changed
    customer: [asset.customer, asset.site.customer]
    data:
      type: object
      properties:
        asset:
          type: object
          properties:
            id: {type: integer}
            customer: {$ref: "data/customer.schema.json"}
            site: {type: object, properties: {customer: {$ref: "data/customer.schema.json"}}}
    message: {title: "Asset of {{ event.customer.name | default('nobody') }}", body: x}
    example: {asset: {id: 7}}
    notifications: {any: {title: An asset changed}}
"""
BOTH = CATALOG + ASSET
ROUTE = """
channels: {noc: {service: inbox}, keller: {service: inbox, name: keller}}
lookups: {managers: {table: {30771: keller}}}
routes:
  - name: keller
    notify: ["*.*.any"]
    when: {event.customer.id: 30771}
    to: [{lookup: managers, key: event.customer.id, else: [noc]}]
"""


def targets(data: dict[str, Any], type: str, loaded: Config) -> list[str]:
    posted = event(data, type, customer=loaded.catalog.events[type].customer)
    return [delivery.target for delivery in plan(posted, loaded).deliveries]


def test_one_condition_and_one_lookup_are_about_the_customers_of_all_types() -> None:
    loaded = config(ROUTE, BOTH)
    assert targets({"ticket": {"id": 7, "customer": KELLER}}, "ticket.changed", loaded) == ["keller"]
    assert targets({"asset": {"id": 7, "customer": KELLER}}, "asset.changed", loaded) == ["keller"]
    assert targets({"asset": {"id": 7, "customer": {"id": 1}}}, "asset.changed", loaded) == []
    assert targets({"asset": {"id": 7}}, "asset.changed", loaded) == []


def test_of_several_places_the_first_that_an_event_has_counts() -> None:
    loaded = config(ROUTE, BOTH)
    other = {"id": 30802, "name": "Harbor"}
    assert targets({"asset": {"site": {"customer": KELLER}}}, "asset.changed", loaded) == ["keller"]
    assert targets({"asset": {"customer": other, "site": {"customer": KELLER}}}, "asset.changed", loaded) == []
    assert targets({"asset": {"customer": None, "site": {"customer": KELLER}}}, "asset.changed", loaded) == ["keller"]


@pytest.mark.parametrize(
    ("data", "title"),
    [({"asset": {"site": {"customer": KELLER}}}, "Asset of Keller & Sons"), ({"asset": {}}, "Asset of nobody")],
)
def test_a_message_shows_the_customer(data: dict[str, Any], title: str) -> None:
    asset = config(ROUTE, BOTH).catalog.events["asset.changed"]
    assert templates.render(asset.message, event(data, customer=asset.customer), []).title == title


def refused(catalog: str, routes: str = ROUTE) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        config(routes, catalog)
    return [str(problem) for problem in caught.value.problems]


def test_a_place_that_the_data_does_not_have_is_a_problem() -> None:
    (problem,) = refused(BOTH.replace("[asset.customer, asset.site.customer]", "asset.custmer"))
    assert "events.asset.changed.customer: the event's data has no field 'asset.custmer'" in problem
    assert problem.endswith("did you mean 'asset.customer'?")


def test_a_customer_is_an_object_that_has_an_id_or_a_name() -> None:
    (problem,) = refused(BOTH.replace("[asset.customer, asset.site.customer]", "asset.id"))
    assert problem.endswith("'asset.id' has neither an id nor a name - name the path of an object that has one of them")


def test_a_condition_on_the_customer_of_types_that_name_none_says_what_is_missing() -> None:
    catalog = CATALOG.replace("    customer: ticket.customer\n", "")
    problems = refused(catalog, ROUTE.replace('"*.*.any"', "ticket.changed.any"))
    assert len(problems) == 2
    hint = "say with `customer:` in the catalogue where these events have their customer"
    assert all(problem.endswith(f"the event's data has no field 'event.customer.id' - {hint}") for problem in problems)


def test_a_number_is_text_where_the_customers_id_is_one() -> None:
    texts = CATALOG.replace("{id: {type: [integer, string]}, name", "{id: {type: string}, name")
    loaded = config(ROUTE.replace('"*.*.any"', "ticket.changed.any"), texts)
    assert targets({"ticket": {"id": 7, "customer": {"id": "30771"}}}, "ticket.changed", loaded) == ["keller"]


def test_a_message_that_shows_a_customer_whom_an_event_may_lack_is_warned_of() -> None:
    warned = config(ROUTE, BOTH.replace(" | default('nobody')", "")).warnings
    assert [problem.message for problem in warned] == [
        "the message shows 'event.customer.name', which an event may lack"
    ]
    guarded = "{% if event.customer %}{{ event.customer.name }}{% endif %}"
    catalog = BOTH.replace("{{ event.customer.name | default('nobody') }}", guarded)
    assert config(ROUTE, catalog).warnings == ()


def test_a_customer_for_staff_only_is_not_shown_outside_by_this_name_either() -> None:
    owner = "site: {type: object, properties: {owner: {x-visibility: staff, properties: {name: {type: string}}}}}"
    customer = 'site: {type: object, properties: {customer: {$ref: "data/customer.schema.json"}}}'
    catalog = BOTH.replace("asset.site.customer]", "asset.site.owner]").replace(customer, owner)
    asset = config(ROUTE, catalog).catalog.events["asset.changed"]
    posted = event({"asset": {"site": {"owner": {"name": "Keller"}}}}, customer=asset.customer)
    shown = [templates.render(asset.message, without(posted, hidden), []) for hidden in ((), asset.staff_fields)]
    assert [message.title for message in shown] == ["Asset of Keller", "Asset of nobody"]


# ------------------------------------------------------------------ the shipped catalogue


def customers(event_type: EventType, documents: dict[str, Any]) -> Iterator[Path]:
    """Every path at which the data may have something called customer."""
    documents = {**documents, data_paths.INLINE: event_type.schema}
    waiting: list[tuple[Path, list[Located]]] = [((), [(event_type.schema, data_paths.INLINE)])]
    while waiting:
        path, places = waiting.pop()
        below: dict[str, list[Located]] = {}
        for part, document in data_paths.through_lists(data_paths.applicable(places, documents), documents):
            for name, schema in part.get("properties", {}).items():
                below.setdefault(name, []).append((schema, document))
        for name, schemas in below.items():
            if name == CUSTOMER[-1]:
                yield (*path, name)
            elif len(path) < 4:
                waiting.append(((*path, name), schemas))


def test_every_shipped_type_whose_data_has_a_customer_says_where(shipped: Config) -> None:
    documents = dict(shipped.catalog.schemas)
    for event_type in shipped.catalog.events.values():
        assert set(event_type.customer) == set(customers(event_type, documents)), event_type.name
    assert sum(bool(event_type.customer) for event_type in shipped.catalog.events.values()) > 60


def test_the_customer_of_each_example_is_found(shipped: Config) -> None:
    for event_type in shipped.catalog.events.values():
        posted = event(dict(event_type.example), event_type.name, customer=event_type.customer)
        present = [path for path in event_type.customer if lookup(posted, path) is not MISSING]
        expected = lookup(posted, (*present[0], "id")) if present else MISSING
        assert lookup(posted, (*CUSTOMER, "id")) == expected, event_type.name
        assert not is_builtin(event_type.name) or not present


def test_a_path_to_the_customer_reads_as_it_is_written(shipped: Config) -> None:
    event_type = shipped.catalog.events["ticket.created"]
    posted = event({"ticket": {"customer": KELLER}}, customer=event_type.customer)
    assert lookup(posted, ("event", "customer")) == KELLER
    assert lookup(posted, ("event", "customer", "name")) == "Keller & Sons"
    assert lookup(replace(posted, customer=()), ("event", "customer", "name")) is MISSING
    assert format_path((*CUSTOMER, "name")) == "event.customer.name"

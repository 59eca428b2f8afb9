"""`message.for`, and the `message` of a route: what they may name and say."""

from __future__ import annotations

import pytest

from gateway.config.places.services import Services
from gateway.errors import ConfigInvalid
from gateway.model import MessageChanges
from gateway.sending.services import AppriseServices
from tests.support.builders import CATALOG, config

SERVICES = AppriseServices()
PROVIDERS = "providers: {pager: {service: inbox}}"
CHANNELS = "channels: {noc: {service: inbox}}"


def route(message: str) -> dict[str, str]:
    routes = f"routes: [{{name: r, notify: [ticket.changed.any], to: [noc], message: {message}}}]"
    return {"places.yaml": f"{PROVIDERS}\n{CHANNELS}", "routes.yaml": routes}


def with_message(more: str) -> str:
    catalog = CATALOG.replace("    message: {", f"    message: {{for: {more}, ", 1)
    assert catalog != CATALOG
    return catalog


def problems(routes: dict[str, str], catalog: str = CATALOG, services: Services | None = SERVICES) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        config(routes, catalog, services=services)
    return [str(problem) for problem in caught.value.problems]


def test_services_their_other_names_and_kinds_of_contact_may_be_named() -> None:
    names = "{sms: {short: a}, email: {body: b}, slack: {title: c}, teams: {title: d}, twilio: {link: ''}, "
    names += "pager: {facts: {A: a}}}"
    built = config({"places.yaml": PROVIDERS}, with_message(names), services=SERVICES)
    variants = dict(built.catalog.events["ticket.changed"].message.variants)
    assert variants["sms"] == MessageChanges(short="a")
    assert variants["pager"] == MessageChanges(facts=(("A", "a"),))
    assert set(variants) == {"sms", "email", "slack", "teams", "twilio", "pager"}


@pytest.mark.parametrize(("name", "hint"), [("slak", "slack"), ("emial", "email"), ("pagr", "pager")])
def test_a_name_that_nothing_has_is_reported_with_what_was_meant(name: str, hint: str) -> None:
    (problem,) = problems({"places.yaml": PROVIDERS}, with_message(f"{{{name}: {{title: x}}}}"))
    assert f"unknown service or kind of contact '{name}'" in problem
    assert f"did you mean '{hint}'" in problem
    assert problem.startswith("catalog.yaml:")
    (problem,) = problems(route(f"{{for: {{{name}: {{title: x}}}}}}"))
    assert problem.startswith("routes/routes.yaml:1:")
    assert f"did you mean '{hint}'" in problem


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ("{title: '{{ ticket.nmber }}'}", "the event's data has no field 'ticket.nmber'"),
        ("{body: '{% if %}'}", "invalid template"),
        ("{for: {sms: {short: '{{ nothing.at.all }}'}}}", "the event's data has no field 'nothing.at.all'"),
        ("{facts: {A: \"{{ ticket.id | lookup('sites') }}\"}}", "unknown lookup 'sites'"),
        ("{titel: x}", "titel"),
    ],
)
def test_the_templates_of_a_route_are_checked(message: str, problem: str) -> None:
    (shown,) = problems(route(message))
    assert problem in shown
    assert shown.startswith("routes/routes.yaml:1:")


def test_a_route_changes_parts_of_the_messages_that_it_brings() -> None:
    built = config(route("{title: 'VIP {{ ticket.id }}', for: {sms: {short: vip}}}"), services=SERVICES)
    sms = ("sms", MessageChanges(short="vip"))
    assert built.route_messages == {"r": MessageChanges(title="VIP {{ ticket.id }}", variants=(sms,))}


@pytest.mark.parametrize("facts", ["{" + ", ".join(f"L{n}: v" for n in range(61)) + "}", "{'': v}", "[{label: a}]"])
def test_facts_that_are_too_many_or_have_no_label_are_refused(facts: str) -> None:
    assert problems(route(f"{{facts: {facts}}}"))


def test_a_label_may_stand_twice_in_a_list() -> None:
    built = config(route("{facts: [{label: A, value: a}, {label: A, value: b}]}"), services=SERVICES)
    assert built.route_messages["r"].facts == (("A", "a"), ("A", "b"))

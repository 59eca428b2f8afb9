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


STAFF = CATALOG.replace("subject: {type: string}", "subject: {type: string, x-visibility: staff}")
OUTSIDE = """
channels: {noc: {service: inbox}, portal: {service: inbox, outside: true}}
people: {ana: {contacts: {email: {service: inbox, outside: true}, pager: {service: inbox}}}}
"""


def staff_route(to: str, message: str, catalog: str = STAFF) -> list[str]:
    routes = f"routes:\n- name: r\n  notify: [ticket.changed.any]\n  to: {to}\n  message:\n    {message}\n"
    more = "" if "noc" in to and "portal" in to else "- {name: s, notify: [ticket.changed.any], to: [noc, portal]}\n"
    try:
        config({"places.yaml": OUTSIDE, "routes.yaml": routes + more}, catalog)
    except ConfigInvalid as exc:
        return [f"{problem.place} {problem.path}: {problem.message}" for problem in exc.problems]
    return []


@pytest.mark.parametrize(
    ("to", "message", "place"),
    [
        ("[portal]", "body: '{{ ticket.subject }}'", "routes/routes.yaml:6:11 routes[0].message.body"),
        ("[portal]", "facts: {S: '{{ ticket.subject }}'}", "routes/routes.yaml:6:16 routes[0].message.facts.S"),
        ("[portal]", "link: 'https://x.example/{{ ticket.subject }}'", "routes[0].message.link"),
        ("[portal]", "for: {inbox: {short: '{{ ticket.subject }}'}}", "routes[0].message.for.inbox.short"),
        ("[noc, portal]", "title: '{{ ticket.subject }}'", "routes/routes.yaml:6:12 routes[0].message.title"),
        ("[ana]", "body: '{{ ticket.subject }}'", "routes[0].message.body"),
        ("[noc]", "body: '{{ ticket.subject }}'", ""),
        ("[noc, portal]", "body: '{% if ticket.subject %}{{ ticket.subject }}{% endif %}'", ""),
        ("[noc, portal]", "facts: {S: '{{ ticket.subject }}'}", ""),
    ],
)  # fmt: skip
def test_a_route_with_readers_outside_does_not_try_to_show_what_is_for_staff_only(
    to: str, message: str, place: str
) -> None:
    shown = staff_route(to, message)
    assert len(shown) == bool(place), shown
    assert all(place in line and line.endswith("'ticket.subject' is for staff only, and this route has readers outside")
               for line in shown)  # fmt: skip


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("title: '{{ event.subject }}'", "routes/routes.yaml:6:12 routes[0].message.title"),
        ("for: {sms: {short: '{{ event.subject }}'}}", "routes[0].message.for.sms.short"),
    ],
)
def test_a_route_that_shows_a_staff_only_value_by_another_way_is_a_problem(message: str, place: str) -> None:
    catalog = STAFF.replace("subject: ticket.id\n", "subject: ticket.subject\n")
    (line,) = staff_route("[noc]", message, catalog)
    assert place in line
    assert "would show people outside what is for staff only" in line

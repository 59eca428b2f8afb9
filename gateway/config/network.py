"""The section `network`: which addresses messages may be sent to. Addresses in the YAML are checked against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit

from gateway.config.places.build import contacts, recipient_of
from gateway.config.places.services import Services
from gateway.config.secrets import SecretMissing, SecretStore, is_secret
from gateway.config.sections import Entry, Sections
from gateway.model import NetworkPolicy, NetworkRule, Problem
from gateway.network_policy import IpAddress, parse_literal, refusal
from gateway.quoting import quote

LISTS = ("allow", "deny")
MAX_PORT = 65535


def build_network(entry: Entry | None) -> NetworkPolicy:
    """The policy of a section without problems; without a section, public addresses are allowed."""
    value = entry.value if entry else {}
    return NetworkPolicy(*(tuple(map(_build_rule, value.get(name, ()))) for name in LISTS))


def _build_rule(value: str | Mapping[str, Any]) -> NetworkRule:
    """Raises: ValueError."""
    if isinstance(value, str):
        return NetworkRule(_parse_cidr(value))
    network = _parse_cidr(value["cidr"]) if "cidr" in value else None
    return NetworkRule(network, frozenset(value.get("ports", ())))


def _parse_cidr(text: str) -> IPv4Network | IPv6Network:
    """Raises: ValueError."""
    return ip_network(text.strip("[]"))


def check_network(sections: Sections, secrets: SecretStore, services: Services | None) -> Iterator[Problem]:
    """What is wrong with the section, or else with the addresses that places name literally."""
    problems = list(_check_rules(sections.network)) if sections.network else []
    yield from problems
    if services is None or problems:
        return
    policy = build_network(sections.network)
    places = [*sections.providers.values(), *sections.channels.values()]
    for person in sections.people.values():
        places += [contact for _, contact in contacts(person) if recipient_of(contact.value) is None]
    for place in places:
        yield from _check_place(place, policy, secrets, services)


def _check_rules(entry: Entry) -> Iterator[Problem]:
    for name in LISTS:
        for number, rule in enumerate(entry.value.get(name, ())):
            text = rule if isinstance(rule, str) else rule.get("cidr")
            if text is None:
                continue
            try:
                _parse_cidr(text)
            except ValueError as exc:
                rest = (name, number) if isinstance(rule, str) else (name, number, "cidr")
                has_host_bits = "host bits" in str(exc)
                hint = (
                    f"did you mean {ip_network(text.strip('[]'), strict=False)}?"
                    if has_host_bits
                    else "write 10.0.0.0/8, 10.0.0.5 or fd12:3456::/32; host names are not looked up here"
                )
                yield entry.problem(rest, f"{quote(text)} is not an address or a range of addresses", hint)


def _check_place(place: Entry, policy: NetworkPolicy, secrets: SecretStore, services: Services) -> Iterator[Problem]:
    """An address in numbers that *policy* forbids. Names are looked up and checked when a message is sent."""
    endpoint = _endpoint(place, secrets, services)
    if endpoint is None:
        return
    key, address, port, is_mail = endpoint
    message = refusal(policy, address, port, is_mail=is_mail)
    if message:
        # The value of a secret is not repeated, not even the address in it.
        shown = message.replace(str(address), "the address") if is_secret(place.value[key]) else message
        yield place.problem((key,), shown)


def _endpoint(place: Entry, secrets: SecretStore, services: Services) -> tuple[str, IpAddress, int, bool] | None:
    """(key, address, port, whether it is a mail server) of a place that names an address in numbers."""
    value: Mapping[str, Any] = place.value
    key = "url" if "url" in value else "host"
    if key not in value:
        return None
    try:
        text = secrets.resolve(value[key]).reveal() if is_secret(value[key]) else str(value[key])
        parts = urlsplit(text if key == "url" else f"{value.get('service')}://{text}")
        service, host, port = parts.scheme, parts.hostname or "", parts.port or value.get("port")
    except (SecretMissing, ValueError):
        return None  # another problem says so
    if service not in services.names() or "host" not in services.fields(service):
        return None
    address = parse_literal(host)
    # A number alone may be a topic or a name where the service does not ask for a host.
    if address is None or (host.isdigit() and not services.fields(service)["host"].is_required):
        return None
    is_mail = service.startswith("mailto")
    default = 587 if is_mail else 443 if service.endswith("s") else 80
    digits = str(port or "")
    return key, address, int(digits) if digits.isdigit() else default, is_mail

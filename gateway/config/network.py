"""The section `network`, which says to which addresses messages may be sent, and a check of the addresses
in the YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, NamedTuple, Self, TypedDict
from urllib.parse import urlsplit

from gateway.config.places.build import contacts, recipient_of
from gateway.config.places.services import Services
from gateway.config.secrets import SecretMissing, SecretStore, is_secret
from gateway.config.sections import Entry, Sections
from gateway.model import NetworkPolicy, NetworkRule, Problem
from gateway.network_policy import IpAddress, parse_literal, refusal
from gateway.quoting import quote

LISTS = ("allow", "deny")
"""The keys of the section."""
MAX_PORT = 65535


class RuleKeys(TypedDict, total=False):
    """The keys of a rule in the YAML; see `config.catalog.keys`."""

    cidr: str
    ports: list[int]


class Endpoint(NamedTuple):
    """The address of a place, if it is written in numbers."""

    key: str
    """The key of the place that holds the address."""
    address: IpAddress
    port: int
    is_mail: bool

    @classmethod
    def of(cls, place: Entry, secrets: SecretStore, services: Services) -> Self | None:
        """None if *place* has no address, or has a host name, which is looked up when a message is sent."""
        value: Mapping[str, Any] = place.value
        key = "url" if "url" in value else "host"
        if key not in value:
            return None
        try:
            text = secrets.resolve(value[key]).reveal() if is_secret(value[key]) else str(value[key])
            parts = urlsplit(text if key == "url" else f"{value.get('service')}://{text}")
            service, host, port = parts.scheme, parts.hostname or "", parts.port or value.get("port")
        except (SecretMissing, ValueError):
            return None  # already reported
        if service not in services.names() or "host" not in services.fields(service):
            return None
        address = parse_literal(host)
        # A number alone may be a topic or a name if the service does not require a host.
        if address is None or (host.isdigit() and not services.fields(service)["host"].is_required):
            return None
        is_mail = service.startswith("mailto")
        # By Apprise's convention the name of a service over TLS ends with an s: `jsons`, `ntfys`.
        default = 587 if is_mail else 443 if service.endswith("s") else 80
        digits = str(port or "")
        return cls(key, address, int(digits) if digits.isdigit() else default, is_mail)


def build_network(entry: Entry | None) -> tuple[NetworkPolicy, list[Problem]]:
    """The policy of the section *entry*, and its problems; without a section, public addresses are allowed."""
    if entry is None:
        return NetworkPolicy(), []
    rules: dict[str, list[NetworkRule]] = {name: [] for name in LISTS}
    problems = []
    entries = [(name, *item) for name in LISTS for item in enumerate(entry.value.get(name, ()))]
    for name, number, rule in entries:
        keys: RuleKeys = {"cidr": rule} if isinstance(rule, str) else rule
        try:
            network = ip_network(keys["cidr"].strip("[]")) if "cidr" in keys else None
        except ValueError as exc:
            text = keys["cidr"]
            subpath = (name, number) if isinstance(rule, str) else (name, number, "cidr")
            has_host_bits = "host bits" in str(exc)
            hint = (
                f"did you mean {ip_network(text.strip('[]'), strict=False)}?"
                if has_host_bits
                else "write 10.0.0.0/8, 10.0.0.5 or fd12:3456::/32; host names are not looked up here"
            )
            problems.append(entry.problem(subpath, f"{quote(text)} is not an address or a range of addresses", hint))
        else:
            rules[name].append(NetworkRule(network, frozenset(keys.get("ports", ()))))
    return NetworkPolicy(*(tuple(rules[name]) for name in LISTS)), problems


def check_network(sections: Sections, secrets: SecretStore, services: Services | None) -> Iterator[Problem]:
    """Problems of the section, or else of the addresses that places have in numbers."""
    policy, problems = build_network(sections.network)
    yield from problems
    if services is None or problems:
        return
    places = [*sections.providers.values(), *sections.channels.values()]
    for person in sections.people.values():
        places += [contact for _, contact in contacts(person) if recipient_of(contact.value) is None]
    for place in places:
        endpoint = Endpoint.of(place, secrets, services)
        if endpoint is None:
            continue
        if message := refusal(policy, endpoint.address, endpoint.port, is_mail=endpoint.is_mail):
            # The value of a secret is never repeated, not even the address in it.
            is_hidden = is_secret(place.value[endpoint.key])
            masked = message.replace(str(endpoint.address), "the address") if is_hidden else message
            yield place.problem((endpoint.key,), masked)

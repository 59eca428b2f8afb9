"""Which addresses messages may be sent to: bars H62 to H65."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from gateway.model import NetworkPolicy, NetworkRule
from gateway.network_policy import parse_literal, refusal

NOTHING_LISTED = NetworkPolicy()
EVERYTHING = NetworkPolicy(allow=(NetworkRule(ip_network("0.0.0.0/0")), NetworkRule(ip_network("::/0"))))


def allow(*cidrs: str, ports: tuple[int, ...] = ()) -> NetworkPolicy:
    return NetworkPolicy(allow=tuple(NetworkRule(ip_network(cidr), frozenset(ports)) for cidr in cidrs))


def why(address: str, port: int = 443, policy: NetworkPolicy = NOTHING_LISTED, *, is_mail: bool = False) -> str | None:
    return refusal(policy, ip_address(address), port, is_mail=is_mail)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"]
)
@pytest.mark.parametrize("port", [80, 443, 8080, 8443])
def test_a_public_address_is_allowed(address: str, port: int) -> None:
    assert why(address, port) is None


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "an address of this machine"),
        ("127.255.1.2", "an address of this machine"),
        ("::1", "an address of this machine"),
        ("10.0.0.5", "a private address"),
        ("172.16.0.1", "a private address"),
        ("172.31.255.255", "a private address"),
        ("192.168.1.1", "a private address"),
        ("fd12:3456::1", "a private address"),
        ("fc00::1", "a private address"),
        ("100.64.0.1", "a shared address of a provider's own network"),
        ("198.18.0.1", "not a public address"),
        ("192.0.2.1", "not a public address"),
        ("2001:db8::1", "not a public address"),
        ("fec0::1", "a private address"),
    ],
)
def test_an_address_that_is_not_public_must_be_listed(address: str, kind: str) -> None:
    assert why(address) == f"{address} is {kind}: to send to it, add it to network.allow"
    assert why(address, policy=allow(address)) is None


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:10.0.0.5", "::ffff:0:10.0.0.5", "64:ff9b::10.0.0.5", "64:ff9b:1::10.0.0.5", "2002:a00:5::1",
        "::10.0.0.5", "2001:db8::5efe:10.0.0.5", "2001:db8::200:5efe:10.0.0.5",
    ],
)  # fmt: skip
def test_an_ipv4_address_inside_an_ipv6_address_is_judged(address: str) -> None:
    sentence = why(address)
    assert sentence is not None
    assert "(10.0.0.5) is a private address" in sentence


def test_a_mapped_address_is_allowed_with_the_address_that_it_stands_for() -> None:
    assert why("::ffff:10.0.0.5", policy=allow("10.0.0.0/8")) is None


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.170.2", "169.254.0.1", "fe80::1", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254",
        "100.100.100.200", "168.63.129.16", "192.0.0.192", "0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "ff02::1",
        "255.255.255.255", "240.0.0.1", "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1",
        "::169.254.169.254", "::ffff:100.100.100.200", "::ffff:0.0.0.0", "64:ff9b:1::a9fe:a9fe",
    ],
)  # fmt: skip
def test_some_addresses_are_never_allowed(address: str) -> None:
    sentence = why(address, policy=EVERYTHING)
    assert sentence is not None
    assert sentence.endswith("it is never allowed")
    assert sentence.startswith(str(ip_address(address)))


def test_what_is_denied_is_denied_although_it_is_allowed() -> None:
    policy = NetworkPolicy(allow("10.0.0.0/8").allow, deny=(NetworkRule(ip_network("10.9.0.0/16")),))
    assert why("10.1.0.1", policy=policy) is None
    assert why("10.9.0.1", policy=policy) == "10.9.0.1 port 443 is in network.deny"
    assert "(10.9.0.1) port 443 is in network.deny" in str(why("::ffff:10.9.0.1", policy=policy))


def test_ports_are_denied_and_allowed() -> None:
    deny = NetworkPolicy(deny=(NetworkRule(None, frozenset({8080})), NetworkRule(ip_network("8.8.8.0/24"))))
    assert why("1.1.1.1", 8080, deny) == "1.1.1.1 port 8080 is in network.deny"
    assert why("1.1.1.1", 443, deny) is None
    assert why("8.8.8.8", 443, deny) is not None
    only = allow("10.0.0.5", ports=(8065,))
    assert why("10.0.0.5", 8065, only) is None
    assert why("10.0.0.5", 443, only) is not None
    assert why("10.0.0.6", 8065, only) is not None


@pytest.mark.parametrize(("port", "name"), [(22, "SSH"), (25, "SMTP"), (6379, "Redis"), (5432, "PostgreSQL")])
def test_a_port_of_something_else_must_be_named(port: int, name: str) -> None:
    assert why("8.8.8.8", port) == (
        f"port {port} is the port of {name}: to send to it, add {{cidr: 8.8.8.8, ports: [{port}]}} to network.allow"
    )
    assert why("10.0.0.5", port, allow("10.0.0.0/8")) is not None
    assert why("10.0.0.5", port, allow("10.0.0.0/8", ports=(port,))) is None


@pytest.mark.parametrize(("port", "is_allowed"), [(25, True), (465, True), (587, True), (2525, True), (6379, False)])
def test_mail_goes_to_the_ports_of_mail(port: int, is_allowed: bool) -> None:
    assert (why("8.8.8.8", port, is_mail=True) is None) is is_allowed


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("0251.0376.0251.0376", "169.254.169.254"),
        ("2852039166", "169.254.169.254"),
        ("0", "0.0.0.0"),
        ("127.0.0.1.", "127.0.0.1"),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("localhost", "127.0.0.1"),
        ("LOCALHOST.", "127.0.0.1"),
        ("a.localhost", "127.0.0.1"),
    ],
)
def test_an_address_is_recognized_in_any_form(host: str, address: str) -> None:
    assert parse_literal(host) == ip_address(address)


@pytest.mark.parametrize("host", ["hooks.example.com", "1password.example", "0xyz.example", "", "1.2.3.4.example"])
def test_a_name_is_not_an_address(host: str) -> None:
    assert parse_literal(host) is None

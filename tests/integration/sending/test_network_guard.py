"""What the network policy keeps messages from, through the sender and with real receivers."""

from __future__ import annotations

import socket
from ipaddress import ip_network
from typing import Any

import pytest

from gateway.model import FailureReason as Reason
from gateway.model import NetworkPolicy, NetworkRule, Target
from tests.support.receivers import LOCALHOST, HttpReceiver, Mailbox
from tests.support.senders import Build, by, message

NOTHING_LISTED = NetworkPolicy()


def hook(host: str, port: int) -> Target:
    return by("json", {"host": host, "port": port})


@pytest.mark.parametrize("host", [LOCALHOST, "localhost"])
def test_this_machine_is_refused_until_it_is_listed(build: Build, host: str) -> None:
    with HttpReceiver() as receiver:
        target = hook(host, receiver.port)
        result = build(policy=NOTHING_LISTED).send(target, message(), "d")
        assert receiver.requests == []
        assert (result.reason, result.is_permanent) == (Reason.ADDRESS, True)
        assert "add it to network.allow" in result.detail


def test_a_listed_port_is_allowed_and_no_other(build: Build) -> None:
    with HttpReceiver() as receiver, HttpReceiver() as other:
        rule = NetworkRule(ip_network(LOCALHOST), frozenset({receiver.port}))
        sender = build(policy=NetworkPolicy(allow=(rule,)))
        assert sender.send(hook(LOCALHOST, receiver.port), message(), "d1").is_delivered
        assert sender.send(hook(LOCALHOST, other.port), message(), "d2").reason is Reason.ADDRESS
        assert other.requests == []


def test_mail_is_guarded_too(build: Build) -> None:
    with Mailbox() as mailbox:
        target = by("mailto", {"host": LOCALHOST, "port": mailbox.port, "from": "bot@example.com"}, "a@example.com")
        result = build(policy=NOTHING_LISTED).send(target, message(), "d")
        assert mailbox.connections == 0
    assert (result.reason, result.is_permanent) == (Reason.ADDRESS, True)
    assert result.detail == f"{LOCALHOST} is an address of this machine: to send to it, add it to network.allow"


@pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "::ffff:169.254.169.254"])
def test_the_credentials_of_a_cloud_are_never_asked_for(build: Build, address: str) -> None:
    place = f"[{address}]" if ":" in address else address
    everything = NetworkPolicy(allow=(NetworkRule(ip_network("0.0.0.0/0")), NetworkRule(ip_network("::/0"))))
    sender = build(f"metadata.example:80={place}:80", policy=everything)
    result = sender.send(hook("metadata.example", 80), message(), "d")
    assert (result.reason, result.is_permanent) == (Reason.ADDRESS, True)
    assert result.detail.endswith("it is never allowed")


def test_no_message_goes_to_the_server_of_the_ledger(build: Build) -> None:
    with HttpReceiver() as ledger:
        for host in (LOCALHOST, "localhost", "127.0.0.2"):
            sender = build(ledger=("localhost", ledger.port))
            result = sender.send(hook(host, ledger.port), message(), "d")
            assert (result.reason, result.is_permanent) == (Reason.ADDRESS, True)
            assert "ledger's server" in result.detail
        assert ledger.connections == 0


def test_a_name_is_looked_up_once_and_what_was_checked_is_connected_to(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers with an allowed address first and a forbidden one afterwards (DNS rebinding)."""
    answers: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "rebinding.example":
            return real(host, port, *args, **kwargs)
        answers.append(LOCALHOST if not answers else "127.9.9.9")
        return real(answers[-1], port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with HttpReceiver() as receiver:
        policy = NetworkPolicy(allow=(NetworkRule(ip_network(LOCALHOST)),))
        assert build(policy=policy).send(hook("rebinding.example", receiver.port), message(), "d").is_delivered
        assert (
            build(policy=policy).send(hook("rebinding.example", receiver.port), message(), "d").reason is Reason.ADDRESS
        )
    assert len(answers) == 2


def test_a_name_with_one_forbidden_address_is_forbidden(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def mixed(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "mixed.example":
            return real(host, port, *args, **kwargs)
        return real(LOCALHOST, port, *args, **kwargs) + real("10.0.0.5", port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", mixed)
    with HttpReceiver() as receiver:
        result = build().send(hook("mixed.example", receiver.port), message(), "d")
        assert receiver.connections == 0
    assert result.detail == "10.0.0.5 is a private address: to send to it, add it to network.allow"


def test_a_policy_that_is_changed_counts_for_open_connections(build: Build) -> None:
    rule = NetworkRule(ip_network(LOCALHOST))
    policies = [NetworkPolicy(allow=(rule,))]
    with HttpReceiver() as receiver:
        sender = build(get_policy=lambda: policies[-1])
        assert sender.send(hook(LOCALHOST, receiver.port), message(), "d1").is_delivered
        policies.append(NetworkPolicy(allow=(rule,), deny=(rule,)))
        result = sender.send(hook(LOCALHOST, receiver.port), message(), "d2")
        assert result.detail == f"{LOCALHOST} port {receiver.port} is in network.deny"
        assert len(receiver.requests) == 1

"""A sender whose providers are receivers on this machine; it sends in a hub, as in a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from gateway.model import Address, FieldValue, Message, Secret, Severity, Target
from gateway.sending.sender import Sender
from gateway.sending.transport.event_loop import Hub
from gateway.sending.transport.network import parse_resolve
from tests.support.event_loops import InHub
from tests.support.receivers import Authority

Build = Callable[..., Sender]


def to(url: str, name: str = "noc") -> Target:
    """A channel with a whole URL."""
    return Target(name, f"channel/{name}", Address(url=Secret(url)))


def by(service: str, fields: dict[str, FieldValue], recipient: str | None = None, name: str = "ana/email") -> Target:
    """A contact or channel given by the fields of its service."""
    address = Address(service, fields, recipient=Secret(recipient) if recipient else None)
    return Target(name, "provider/email", address)


def message(title: str = "Title", body: str = "Body", severity: Severity = Severity.ERROR) -> Message:
    return Message(title, body, severity)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def build(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Build]:
    """Builds senders that trust the tests' authority; *resolve* as in GATEWAY_RESOLVE."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.bundle))
    built: list[Sender] = []
    hub = Hub(helpers=32)

    def one(*resolve: str, total_timeout_s: float = 5, connect_timeout_s: float = 2) -> Sender:
        sender = Sender(
            tmp_path,
            connect_timeout_s=connect_timeout_s,
            total_timeout_s=total_timeout_s,
            resolve=parse_resolve(",".join(resolve)),
        )
        built.append(sender)
        return cast(Sender, InHub(hub, sender))

    yield one
    hub.close()
    for sender in built:
        sender.close()


@pytest.fixture
def sender(build: Build) -> Sender:
    return build()

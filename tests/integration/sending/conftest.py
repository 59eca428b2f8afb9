"""A sender whose providers are receivers on this machine; it sends in an event loop, as in a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast

import pytest

from gateway.model import NetworkPolicy, NetworkRule
from gateway.sending.sender import Sender
from gateway.sending.transport.event_loop import EventLoop
from gateway.sending.transport.network import Connector
from gateway.setting_values import resolve as parse_resolve
from tests.support.event_loops import InLoop
from tests.support.receivers import Authority
from tests.support.senders import Build

LOCAL_RECEIVERS = NetworkPolicy(allow=(NetworkRule(ip_network("127.0.0.0/8")), NetworkRule(ip_network("::1"))))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def build(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Build]:
    """Builds senders that trust the tests' authority; *resolve* as in GATEWAY_RESOLVE."""
    built: list[Sender] = []
    loop = EventLoop(max_threads=32)

    def build_sender(
        *resolve: str,
        total_timeout_s: float = 5,
        connect_timeout_s: float = 2,
        policy: NetworkPolicy = LOCAL_RECEIVERS,
        get_policy: Callable[[], NetworkPolicy] | None = None,
        **options: Any,
    ) -> Sender:
        places = parse_resolve(",".join(resolve))
        connector = Connector(connect_timeout_s, places, authority.bundle, get_policy or (lambda: policy), **options)
        sender = Sender(tmp_path, connector, total_timeout_s=total_timeout_s)
        built.append(sender)
        return cast(Sender, InLoop(loop, sender))

    yield build_sender
    loop.close()
    for sender in built:
        sender.close()


@pytest.fixture
def sender(build: Build) -> Sender:
    return build()

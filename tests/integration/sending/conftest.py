"""A sender whose providers are receivers on this machine; it sends in an event loop, as in a worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from gateway.sending.sender import Sender
from gateway.sending.transport.event_loop import EventLoop
from gateway.setting_values import resolve as parse_resolve
from tests.support.event_loops import InLoop
from tests.support.receivers import Authority
from tests.support.senders import Build


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def build(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Build]:
    """Builds senders that trust the tests' authority; *resolve* as in GATEWAY_RESOLVE."""
    built: list[Sender] = []
    loop = EventLoop(max_threads=32)

    def one(*resolve: str, total_timeout_s: float = 5, connect_timeout_s: float = 2) -> Sender:
        sender = Sender(
            tmp_path,
            connect_timeout_s=connect_timeout_s,
            total_timeout_s=total_timeout_s,
            resolve=parse_resolve(",".join(resolve)),
            ca_bundle=authority.bundle,
        )
        built.append(sender)
        return cast(Sender, InLoop(loop, sender))

    yield one
    loop.close()
    for sender in built:
        sender.close()


@pytest.fixture
def sender(build: Build) -> Sender:
    return build()

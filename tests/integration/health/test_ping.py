"""The dead-man ping: while the gateway sends, and over the connections of messages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from ipaddress import ip_network

import pytest

from gateway.dispatcher.ping import PING_EVERY_S, Ping
from gateway.health.reasons import Reason
from gateway.log_limit import LogLimit
from gateway.model import NetworkPolicy, NetworkRule
from gateway.settings import Settings
from tests.support.gateways import eventually
from tests.support.receivers import LOCALHOST, Answer, HttpReceiver

SECRET = "8b1f-hidden"
LISTED = NetworkPolicy(allow=(NetworkRule(ip_network(LOCALHOST)),))
NO_WORKER = Reason("no_worker", "No worker is alive.", "Start one.")
LANE_OPEN = Reason("lanes_open", "1 lane is open.", "Wait.")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _fresh_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.dispatcher.ping._limit", LogLimit())


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


def pings(receiver: HttpReceiver, clock: Callable[[], float], policy: NetworkPolicy = LISTED) -> Ping:
    return Ping(Settings(ping_url=f"{receiver.url}/{SECRET}"), lambda: policy, clock)


def test_it_comes_every_minute_while_the_gateway_sends(receiver: HttpReceiver) -> None:
    clock = Clock()
    ping = pings(receiver, clock)
    ping.tick([])
    (request,) = receiver.wait_for(1)
    assert (request.method, request.path) == ("GET", f"/{SECRET}")
    clock.now += PING_EVERY_S / 2
    ping.tick([])
    clock.now += PING_EVERY_S / 2
    ping.tick([NO_WORKER])
    assert len(receiver.requests) == 1, "not every minute yet, and not without a worker"

    def has_pinged_again() -> bool:
        ping.tick([LANE_OPEN])  # nothing happens while the first ping is not over
        return len(receiver.requests) == 2

    assert eventually(has_pinged_again, 10)


@pytest.mark.parametrize(
    ("answer", "policy", "why"),
    [(Answer(404), LISTED, "HTTP 404"), (Answer(), NetworkPolicy(), "forbidden address")],
)
def test_a_failure_is_logged_without_the_url(
    answer: Answer, policy: NetworkPolicy, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    clock = Clock()
    with HttpReceiver(answer) as receiver:
        ping = pings(receiver, clock, policy)
        ping.tick([])
        assert eventually(lambda: "the ping to GATEWAY_PING_URL failed" in caplog.text, 10)
    assert why in caplog.text
    assert SECRET not in caplog.text

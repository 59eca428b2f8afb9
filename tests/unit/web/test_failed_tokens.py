"""Wrong tokens are counted by the client's address, and slow it; the clock is the test's."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from gateway.errors import ApiError
from gateway.log_limit import LogLimit
from gateway.web.body import BodyQuota
from gateway.web.failed_tokens import FailedTokens, client_address
from gateway.web.request import Request, is_served

PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"), "unix")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def wait_of(failures: FailedTokens, address: str, source: str | None = None) -> int:
    """The Retry-After of one attempt; 0: it was admitted."""
    try:
        failures.admit(address, source)
    except ApiError as exc:
        return int(exc.headers["Retry-After"])
    return 0


def test_each_further_failure_doubles_the_wait_up_to_a_minute() -> None:
    clock = Clock()
    failures = FailedTokens(allowed=3, clock=clock)
    assert [wait_of(failures, "a") for _ in range(3)] == [0, 0, 0]
    waits = []
    for _ in range(9):
        waits.append(wait_of(failures, "a"))
        clock.now += waits[-1]
        assert wait_of(failures, "a") == 0, "one attempt is looked at when the wait is over"
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert wait_of(failures, "b") == 0


def test_failures_are_forgotten_after_a_quiet_minute() -> None:
    clock = Clock()
    failures = FailedTokens(allowed=2, clock=clock)
    for _ in range(2):
        wait_of(failures, "a")
    assert wait_of(failures, "a") == 1
    clock.now = 62.0
    assert [wait_of(failures, "a") for _ in range(3)] == [0, 0, 1]


def test_a_source_that_is_known_at_an_address_is_not_held_up() -> None:
    failures = FailedTokens(allowed=1, clock=Clock())
    assert wait_of(failures, "a", "psa") == 0
    wait_of(failures, "a")
    assert wait_of(failures, "a", "psa") == 0
    assert wait_of(failures, "a", "rmm") == 1, "a right guess is not told from a wrong one"


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db9::5]:4711", "2001:db9::/64"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("", "198.51.100.1", "198.51.100.1"),
        ("2001:db9:1:2:3::4", None, "2001:db9:1:2::/64"),
    ],
)
def test_the_client_is_the_first_that_is_no_trusted_proxy(peer: str, forwarded: str | None, client: str) -> None:
    headers = {"x-forwarded-for": forwarded}
    assert client_address(Request("GET", "/", "", headers.get, peer), PROXIES) == client


def test_hosts_are_compared_as_names() -> None:
    hosts = ("gateway.example", "*.corp.example")
    served = ["gateway.example", "Gateway.Example:8080", "gateway.example.", "a.b.corp.example", "localhost:1"]
    refused = ["evil", "corp.example", "xgateway.example", "gateway.example:80:80", "", ":80", "evil/gateway.example"]
    assert [host for host in served if not is_served(host, hosts)] == []
    assert [host for host in refused if is_served(host, hosts)] == []


def test_bodies_are_counted_by_client_and_in_all() -> None:
    quota = BodyQuota(max_bytes=100, max_bytes_of_client=50)
    first, second, third = quota.hold("a"), quota.hold("a"), quota.hold("b")
    first.grow_to(40)
    with pytest.raises(ApiError, match="too-many-requests"):
        second.grow_to(20)
    third.grow_to(50)
    fourth = quota.hold("c")
    with pytest.raises(ApiError, match="overloaded"):
        fourth.grow_to(30)
    first.release()
    fourth.grow_to(30)
    second.grow_to(20)


def test_a_repeated_error_is_logged_once_a_minute_with_its_number() -> None:
    clock = Clock()
    limit = LogLimit(60.0, clock)
    assert [limit.suffix("a"), limit.suffix("a"), limit.suffix("a"), limit.suffix("b")] == ["", None, None, ""]
    clock.now = 61.0
    assert limit.suffix("a") == " (2 more of the same in the last 61 s)"

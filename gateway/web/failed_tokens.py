"""Slows down the guessing of tokens: an address with many wrong tokens has to wait before the next one is checked."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from gateway.errors import ApiError
from gateway.memo import memoize_small
from gateway.setting_values import Networks
from gateway.web.request import Request

WINDOW_S = 60.0
MAX_WAIT_S = 60.0
MAX_ADDRESSES = 10_000
UNIX_SOCKET = "unix"
"""The name of a client on a Unix socket, as GATEWAY_TRUSTED_PROXIES may contain it."""


@dataclass(slots=True)
class _Failures:
    count: int
    last: float
    free_at: float
    """When the next token of this address is checked."""


class FailedTokens:
    """Counts wrong tokens by address. Thread-safe.

    A source that has shown its token from an address is not affected by others there, for example behind one proxy or
    NAT.
    """

    def __init__(self, allowed: int, clock: Callable[[], float] = time.monotonic) -> None:
        """*allowed* wrong tokens within a minute cost nothing; each further one doubles the wait, which starts at a
        second."""
        self._allowed = allowed
        self._clock = clock
        self._failures: dict[str, _Failures] = {}
        self._known: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def admit(self, address: str, source: str | None) -> None:
        """To be called with the *source* of a token, or None for a token that no source has.

        Raises: ApiError (too-many-failures) if the address has to wait.
        """
        # Every request comes here, so the usual cases take no lock: they only look into a set and a dict.
        if source is not None:
            if (address, source) in self._known:
                return
            if not self._failures:
                self._remember(address, source)
                return
        with self._lock:
            self._check(address, self._clock(), is_wrong=source is None)
        if source is not None:
            self._remember(address, source)

    def _check(self, address: str, now: float, *, is_wrong: bool) -> None:
        """Counts a wrong token. Raises: ApiError if *address* has to wait.

        Tokens during the wait are not counted, right or wrong: they are not checked, so they tell a guesser nothing,
        and the wait does not grow. A quiet minute after the end of the wait resets everything.
        """
        failures = self._failures.get(address)
        if failures is not None and now - max(failures.last, failures.free_at) > WINDOW_S:
            del self._failures[address]
            failures = None
        if failures is not None and now < failures.free_at:
            wait_s = math.ceil(failures.free_at - now)
            raise ApiError("too-many-failures", f"wait {wait_s} s", headers={"Retry-After": str(wait_s)})
        if not is_wrong:
            return
        if failures is None:
            if len(self._failures) >= MAX_ADDRESSES:
                self._failures.clear()  # waits do not slow down an attacker with that many
            failures = self._failures[address] = _Failures(0, now, now)
        failures.count += 1
        failures.last = now
        if failures.count >= self._allowed:  # 2**10 s is beyond the longest wait, and 2.0**1024 would overflow
            failures.free_at = now + min(MAX_WAIT_S, 2.0 ** min(10, failures.count - self._allowed))

    def _remember(self, address: str, source: str) -> None:
        if len(self._known) >= MAX_ADDRESSES:
            self._known.clear()
        self._known.add((address, source))


def client_address(request: Request, proxies: Networks) -> str:
    """Like `peer_address`, but an IPv6 client counts as its /64, since it can choose freely among these addresses."""
    return _network_of(peer_address(request, proxies))


def peer_address(request: Request, proxies: Networks) -> str:
    """The address of the client: the peer, or what trusted *proxies* report in `X-Forwarded-For`.

    The header is read from its end, where the nearest proxy wrote; the first address that is not a trusted proxy is the
    client.
    """
    peer = request.peer or UNIX_SOCKET
    if not proxies:
        return _address_in(peer)
    address = _parse(peer)
    for text in reversed((request.header("x-forwarded-for") or "").split(",")):
        networks = (network for network in proxies if not isinstance(network, str))
        # Only the peer itself can have no address: a Unix socket, which `unix` among the proxies trusts.
        is_trusted = peer in proxies if address is None else any(address in network for network in networks)
        before = _parse(text.strip())
        if not is_trusted or before is None:
            break
        address = before
    return peer if address is None else str(address)


@memoize_small(len)  # a source posts from few addresses
def _network_of(address: str) -> str:
    """*address*; of an IPv6 address its /64."""
    parsed = _parse(address)
    return str(IPv6Network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address


@memoize_small(len)
def _address_in(text: str) -> str:
    """The address that `_parse` reads in *text*, or *text* itself if there is none."""
    address = _parse(text)
    return text if address is None else str(address)


@memoize_small(len)
def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """The address in *text*, with or without a port. An IPv4 client on an IPv6 socket has its IPv4 address."""
    text = text.partition(":")[0] if text.count(":") == 1 else text
    try:
        address = ip_address(text[1:].partition("]")[0] if text.startswith("[") else text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address

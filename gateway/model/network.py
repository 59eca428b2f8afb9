"""Which addresses messages may be sent to."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network


@dataclass(frozen=True, slots=True)
class NetworkRule:
    """Addresses and ports, as `network.allow` and `network.deny` list them."""

    network: IPv4Network | IPv6Network | None = None
    """None: every address."""
    ports: frozenset[int] = frozenset()
    """Empty: every port."""


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """What the configuration allows besides public addresses, and what it denies. `deny` wins."""

    allow: tuple[NetworkRule, ...] = ()
    deny: tuple[NetworkRule, ...] = ()

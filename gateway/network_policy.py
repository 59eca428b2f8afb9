"""Decides whether a message may be sent to an address and a port, and explains a refusal. Pure.

By default, messages go to public addresses. `network.allow` adds the private addresses that are needed, and
`network.deny` forbids others. Some addresses are never allowed: those where clouds hand out the credentials of the
machine.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from gateway.model import NetworkPolicy, NetworkRule

IpAddress = IPv4Address | IPv6Address

NEVER_ALLOWED: Mapping[str, str] = {
    "169.254.0.0/16": "a link-local address, where clouds keep the credentials of the machine",
    "fe80::/10": "a link-local address",
    "fd00:ec2::/32": "an address of AWS's metadata service",
    "fd20:ce::254/128": "the address of Google Cloud's metadata service",
    "fd00:42::42/128": "the address of Scaleway's metadata service",
    "fd00:c1::a9fe:a9fe/128": "the address of Oracle Cloud's metadata service",
    "100.100.100.200/32": "the address of Alibaba Cloud's metadata service",
    "168.63.129.16/32": "the address of Azure's metadata service",
    "192.0.0.192/32": "the address of Oracle Cloud's metadata service",
    "0.0.0.0/8": "not the address of a host",
    "::/128": "not the address of a host",
    "224.0.0.0/4": "a multicast address",
    "ff00::/8": "a multicast address",
    "240.0.0.0/4": "a reserved address",
}
_NEVER_ALLOWED = tuple((ip_network(network), why) for network, why in NEVER_ALLOWED.items())

NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
"""NAT64 with a prefix of one's own network (RFC 8215)."""
IPV4_IN_LAST_BITS = tuple(
    IPv6Network(network) for network in ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "::/96")
)
"""Mapped (RFC 4291), translated (RFC 2765), NAT64 (RFC 6052), and compatible (RFC 4291, withdrawn)."""
ISATAP = 0x5EFE
"""The second half of the interface identifier's prefix, `::0:5efe:192.0.2.1` (RFC 5214)."""

KINDS = tuple(
    (ip_network(network), kind)
    for network, kind in (
        ("127.0.0.0/8", "an address of this machine"),
        ("::1/128", "an address of this machine"),
        ("10.0.0.0/8", "a private address"),
        ("172.16.0.0/12", "a private address"),
        ("192.168.0.0/16", "a private address"),
        ("fc00::/7", "a private address"),
        ("fec0::/10", "a private address"),
        ("100.64.0.0/10", "a shared address of a provider's own network"),
    )
)

MAIL_PORTS = {25: "SMTP", 465: "SMTP", 587: "SMTP"}
RESERVED_PORTS: Mapping[int, str] = {
    21: "FTP", 22: "SSH", 23: "Telnet", 53: "DNS", 110: "POP3", 111: "RPC", 135: "RPC", 139: "SMB", 143: "IMAP",
    389: "LDAP", 445: "SMB", 636: "LDAP", 873: "rsync", 993: "IMAP", 995: "POP3", 1433: "SQL Server", 1521: "Oracle",
    2049: "NFS", 2375: "Docker", 2376: "Docker", 2379: "etcd", 2380: "etcd", 3306: "MySQL", 3389: "RDP",
    5432: "PostgreSQL", 5900: "VNC", 6379: "Redis", 6380: "Redis", 9042: "Cassandra", 10250: "Kubernetes",
    11211: "memcached", 26379: "Redis Sentinel", 27017: "MongoDB", **MAIL_PORTS,
}  # fmt: skip
"""Ports on which something other than a messaging service listens. A rule of `network.allow` that names the port allows
it."""


def refusal(policy: NetworkPolicy, address: IpAddress, port: int, *, is_mail: bool = False) -> str | None:
    """Why *policy* forbids sending to *address* and *port*, as a sentence; None if it is allowed.

    An IPv6 address that contains an IPv4 address is checked as both.
    """
    # To forbid, either form is enough: a rule for the IPv4 address must not be evaded by writing it as IPv6.
    for judged in (address, *_embedded(address)):
        for network, why in _NEVER_ALLOWED:
            if judged in network:
                return f"{_shown(address, judged)} is {why}: it is never allowed"
        if _matching(policy.deny, judged, port):
            return f"{_shown(address, judged)} port {port} is in network.deny"
    # To allow, what counts is where the packets end, at the IPv4 address; a rule may name either form.
    judged = next(_embedded(address), address)
    rule = _matching(policy.allow, judged, port) or _matching(policy.allow, address, port)
    if port in RESERVED_PORTS and not (is_mail and port in MAIL_PORTS) and not (rule and port in rule.ports):
        return (
            f"port {port} is the port of {RESERVED_PORTS[port]}: to send to it, "
            f"add {{cidr: {judged}, ports: [{port}]}} to network.allow"
        )
    kind = next((kind for network, kind in KINDS if judged in network), None)
    if rule or (judged.is_global and kind is None):
        return None
    kind = kind or "not a public address"
    return f"{_shown(address, judged)} is {kind}: to send to it, add it to network.allow"


def parse_literal(host: str) -> IpAddress | None:
    """The address that *host* is, in any notation that the C library accepts: `127.1`, `0x7f000001`, `2130706433`,
    `[::1]`.

    None for a name. `localhost` and the names below it are this machine (RFC 6761).
    """
    host = host.strip("[]").partition("%")[0].rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host)) if host[:1].isdigit() else None
    except OSError:
        return None


def _embedded(address: IpAddress) -> Iterator[IPv4Address]:
    """The IPv4 addresses that *address* contains or leads to."""
    if isinstance(address, IPv4Address) or address == IPv6Address("::1") or address == IPv6Address("::"):
        return
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    if any(address in network for network in IPV4_IN_LAST_BITS) or address in NAT64_LOCAL:
        yield last
    elif address.sixtofour:
        yield address.sixtofour
    elif (int(address) >> 32) & 0xFCFFFFFF == ISATAP:  # the mask leaves out two flags (u and g, RFC 4291, appendix A)
        yield last


def _matching(rules: Sequence[NetworkRule], address: IpAddress, port: int) -> NetworkRule | None:
    """The rule that covers *address* and *port*; a rule that names the port takes precedence."""
    matching = [
        rule
        for rule in rules
        if (rule.network is None or (rule.network.version == address.version and address in rule.network))
        and (not rule.ports or port in rule.ports)
    ]
    return max(matching, key=lambda rule: bool(rule.ports), default=None)


def _shown(address: IpAddress, judged: IpAddress) -> str:
    return str(address) if address == judged else f"{address} ({judged})"

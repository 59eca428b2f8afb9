"""A host and a port, as settings write them: `127.0.0.1:8080`, `localhost:8080`, `[::1]:8080`, `*:8080`, `8080`."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT_HOST = "127.0.0.1"
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, never bound to
"""For the address that means every interface: the address by which this machine reaches it."""

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


@dataclass(frozen=True)
class HostPort:
    """An address on the network: *host* is a name or an IP address. An IPv6 address has no brackets here."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The base URL by which a client on this machine reaches a server that listens here."""
        return f"http://{HostPort(LOOPBACK_OF.get(self.host, self.host), self.port)}"


def parse_listen_address(text: str) -> HostPort:
    """Where to listen. A port alone means this machine only; `*`, or nothing before the colon, means every interface.

    Raises: ValueError, whose text is a noun phrase that says what is expected.
    """
    text = text.strip()
    if _is_port(text):
        return HostPort(DEFAULT_HOST, int(text))
    host, colon, _ = text.rpartition(":")
    if colon and host in ("", "*"):
        text = f"0.0.0.0{text[len(host) :]}"  # noqa: S104 - what the operator asked for
    return parse_host_port(text)


def parse_host_port(text: str) -> HostPort:
    """`host:port`, with an IPv6 address in brackets. Raises: ValueError with a noun phrase that says
    what is expected."""
    host, colon, port = text.strip().rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    name = host[1:-1] if is_bracketed else host
    if colon and _is_port(port) and _HOST.fullmatch(name):
        if is_bracketed == (":" in name):
            return HostPort(name, int(port))
        raise ValueError("an IPv6 address in brackets, like [::1]:8080")
    raise ValueError("HOST:PORT, like 127.0.0.1:8080, localhost:8080 or [::1]:8080")


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and int(text) < 65536

"""An HTTP proxy between the gateway and its providers: which hosts are reached through it, and the tunnel for TLS.

With a proxy, the proxy looks up names and connects. The network policy then sees only addresses that are written in
numbers; the proxy's own rules must keep messages out of private networks.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any
from urllib.parse import unquote, urlsplit

from gateway.network_policy import parse_literal
from gateway.sending.transport.deadline import current_trace
from gateway.sending.transport.faults import Fault, TransportFault
from gateway.sending.transport.http1 import Connection

PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy listens, and which hosts are reached without it."""

    host: str
    port: int
    authorization: str | None = field(default=None, repr=False)
    """The value of `Proxy-Authorization`."""
    exempt: tuple[str, ...] = ()
    """Names, which include all names below them, and addresses or ranges."""

    @property
    def headers(self) -> str:
        """The request headers for the proxy."""
        return f"Proxy-Authorization: {self.authorization}\r\n" if self.authorization else ""

    def is_for(self, host: str) -> bool:
        """Whether *host* is reached through the proxy."""
        name, address = host.lower().rstrip("."), parse_literal(host)
        for entry in self.exempt:
            if name == entry or name.endswith(f".{entry}"):
                return False
            with suppress(ValueError):  # the entry is a name
                if address is not None and address in ip_network(entry):
                    return False
        return True


def parse_proxy(url: str, exempt: tuple[str, ...]) -> Proxy:
    """The proxy at *url*, `http://[user:password@]host[:port]`, which the settings have checked."""
    parts = urlsplit(url)
    authorization = None
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {base64.b64encode(login.encode()).decode()}"
    return Proxy(parts.hostname or "", parts.port or 80, authorization, exempt)


def unused_proxy(proxy: str | None, environ: Mapping[str, str]) -> str | None:
    """A sentence for the log, if the environment names a proxy that other programs use but the gateway does not."""
    variable = next((name for name in PROXY_VARIABLES if environ.get(name)), None)
    if proxy or variable is None:
        return None
    return f"{variable} is not used: set GATEWAY_PROXY to send messages through a proxy"


def open_tunnel(proxy: Proxy, sock: Any, host: str, port: int) -> None:
    """Asks the proxy at the other end of *sock* to connect to *host* (RFC 9110, 9.3.6). Raises: OSError."""
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    request = f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{proxy.headers}\r\n"
    trace = current_trace()
    if trace is not None:
        trace.socket = sock
    try:
        status = Connection(sock).request(request.encode("latin-1"), has_body=False).status
    finally:
        if trace is not None:
            trace.socket = None
    if status == 407:
        raise TransportFault(Fault.CONNECTION, "the proxy asks for a login: put it into GATEWAY_PROXY")
    if not 200 <= status < 300:
        raise TransportFault(Fault.CONNECTION, f"the proxy refused to connect to {host} (HTTP {status})")

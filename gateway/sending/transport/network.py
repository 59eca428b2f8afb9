"""How connections to providers are opened: whom to trust, where names lead, which addresses are refused."""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import certifi

from gateway.errors import SettingInvalid
from gateway.sending.transport.deadline import current_trace

CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
RESOLVE_VARIABLE = "GATEWAY_RESOLVE"

Resolve = Mapping[tuple[str, int], tuple[str, int]]
"""(host, port) -> (host, port) to connect to instead; the certificate still is the first one's."""


class ForbiddenAddress(OSError):
    """A link-local address: where a cloud hands out the credentials of the machine."""


def parse_resolve(text: str) -> dict[tuple[str, int], tuple[str, int]]:
    """`hooks.example.com:443=127.0.0.1:8443,...` as a mapping, like curl's `--connect-to`. Raises: SettingInvalid."""
    found = {}
    for entry in filter(None, text.split(",")):
        name, separator, address = entry.strip().partition("=")
        host, _, port = name.rpartition(":")
        to_host, _, to_port = address.rpartition(":")
        if not (separator and host and to_host and port.isdigit() and to_port.isdigit()):
            raise SettingInvalid(f"{RESOLVE_VARIABLE}: {entry!r}: expected host:port=host:port")
        found[host, int(port)] = (to_host, int(to_port))
    return found


class Connector:
    """How connections are opened: whom to trust, where names lead, how long to try."""

    def __init__(self, connect_timeout_s: float, resolve: Resolve) -> None:
        self._connect_s = connect_timeout_s
        self._resolve = resolve
        self.context = _trust()

    def open_socket(self, host: str, port: int) -> socket.socket:
        """A connected socket; all addresses of *host* share the time for it. Raises: OSError."""
        one = current_trace()
        ends = time.monotonic() + min(self._connect_s, max(0.01, one.left_s) if one else self._connect_s)
        host, port = self._resolve.get((host, port), (host, port))
        problem: OSError | None = None
        for family, kind, protocol, _, address in _addresses(host, port):
            left_s = ends - time.monotonic()
            if left_s <= 0:
                break
            try:
                return _open(family, kind, protocol, address, left_s)
            except OSError as exc:
                problem = exc
        raise problem or TimeoutError("no connection in time")

    def open_tls(self, host: str, port: int) -> ssl.SSLSocket:
        """The same with TLS, and a certificate for *host*. Raises: OSError."""
        sock = self.open_socket(host, port)
        try:
            return self.context.wrap_socket(sock, server_hostname=host)
        except OSError:
            sock.close()
            raise


def _addresses(host: str, port: int) -> list[Any]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as exc:
        raise OSError("no host name") from exc


def _open(family: int, kind: int, protocol: int, address: Any, timeout_s: float) -> socket.socket:
    if ip_address(str(address[0]).partition("%")[0]).is_link_local:
        raise ForbiddenAddress("a link-local address")
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(timeout_s)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(address)
    except OSError:
        sock.close()
        raise
    return sock


def _trust() -> ssl.SSLContext:
    """The certificates that the environment names, as requests and OpenSSL would; else the usual public ones."""
    named = next((os.environ[name] for name in CA_VARIABLES if os.environ.get(name)), None) or certifi.where()
    if Path(named).is_dir():
        return ssl.create_default_context(capath=named)
    return ssl.create_default_context(cafile=named)

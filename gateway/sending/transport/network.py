"""How connections to providers are opened: whom to trust, where names lead, which addresses are refused."""

from __future__ import annotations

import socket
import ssl
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import certifi

from gateway.errors import SettingInvalid
from gateway.sending.transport.deadline import current_trace
from gateway.setting_values import Resolve


class ForbiddenAddress(OSError):
    """A link-local address: where a cloud hands out the credentials of the machine."""


class Connector:
    """How connections are opened: whom to trust, where names lead, how long to try."""

    def __init__(self, connect_timeout_s: float, resolve: Resolve, ca_bundle: Path | None = None) -> None:
        """Raises: SettingInvalid when *ca_bundle* holds no certificates."""
        self._connect_s = connect_timeout_s
        self._resolve = resolve
        self.context = _trust(ca_bundle or Path(certifi.where()))

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


def _trust(ca_bundle: Path) -> ssl.SSLContext:
    try:
        if ca_bundle.is_dir():
            return ssl.create_default_context(capath=ca_bundle)
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as exc:
        raise SettingInvalid(f"{ca_bundle} holds no certificates that can be read: {exc.strerror or exc}") from exc

"""How connections to providers are opened: where names lead, which addresses are refused, and how long to try."""

from __future__ import annotations

import socket
import ssl
import time
from functools import cached_property, partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import certifi
import gevent.socket

from gateway.sending.transport.deadline import current_trace
from gateway.sending.transport.event_loop import current_loop, run_in_thread
from gateway.sending.transport.faults import Fault, TransportFault
from gateway.sending.transport.tls import Dial, explain_handshake, trust
from gateway.setting_values import Resolve

SocketAddress = tuple[Any, ...]
"""What `socket.connect` takes: it begins with an IP address and a port."""


class Connector:
    """Opens connections: sockets of gevent in the greenlets of an event loop, else those of the standard library."""

    def __init__(self, connect_timeout_s: float, resolve: Resolve, ca_bundle: Path | None = None) -> None:
        """Raises: SettingInvalid when *ca_bundle* holds no certificates."""
        self._connect_s = connect_timeout_s
        self._resolve = resolve
        self._ca_bundle = ca_bundle or Path(certifi.where())
        self.context = trust(self._ca_bundle, cooperative=False)

    @cached_property
    def _cooperative_context(self) -> ssl.SSLContext:
        return trust(self._ca_bundle, cooperative=True)

    def open_socket(self, host: str, port: int) -> Any:
        """A connected socket; all addresses of *host* share the time for it. Raises: TransportFault."""
        ends = time.monotonic() + self._time_left_s()
        fault: TransportFault | None = None
        for address in self._addresses(host, port):
            left_s = ends - time.monotonic()
            if left_s <= 0:
                break
            try:
                return _connect(address, left_s)
            except TransportFault as exc:
                fault = exc
        raise fault or TransportFault(Fault.TIMEOUT, f"no connection to {host} within {self._connect_s:g} s")

    def open_tls(self, host: str, port: int) -> Any:
        """The same with TLS and a certificate for *host*. Raises: TransportFault."""
        sock = self.open_socket(host, port)
        context = self.context if current_loop() is None else self._cooperative_context
        try:
            sock.settimeout(self._time_left_s())
            return context.wrap_socket(sock, server_hostname=host)
        except OSError as exc:
            sock.close()
            raise self.explain(exc, host, port) from exc

    def explain(self, exc: OSError, host: str, port: int, dial: Dial | None = None) -> TransportFault:
        """The fault that ended a TLS handshake with *host*.

        Finding its words may take another connection: *dial* opens one just before its handshake.
        """
        dial = dial or partial(self.open_socket, host, port)
        return run_in_thread(explain_handshake, exc, host, self._ca_bundle, dial)

    def _time_left_s(self) -> float:
        trace = current_trace()
        return min(self._connect_s, max(0.01, trace.left_s)) if trace else self._connect_s

    def _addresses(self, host: str, port: int) -> list[SocketAddress]:
        """Where to connect, none of it forbidden. Raises: TransportFault."""
        addresses = _look_up(*self._resolve.get((host, port), (host, port)))
        for address in addresses:
            if ip_address(str(address[0]).partition("%")[0]).is_link_local:
                raise TransportFault(Fault.FORBIDDEN, f"{address[0]} is a link-local address")
        return addresses


def _look_up(host: str, port: int) -> list[SocketAddress]:
    """The addresses of *host*. Raises: TransportFault."""
    look_up = partial(socket.getaddrinfo, type=socket.SOCK_STREAM)
    try:
        return [address for *_, address in run_in_thread(look_up, host, port)]
    except UnicodeError as exc:
        raise TransportFault(Fault.MALFORMED, f"{host[:80]!r} is not a host name") from exc
    except socket.gaierror as exc:
        if exc.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
            raise TransportFault(Fault.CONNECTION, f"the host name {host} does not exist") from exc
        raise TransportFault(Fault.CONNECTION, f"looking up the host name {host} failed: {exc.strerror}") from exc


def _connect(address: SocketAddress, timeout_s: float) -> Any:
    """Raises: TransportFault."""
    module: Any = socket if current_loop() is None else gevent.socket
    sock = module.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    trace = current_trace()
    if trace is not None:
        trace.socket = sock
    try:
        sock.settimeout(timeout_s)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(address)
    except OSError as exc:
        sock.close()
        raise _describe_connect_error(exc, address, timeout_s) from exc
    finally:
        if trace is not None:
            trace.socket = None
    return sock


def _describe_connect_error(exc: OSError, address: SocketAddress, timeout_s: float) -> TransportFault:
    place = f"{address[0]} port {address[1]}"
    if isinstance(exc, TimeoutError):
        return TransportFault(Fault.TIMEOUT, f"no connection to {place} within {timeout_s:.3g} s")
    if isinstance(exc, ConnectionRefusedError):
        return TransportFault(Fault.CONNECTION, f"the connection to {place} was refused")
    return TransportFault(Fault.CONNECTION, f"no connection to {place}: {exc.strerror or type(exc).__name__}")

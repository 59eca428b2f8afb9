"""Opens connections to providers: resolves names, refuses forbidden addresses, and limits how long to try."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import certifi
import gevent.socket

from gateway.model import NetworkPolicy, NetworkRule
from gateway.network_policy import IpAddress, parse_literal, refusal
from gateway.sending.transport.deadline import current_trace
from gateway.sending.transport.event_loop import current_loop, run_in_thread
from gateway.sending.transport.faults import Fault, TransportFault
from gateway.sending.transport.proxy import Proxy, open_tunnel, parse_proxy
from gateway.sending.transport.tls import Dial, explain_handshake, trust
from gateway.server_address import parse_server_address
from gateway.setting_values import Resolve
from gateway.settings import Settings

SocketAddress = tuple[Any, ...]
"""The argument of `socket.connect`, which begins with an IP address and a port."""


class Connector:
    """Opens connections: gevent's sockets in the greenlets of an event loop, otherwise those of
    the standard library."""

    def __init__(
        self,
        connect_timeout_s: float,
        resolve: Resolve,
        ca_bundle: Path | None = None,
        policy: Callable[[], NetworkPolicy] = NetworkPolicy,
        ledger: tuple[str, int] | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        """*policy* returns the current policy; *ledger* is where the ledger's server listens, to which no message is
        sent.

        Raises: SettingInvalid if *ca_bundle* contains no certificates.
        """
        self._connect_s = connect_timeout_s
        self._resolve = resolve
        self.policy = policy
        self.proxy = proxy
        self._ledger = ledger
        self._ca_bundle = ca_bundle or Path(certifi.where())
        self.context = trust(self._ca_bundle, cooperative=False)

    def open_socket(self, host: str, port: int, *, is_mail: bool = False) -> Any:
        """A connected socket; all addresses of *host* share the time for it. Raises: TransportFault.

        The addresses that are checked are those that are connected to: a name is not looked up twice. If one address of
        a name is forbidden, the name is.
        """
        place = self._resolve.get((host, port))
        addresses = _look_up(*(place or (host, port)))
        for address in addresses:
            ip, actual_port = ip_address(str(address[0]).partition("%")[0]), address[1]
            policy = self.policy()
            if place is not None:  # GATEWAY_RESOLVE names the place, so it does not have to be allowed as well
                policy = replace(policy, allow=(*policy.allow, NetworkRule(ip_network(ip), frozenset({actual_port}))))
            why = refusal(policy, ip, actual_port, is_mail=is_mail)
            if why is None and self._is_ledger(ip, actual_port):
                why = "the ledger's server listens there, and no message goes to it"
            if why:
                raise TransportFault(Fault.FORBIDDEN, why)
        return self._connect_to_any(addresses, host)

    def _connect_to_any(self, addresses: Sequence[SocketAddress], host: str) -> Any:
        """Raises: TransportFault."""
        ends = time.monotonic() + self._time_left_s()
        fault: TransportFault | None = None
        for address in addresses:
            left_s = ends - time.monotonic()
            if left_s <= 0:
                break
            try:
                return _connect(address, left_s)
            except TransportFault as exc:
                fault = exc
        raise fault or TransportFault(Fault.TIMEOUT, f"no connection to {host} within {self._connect_s:g} s")

    def open_tls(self, host: str, port: int, *, is_mail: bool = False) -> Any:
        """Like `open_socket`, with TLS and a certificate for *host*. Raises: TransportFault."""
        return self._secure(host, partial(self.open_socket, host, port, is_mail=is_mail))

    def open_http(self, host: str, port: int, *, is_tls: bool) -> Any:
        """A connection for HTTP, through the proxy if there is one for *host*. Raises: TransportFault."""
        if self.proxy is None or not self.proxy.is_for(host) or (host, port) in self._resolve:
            return self.open_tls(host, port) if is_tls else self.open_socket(host, port)
        literal = parse_literal(host)
        why = refusal(self.policy(), literal, port) if literal else None
        if why:
            raise TransportFault(Fault.FORBIDDEN, why)
        proxy = self.proxy

        def dial() -> Any:
            # The operator has chosen the proxy, so the policy does not apply to it. TLS needs a tunnel through it.
            try:
                sock = self._connect_to_any(_look_up(proxy.host, proxy.port), proxy.host)
            except TransportFault as exc:
                raise TransportFault(exc.fault, f"the proxy cannot be reached: {exc.sentence}") from exc
            try:
                if is_tls:
                    open_tunnel(proxy, sock, host, port)
            except OSError:
                sock.close()
                raise
            return sock

        return self._secure(host, dial) if is_tls else dial()

    def _secure(self, host: str, dial: Dial) -> Any:
        """The connection that *dial* opens, with TLS and a certificate for *host*. Raises: TransportFault."""
        sock = dial()
        context = self.context if current_loop() is None else trust(self._ca_bundle, cooperative=True)
        try:
            sock.settimeout(self._time_left_s())
            return context.wrap_socket(sock, server_hostname=host)
        except OSError as exc:
            sock.close()
            raise self.explain(exc, host, dial) from exc

    def explain(self, exc: OSError, host: str, dial: Dial) -> TransportFault:
        """The fault that ended a TLS handshake with *host*.

        To describe it, another connection may be needed: *dial* opens one just before its handshake.
        """
        return run_in_thread(explain_handshake, exc, host, self._ca_bundle, dial)

    def _time_left_s(self) -> float:
        trace = current_trace()
        return min(self._connect_s, max(0.01, trace.left_s)) if trace else self._connect_s

    def _is_ledger(self, address: IpAddress, port: int) -> bool:
        """Whether the ledger's server listens there, under any address of this machine."""
        if self._ledger is None or port != self._ledger[1]:
            return False
        listening = [ip_address(str(place[0]).partition("%")[0]) for place in _look_up(*self._ledger)]
        return address in listening or (_is_this_machine(address) and any(map(_is_this_machine, listening)))


def _is_this_machine(address: IpAddress) -> bool:
    """Whether *address* is one of this machine, in which case a socket can be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True


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
        place = f"{address[0]} port {address[1]}"
        if isinstance(exc, TimeoutError):
            raise TransportFault(Fault.TIMEOUT, f"no connection to {place} within {timeout_s:.3g} s") from exc
        if isinstance(exc, ConnectionRefusedError):
            raise TransportFault(Fault.CONNECTION, f"the connection to {place} was refused") from exc
        sentence = f"no connection to {place}: {exc.strerror or type(exc).__name__}"
        raise TransportFault(Fault.CONNECTION, sentence) from exc
    finally:
        if trace is not None:
            trace.socket = None
    return sock


def open_connector(settings: Settings, policy: Callable[[], NetworkPolicy]) -> Connector:
    """The connector of a process; *policy* returns the current network policy. Raises: SettingInvalid."""
    server = parse_server_address(settings.redis_url) if settings.redis_url else None
    return Connector(
        settings.connect_timeout.total_seconds(),
        settings.resolve or {},
        settings.ca_bundle,
        policy=policy,
        ledger=(server.host, server.port) if server and server.host else None,
        proxy=parse_proxy(settings.proxy, settings.no_proxy) if settings.proxy else None,
    )

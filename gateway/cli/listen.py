"""Finds an address on which the web server can listen, before any process is started."""

from __future__ import annotations

import errno
import socket
from ipaddress import ip_address

from gateway.errors import SettingInvalid
from gateway.host_port import HostPort

NEXT_PORTS = 20
"""How many ports above a taken one are tried for the next free one."""


def free_address(bind: HostPort, setting: str = "GATEWAY_BIND") -> HostPort:
    """The IP address and port for *bind*: a host name is resolved, and port 0 is replaced by a free port.

    *setting* is the setting that *bind* was read from; error messages name it.

    Raises: SettingInvalid when it is not possible to listen there, with the reason and what else to try.
    """
    try:
        return _probe(bind)
    except OSError as exc:
        raise SettingInvalid(f"{setting}: cannot listen on {bind}: {_describe(exc, bind, setting)}") from exc


def next_free_address(bind: HostPort) -> HostPort:
    """*bind*, or the next free port on the same host if that port is taken. Raises: SettingInvalid."""
    last = min(bind.port + NEXT_PORTS, 65535)
    for port in range(bind.port, last):
        try:
            return _probe(HostPort(bind.host, port))
        except OSError as exc:
            if exc.errno != errno.EADDRINUSE:
                return free_address(HostPort(bind.host, port))  # no other port helps; the error says why
    return free_address(HostPort(bind.host, max(bind.port, last)))


def _probe(bind: HostPort) -> HostPort:
    """Binds to *bind* for a moment. A name with both kinds of address is bound on IPv4, which most clients try first.

    Raises: OSError.
    """
    try:
        addresses = socket.getaddrinfo(bind.host, bind.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except UnicodeError as exc:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from exc
    first_error: OSError | None = None
    for family, kind, protocol, _, address in sorted(addresses, key=lambda entry: entry[0] != socket.AF_INET):
        try:
            with socket.socket(family, kind, protocol) as probe:
                # Else connections that ended a minute ago would keep the port taken.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
                return HostPort(str(ip_address(address[0])), int(probe.getsockname()[1]))
        except OSError as exc:
            first_error = first_error or exc
    raise first_error or OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")


def _describe(problem: OSError, bind: HostPort, setting: str) -> str:
    if isinstance(problem, socket.gaierror):
        return f"no address is known for the name {bind.host!r}"
    if problem.errno == errno.EADDRINUSE:
        option = "--bind " if setting == "GATEWAY_BIND" else f"{setting}="
        other = HostPort(bind.host, bind.port + 1)
        return f"another program listens there already. Use another port: {option}{other}"
    if problem.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address"
    if problem.errno in (errno.EACCES, errno.EPERM):
        return "the system does not allow it; ports below 1024 often need root"
    return problem.strerror or str(problem)

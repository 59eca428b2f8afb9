"""The HTTP under Apprise: pooled keep-alive connections, no redirects, and a record of the answer.

Apprise's plugins call `requests.post` and its like, which open a new connection for each message
and tell nobody the status. `install` puts one function in their place that sends through a shared
pool and writes what happened into the current `Exchange`. Outside an exchange it is the original.

A request is sent once. A kept connection that the provider has closed meanwhile is noticed before
it is used; when it breaks under the request, the provider may have taken the message, so that is
a fault for the ledger's retry and not for a second request at once.
"""

from __future__ import annotations

import logging
import os
import socket
import ssl
import time
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import certifi
import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3 import exceptions
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from gateway.delivery.exchange import Exchange, current
from gateway.delivery.outcome import Fault
from gateway.errors import SettingInvalid

MOST_ANSWER_BYTES = 64 * 1024
MOST_HOSTS = 256
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
RESOLVE_VARIABLE = "GATEWAY_RESOLVE"
HEADERS = {"User-Agent": "Notification Gateway", "Accept": "*/*"}
TAKEN = ("params", "data", "json", "headers", "auth", "files", "cookies")
"""What to send; how to (verify, timeout, redirects, proxies) is not for the plugins to say."""

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


class Network:
    """How connections are opened: whom to trust, where names lead, how long to try."""

    def __init__(self, connect_timeout_s: float, resolve: Resolve) -> None:
        self._connect_s = connect_timeout_s
        self._resolve = resolve
        self.context = _trust()

    def open_socket(self, host: str, port: int) -> socket.socket:
        """A connected socket; all addresses of *host* share the time for it. Raises: OSError."""
        one = current()
        ends = time.monotonic() + min(self._connect_s, max(0.01, one.left_s) if one else self._connect_s)
        host, port = self._resolve.get((host, port), (host, port))
        problem: OSError | None = None
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            left_s = ends - time.monotonic()
            if left_s <= 0:
                break
            try:
                return _open(family, kind, protocol, address, left_s)
            except OSError as exc:
                problem = exc
        raise problem or TimeoutError("no connection in time")


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


class Http:
    """The pool of connections to providers. Safe in threads."""

    def __init__(self, network: Network, *, connections: int) -> None:
        self._pools = urllib3.PoolManager(
            num_pools=MOST_HOSTS, maxsize=connections, block=False, retries=False, ssl_context=network.context
        )
        self._pools.pool_classes_by_scheme = _pool_classes(network)
        self._builder = HTTPAdapter()

    def request(self, one: Exchange, method: str, url: str, **given: Any) -> requests.Response:
        """As `requests.request`; *one* learns what happened.

        Raises: requests.RequestException, as the plugins expect.
        """
        if one.status == requests.codes.too_many_requests:
            raise requests.exceptions.ConnectionError("the provider asked to wait")  # a plugin's own retry
        try:
            prepared = _prepare(one, method, url, given)
            response = self._send(one, prepared)
        except requests.exceptions.RequestException as exc:
            one.note_fault(_fault(exc))
            raise
        one.note_answer(response.status_code, response.headers.get("Retry-After"), response.content)
        return response

    def close(self) -> None:
        self._pools.clear()

    def _send(self, one: Exchange, prepared: requests.PreparedRequest) -> requests.Response:
        try:
            answer = self._pools.urlopen(
                prepared.method or "GET",
                prepared.url or "",
                body=prepared.body,
                headers=dict(prepared.headers),
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=max(0.01, one.left_s),
            )
            body = _read(answer)
        except exceptions.SSLError as exc:
            raise requests.exceptions.SSLError(exc, request=prepared) from exc
        except (exceptions.ConnectTimeoutError, exceptions.ReadTimeoutError, TimeoutError) as exc:
            if isinstance(exc, exceptions.NewConnectionError):  # a subclass, for history's sake
                raise requests.exceptions.ConnectionError(exc, request=prepared) from exc
            raise requests.exceptions.Timeout(exc, request=prepared) from exc
        except exceptions.LocationValueError as exc:
            raise requests.exceptions.InvalidURL(exc, request=prepared) from exc
        except (exceptions.HTTPError, OSError) as exc:
            raise requests.exceptions.ConnectionError(exc, request=prepared) from exc
        response = self._builder.build_response(prepared, answer)
        response._content = body  # noqa: SLF001 - read already, and bounded; requests would read without end
        response._content_consumed = True  # type: ignore[attr-defined] # noqa: SLF001
        return response


def _prepare(one: Exchange, method: str, url: str, given: Mapping[str, Any]) -> requests.PreparedRequest:
    content = {name: given[name] for name in TAKEN if given.get(name)}
    content["headers"] = {**HEADERS, **(given.get("headers") or {})}
    if one.adds_id:
        content["headers"]["webhook-id"] = one.delivery_id
    try:
        return requests.Request(method.upper(), url, **content).prepare()
    except (ValueError, UnicodeError) as exc:
        if isinstance(exc, requests.exceptions.RequestException):
            raise
        raise requests.exceptions.InvalidURL("it cannot be sent") from exc


def _read(answer: urllib3.BaseHTTPResponse) -> bytes:
    """The body, 64 KiB of it at most; the connection goes back to the pool when that was all."""
    chunks, size = [], 0
    for chunk in answer.stream(16 * 1024, decode_content=True):
        chunks.append(chunk)
        size += len(chunk)
        if size > MOST_ANSWER_BYTES:
            answer.close()
            break
    answer.release_conn()
    return b"".join(chunks)[:MOST_ANSWER_BYTES]


def _fault(exc: BaseException) -> Fault:
    causes = list(_causes(exc))
    if any(isinstance(one, ForbiddenAddress) for one in causes):
        return Fault.FORBIDDEN
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in causes):
        return Fault.CERTIFICATE
    match exc:
        case requests.exceptions.SSLError():
            return Fault.TLS
        case requests.exceptions.Timeout():
            return Fault.TIMEOUT
        case requests.exceptions.ConnectionError():
            return Fault.CONNECTION
    return Fault.MALFORMED


def _causes(exc: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [exc]
    while waiting:
        one = waiting.pop()
        if one is None or one in found:
            continue
        found.append(one)
        waiting += [one.__cause__, one.__context__, *(part for part in one.args if isinstance(part, BaseException))]
    return found


def _pool_classes(network: Network) -> dict[str, type[HTTPConnectionPool]]:
    """Pools of connections that *network* opens and the current exchange knows of."""

    class Opened(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            try:
                return network.open_socket(self._dns_host, self.port)
            except socket.gaierror as exc:
                raise exceptions.NameResolutionError(self.host, self, exc) from exc
            except TimeoutError as exc:
                raise exceptions.ConnectTimeoutError(self, "no connection in time") from exc
            except OSError as exc:
                raise exceptions.NewConnectionError(self, "no connection") from exc

        def request(self, *args: Any, **kwargs: Any) -> None:
            if one := current():
                one.connection = self
            super().request(*args, **kwargs)

    class OpenedTls(Opened, HTTPSConnection):
        """The same with TLS."""

    class Plain(HTTPConnectionPool):
        ConnectionCls = Opened

    class Tls(HTTPSConnectionPool):
        ConnectionCls = OpenedTls

    return {"http": Plain, "https": Tls}


_original = requests.api.request
_http: Http | None = None

for _name in ("urllib3", "requests"):
    logging.getLogger(_name).setLevel(logging.ERROR)  # at DEBUG they log paths, which hold tokens


def install(http: Http) -> None:
    """From now on Apprise's requests inside an exchange go through *http*."""
    global _http  # noqa: PLW0603 - plugins call a function of a module; the process has one pool
    _http = http
    requests.api.request = _request  # type: ignore[assignment]
    requests.request = _request  # type: ignore[assignment]


def _request(method: str, url: str, **given: Any) -> requests.Response:
    one = current()
    if one is None or _http is None:
        return _original(method, url, **given)
    return _http.request(one, method, url, **given)

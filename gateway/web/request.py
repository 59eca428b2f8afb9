"""A request as every endpoint sees it, whatever carries it, and what is checked of it before an endpoint is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.errors import ApiError

UNREADABLE = "\ufffd"
"""Stands for the value of a header that no text can be made of."""
METHOD_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request, without its body."""

    method: str
    path: str
    """Decoded: `/v1/events/ü`."""
    query: str
    """As in the URL, percent-encoded."""
    header: Callable[[str], str | None]
    """The value of the header with this lower-case name; several values are joined with `, `."""
    peer: str
    """The address at the other end of the connection; empty for a Unix socket."""
    http_version: str = "1.1"

    @property
    def content_length(self) -> int | None:
        """Bytes of the body, as the request claims. Raises: ApiError."""
        text = self.header("content-length")
        if text is None or text == "":
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise ApiError("bad-request", "Content-Length is not a number")
        return int(text)


def check_target(request: Request, hosts: Sequence[str]) -> None:
    """Refuses what RFC 9112 has a server refuse, and a host that is not among *hosts*, when there are any.

    Raises: ApiError.
    """
    if request.path.startswith("//"):  # some servers and frameworks take it for `/v1/events`, others do not
        raise ApiError("not-found")
    host = request.header("host")
    if host is None:
        if request.http_version == "1.1":
            raise ApiError("bad-request", "the header Host is missing")
        return
    if "," in host or host == UNREADABLE:
        raise ApiError("bad-request", "expected one header Host")
    if hosts and not is_served(host, hosts):
        raise ApiError("bad-request", "the header Host names a host that is not served here (GATEWAY_HOSTS)")


def is_served(host: str, hosts: Sequence[str]) -> bool:
    """Whether the value of a header `Host` is among *hosts* (`gateway.example`, `*.example`) or means this machine."""
    name = host.lower()
    bare, _, port = name.rpartition(":")
    if bare and port.isdigit():
        name = bare
    name = name.removesuffix(".")
    return (
        name in LOOPBACK_HOSTS
        or name in hosts
        or any(pattern.startswith("*.") and name.endswith(pattern[1:]) for pattern in hosts)
    )

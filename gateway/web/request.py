"""A request as endpoints see it, whatever carries it, and what is checked before an endpoint is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple, Self

from gateway.errors import ApiError

UNREADABLE = "\ufffd"
"""In place of a header's value that cannot be decoded."""
METHOD_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
INCOMING = "/v1/in/"
"""Precedes the name of a source, which may be followed by its key."""
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class IncomingTarget:
    """The parts of a `/v1/in` URL. They may be keys, so none of them is ever shown."""

    source: str = field(repr=False)
    rest: tuple[str, ...] = field(repr=False)
    """The rest of the path after the source."""
    query: str = field(repr=False)


class Request(NamedTuple):  # quicker to create than a frozen dataclass
    """One request, without its body."""

    method: str
    path: str
    """Decoded: `/v1/events/ü`. It contains no key: `/v1/in/***`."""
    query: str
    """As in the URL, percent-encoded; empty if it may contain a key."""
    header: Callable[[str], str | None]
    """The value of the header with this lower-case name; several values are joined with `, `."""
    peer: str
    """The address at the other end of the connection; empty for a Unix socket."""
    http_version: str = "1.1"
    headers: Callable[[], Mapping[str, str]] = dict
    """All headers by their lower-case names."""
    incoming: IncomingTarget | None = None
    """Only for a request to `/v1/in`."""

    @classmethod
    def of(cls, path: str, query: str, **more: Any) -> Self:
        """The request to *path*, without anything that may be a key. Every request is made by this function."""
        # Most paths cannot have a key, which this finds out at once.
        visible = _without_key(path) if "in/" in path.lower() else path
        if visible == path:
            return cls(path=path, query=query, **more)
        target = None
        if path.startswith(INCOMING):
            source, *rest = path[len(INCOMING) :].split("/")
            target = IncomingTarget(source, tuple(filter(None, rest)), query)
        return cls(path=visible, query="", incoming=target, **more)

    @property
    def content_length(self) -> int | None:
        """Bytes of the body, according to the request. Raises: ApiError."""
        text = self.header("content-length")
        if text is None or text == "":
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise ApiError("bad-request", "Content-Length is not a number")
        return int(text)


def _without_key(path: str) -> str:
    """*path* without what follows `v1/in/`, which is a key, even if slashes are doubled or a proxy has added a prefix.

    In other paths, such as `/v1/events/v1/in/7`, it is part of an id.
    """
    parts = path.split("/")
    words = [(place, part.lower()) for place, part in enumerate(parts) if part]
    for (_, word), (place, following) in pairwise(words):
        if word == "v1":
            is_incoming = following == "in" and place + 1 < len(parts)
            return "/".join([*parts[: place + 1], "***"]) if is_incoming else path
    return path


def check_target(request: Request, hosts: Sequence[str]) -> None:
    """Refuses what RFC 9112 tells servers to refuse, and a host that is not in *hosts*, if there are any.

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
    """Whether the value of a header `Host` is in *hosts* (`gateway.example`, `*.example`) or means this machine."""
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

"""What can go wrong before an answer arrives."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """Why there was no answer at all."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    """No such host, refused, reset, closed without an answer."""
    CERTIFICATE = "certificate"
    """TLS: the other side is not who it should be."""
    TLS = "tls"
    FORBIDDEN = "forbidden address"
    """Of the machine's own network, where a cloud keeps its credentials: never connected to."""
    MALFORMED = "malformed URL"

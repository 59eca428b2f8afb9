"""How senders without a bearer token authenticate, and how they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Basic:
    """A user name and a password (RFC 7617), as the SHA-256 of `user:password` in hex."""

    hash: str
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeaderSecret:
    """A secret in a header of its own, as its SHA-256 in hex."""

    header: str
    """The header's name, in lower case."""
    hash: str
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class UrlKey:
    """A key in the URL, as its SHA-256 in hex: the part of the path after the source, or a parameter of the query."""

    hash: str
    parameter: str = "key"
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedPart:
    """A part of the signed text."""

    kind: Literal["text", "header", "field", "body", "form"]
    """A `field` is a field of the signature's own header, such as `t` in `t=1700000000,v1=...`; `form` is every field
    of a form, its name before its value, in the order of the names."""
    name: str = ""
    """The name of a header (in lower case) or field; or the text itself."""


@dataclass(frozen=True, slots=True)
class Signature:
    """An HMAC of the request, sent in a header."""

    header: str
    """Name of the header, in lower case. Its value may hold several signatures, separated by spaces or commas."""
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    """Any of these keys is accepted."""
    algorithm: Literal["sha256", "sha1"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    """The prefix of each signature: `sha256=`."""
    signed: tuple[SignedPart, ...] = (SignedPart("body"),)
    """The parts that are signed, joined."""
    timestamp: SignedPart | None = None
    """Where the signed Unix time is; None if no time is signed."""
    tolerance: timedelta = timedelta(minutes=5)
    """How far this time may be from now."""
    key_host: str = ""
    """The host from which the key is fetched, for ConnectWise: the body names the key's URL, which must be on this
    host."""
    expires: datetime | None = None


Credential = Basic | HeaderSecret | UrlKey | Signature


@dataclass(frozen=True, slots=True)
class Reply:
    """How a sender to `/v1/in` is answered."""

    success: int = 202
    duplicate: int = 202
    overload: int = 503
    """The status if nothing can be stored now."""
    body: Mapping[str, Any] | None = None
    """JSON whose texts are templates; None for the gateway's own answer."""

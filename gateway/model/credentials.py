"""How senders that know no bearer token are known, and what they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Basic:
    """A user name and a password (RFC 7617), by the SHA-256 of `user:password` in hex."""

    hash: str
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class HeaderSecret:
    """A secret in a header of its own, by its SHA-256 in hex."""

    header: str
    """Its name, in lower case."""
    hash: str
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class UrlKey:
    """A key in the URL, by its SHA-256 in hex: the part of the path behind the source, or a parameter of the query."""

    hash: str
    parameter: str = "key"
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedPart:
    """A part of what is signed."""

    kind: Literal["text", "header", "field", "body", "form"]
    """A `field` is one of the signature's own header, as `t` in `t=1700000000,v1=...`; `form` is each field of the
    body, its name before its value, in the order of the names."""
    name: str = ""
    """The name of a header, in lower case; the name of a field; or the text itself."""


@dataclass(frozen=True, slots=True)
class Signature:
    """An HMAC of the request in one of its headers."""

    header: str
    """Name of the header, in lower case. Its value may be several signatures, separated by blanks or commas."""
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    """Any of them suffices."""
    algorithm: Literal["sha256", "sha1"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    """In front of each signature: `sha256=`."""
    signed: tuple[SignedPart, ...] = (SignedPart("body"),)
    """What is signed: these, joined."""
    timestamp: SignedPart | None = None
    """Where the Unix time stands that is signed; None: no time is signed."""
    tolerance: timedelta = timedelta(minutes=5)
    """How far that time may be from now."""
    key_host: str = ""
    """Where the key is fetched from, as ConnectWise has it: the body names its URL, which must be on this host."""
    expires: datetime | None = None


Credential = Basic | HeaderSecret | UrlKey | Signature


@dataclass(frozen=True, slots=True)
class Reply:
    """What a sender to `/v1/in` is answered."""

    success: int = 202
    duplicate: int = 202
    overload: int = 503
    """The status when nothing can be stored now."""
    body: Mapping[str, Any] | None = None
    """JSON whose texts are templates; None: the gateway's own."""

"""Parsers for the values of settings: each function turns a text into a value.

Each raises ValueError for an unusable text; its message is a noun phrase that says what is expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from gateway.durations import parse_duration
from gateway.host_port import parse_host_port
from gateway.server_address import TLS_FILES, parse_server_address

MAX_DIGITS = 15
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
HOST_PATTERN = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
Networks = tuple[IPv4Network | IPv6Network | str, ...]

Resolve = Mapping[tuple[str, int], tuple[str, int]]
"""For host and port of a provider, the host and port to connect to instead. The certificate must still be the
provider's."""


def whole_number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
        if not (is_number and least <= int(text) <= most):
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return parse


def duration(least: str, most: str) -> Callable[[str], timedelta]:
    def parse(text: str) -> timedelta:
        value = parse_duration(text)
        if not parse_duration(least) <= value <= parse_duration(most):
            raise ValueError(f"a duration from {least} to {most}")
        return value

    return parse


def positive_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise ValueError("a number above 0")
    return value


def choice(*values: str) -> Callable[[str], str]:
    """One of *values*, ignoring case."""

    def parse(text: str) -> str:
        for value in values:
            if value.casefold() == text.casefold():
                return value
        raise ValueError(f"{', '.join(values[:-1])} or {values[-1]}")

    return parse


def existing_path(text: str) -> Path:
    if not Path(text).exists():
        raise ValueError("a file or folder that exists")
    return Path(text)


def redis_url(text: str) -> str:
    """The URL unchanged, if it names a server and existing files for TLS; `connect` parses it again."""
    for option, value in parse_server_address(text).tls_options:
        if option in TLS_FILES and not Path(value).is_file():
            raise ValueError(f"a file that exists as {option}")
    return text


def http_url(text: str) -> str:
    """The URL without a slash at its end."""
    scheme, separator, rest = text.partition("://")
    if not (separator and rest.strip("/") and scheme.lower() in ("http", "https")):
        raise ValueError("http://HOST:PORT or https://HOST")
    return text.rstrip("/")


def proxy_url(text: str) -> str:
    """The URL unchanged. A user and a password are percent-encoded."""
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme == "http" and bool(parts.hostname) and parts.path in ("", "/") and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or not text.isascii() or not text.isprintable():
        raise ValueError("http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, percent-encoded where need be")
    return text


def proxy_exemptions(text: str) -> tuple[str, ...]:
    return tuple(part.strip().lower().lstrip("*").strip(".") for part in text.split(",") if part.strip())


def token(text: str) -> str:
    if not (text.strip().isascii() and text.strip().isprintable() and " " not in text.strip()):
        raise ValueError("a token as `gateway token` prints it")
    return text.strip()


def resolve(text: str) -> Resolve:
    """`hooks.example.com:443=127.0.0.1:8443,...`, like curl's `--connect-to`."""
    places: dict[tuple[str, int], tuple[str, int]] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        try:
            name, address = (parse_host_port(part) for part in entry.split("=", 1))
        except ValueError:
            raise ValueError("HOST:PORT=HOST:PORT, several with commas between them") from None
        places[name.host, name.port] = (address.host, address.port)
    return places


def host_names(text: str) -> tuple[str, ...]:
    hosts = tuple(host.strip().lower() for host in text.split(","))
    if not all(HOST_PATTERN.fullmatch(host) for host in hosts):
        raise ValueError("host names with commas between them, without ports: gateway.example,*.corp.example")
    return hosts


def networks(text: str) -> Networks:
    """Networks, and the word `unix` for every client of a Unix socket."""
    names = [name.strip() for name in text.split(",")]
    try:
        return tuple(name if name == "unix" else ip_network(name) for name in names)
    except ValueError:
        raise ValueError("addresses, networks or unix, with commas between them: 10.0.0.0/8,192.0.2.7") from None

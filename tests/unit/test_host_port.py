"""Hosts and ports, in all the ways in which people write an address to listen on."""

from __future__ import annotations

import pytest

from gateway.host_port import HostPort, parse_host_port, parse_listen_address


@pytest.mark.parametrize(
    ("text", "host", "port", "url"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080, "http://127.0.0.1:8080"),
        ("localhost:8080", "localhost", 8080, "http://localhost:8080"),
        ("gateway.internal:80", "gateway.internal", 80, "http://gateway.internal:80"),
        ("0.0.0.0:8080", "0.0.0.0", 8080, "http://127.0.0.1:8080"),
        ("*:8080", "0.0.0.0", 8080, "http://127.0.0.1:8080"),
        (":8080", "0.0.0.0", 8080, "http://127.0.0.1:8080"),
        ("8080", "127.0.0.1", 8080, "http://127.0.0.1:8080"),
        ("0", "127.0.0.1", 0, "http://127.0.0.1:0"),
        ("[::]:8080", "::", 8080, "http://[::1]:8080"),
        ("[::1]:8080", "::1", 8080, "http://[::1]:8080"),
        (" 127.0.0.1:8080 ", "127.0.0.1", 8080, "http://127.0.0.1:8080"),
    ],
)
def test_an_address_to_listen_on(text: str, host: str, port: int, url: str) -> None:
    address = parse_listen_address(text)

    assert (address.host, address.port, address.url) == (host, port, url)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "127.0.0.1:80a",
        "127.0.0.1:\u0668\u0660",
        "http://127.0.0.1:8080",
        "unix:/run/gateway.sock",
        "user@host:8080",
        "a b:8080",
        "b\u00fccher.example:8080",
        "[127.0.0.1:8080",
        "-x:8080",
        "999999",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT, like 127"):
        parse_listen_address(text)


@pytest.mark.parametrize("text", ["::1:8080", ":::8080", "[localhost]:8080", "fe80::1:443"])
def test_brackets_are_for_addresses_of_version_6(text: str) -> None:
    with pytest.raises(ValueError, match="in brackets"):
        parse_host_port(text)


def test_an_address_is_written_as_it_is_read() -> None:
    for address in (HostPort("::1", 80), HostPort("127.0.0.1", 80), HostPort("localhost", 0)):
        assert parse_host_port(str(address)) == address

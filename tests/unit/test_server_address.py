"""REDIS_URL is read in one place: every part in its place, or a sentence that repeats nothing of it."""

from __future__ import annotations

import pytest

from gateway.errors import SettingInvalid
from gateway.server_address import ServerAddress, parse_server_address
from gateway.settings import Settings


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://cache", ServerAddress("cache")),
        ("redis://127.0.0.1:6380/3", ServerAddress("127.0.0.1", 6380, database=3)),
        ("redis://[::1]:6380/", ServerAddress("::1", 6380)),
        ("redis://:s3cr%2Fx%23@h/0", ServerAddress("h", password="s3cr/x#")),
        ("redis://ana:p@ss@h?db=2", ServerAddress("h", database=2, user="ana", password="p@ss")),
        (
            "rediss://h?ssl_ca_certs=/ca.pem",
            ServerAddress("h", is_tls=True, tls_options=(("ssl_ca_certs", "/ca.pem"),)),
        ),
        ("unix:///run/red%20is/s.sock", ServerAddress(path="/run/red is/s.sock")),
        ("unix:///run/red is=%23%25ü/s.sock?db=4", ServerAddress(path="/run/red is=#%ü/s.sock", database=4)),
        ("unix://:pw@/run/s.sock", ServerAddress(path="/run/s.sock", password="pw")),
    ],
)
def test_an_address_is_what_the_url_says(url: str, address: ServerAddress) -> None:
    assert parse_server_address(url) == address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://:s3cr/x@127.0.0.1:6379/0", "%2F"),
        ("redis://:s3cr#x@127.0.0.1:6379/0", "%23"),
        ("redis://:123#4@127.0.0.1:6379/0", "%23"),
        ("redis://:123?4@127.0.0.1:6379/0", "percent-encoded"),
        ("redis://:s3cr[x@127.0.0.1:6379/0", "percent-encoded"),
        ("unix://:s3cr#x@/run/s.sock", "%23"),
        ("redis://127.0.0.1:s3cr/0", "redis://user:password@host:6379/0"),
        ("redis://127.0.0.1:6379/s3cr", "the number of a database"),
        ("redis://127.0.0.1:6379/0/1", "the number of a database"),
        ("redis://127.0.0.1:6379/-1", "the number of a database"),
        ("redis://127.0.0.1:6379?db=s3cr", "the number of a database"),
        ("redis://127.0.0.1:6379?pw=s3cr", "only db"),
        ("rediss://h?ssl_cert_reqs=s3cr", "none, optional or required as ssl_cert_reqs"),
        ("rediss://h?ssl_ca_certs=/s3cr.pem", "a file that exists as ssl_ca_certs"),
        ("unix://s3cr.sock", "the whole path"),
        ("unix://", "the whole path"),
        ("http://s3cr", "redis://, rediss:// or unix://"),
        ("s3cr", "redis://, rediss:// or unix://"),
    ],
)
def test_what_cannot_be_read_is_said_without_repeating_it(url: str, expected: str) -> None:
    with pytest.raises(SettingInvalid, match=r"REDIS_URL: expected") as caught:
        Settings.from_environ({"REDIS_URL": url})

    assert expected in str(caught.value)
    assert not any(secret in str(caught.value) for secret in ("s3cr", "123"))
    assert caught.value.__cause__ is None


def test_an_address_shows_no_password() -> None:
    address = parse_server_address("redis://ana:s3cr@h:1/2")

    assert (str(address), "s3cr" in repr(address)) == ("h:1, database 2", False)

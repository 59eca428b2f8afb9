"""Messages through an HTTP proxy that requires what real ones do."""

from __future__ import annotations

import pytest

from gateway.model import FailureReason as Reason
from gateway.model import NetworkPolicy
from gateway.sending.transport.proxy import parse_proxy, unused_proxy
from tests.support.proxies import ForwardProxy
from tests.support.receivers import LOCALHOST, Authority, HttpReceiver, Mailbox, TlsReceiver, refused_port
from tests.support.senders import Build, by, message

HOST = "hooks.example.com"


def test_tls_goes_through_a_tunnel_that_is_used_again(build: Build, authority: Authority) -> None:
    with TlsReceiver(authority, HOST) as receiver, ForwardProxy(receiver.port, login="us@er:p:ss") as proxy:
        sender = build(proxy=parse_proxy(f"http://us%40er:p%3Ass@{LOCALHOST}:{proxy.port}", ()))
        for number in range(3):
            assert sender.send(by("jsons", {"host": HOST}), message(), f"d{number}").is_delivered
        assert proxy.requests == [f"CONNECT {HOST}:443 HTTP/1.1"]
        assert [request.host for request in receiver.requests] == [HOST] * 3
        assert not any("proxy-authorization" in request.headers for request in receiver.requests)


def test_a_request_without_tls_names_the_whole_url(build: Build) -> None:
    with HttpReceiver() as receiver, ForwardProxy(receiver.port, login="ana:x") as proxy:
        sender = build(proxy=parse_proxy(f"http://ana:x@{LOCALHOST}:{proxy.port}", ()))
        assert sender.send(by("json", {"host": HOST, "path": "a/b"}), message(), "d").is_delivered
        assert proxy.requests == [f"POST http://{HOST}/a/b HTTP/1.1"]
        assert (receiver.requests[0].path, receiver.requests[0].host) == ("/a/b", HOST)


def test_a_certificate_is_checked_through_the_tunnel(build: Build, authority: Authority) -> None:
    with TlsReceiver(authority, "other.example") as receiver, ForwardProxy(receiver.port) as proxy:
        sender = build(proxy=parse_proxy(f"http://{LOCALHOST}:{proxy.port}", ()))
        result = sender.send(by("jsons", {"host": HOST}), message(), "d")
    assert (result.reason, result.detail) == (Reason.TLS, f"the certificate is for other.example, not for {HOST}")


@pytest.mark.parametrize(
    ("login", "status", "detail"),
    [
        ("needed", 200, "the proxy asks for a login: put it into GATEWAY_PROXY"),
        (None, 403, f"the proxy refused to connect to {HOST} (HTTP 403)"),
        (None, 502, f"the proxy refused to connect to {HOST} (HTTP 502)"),
    ],
)
def test_a_proxy_that_refuses_is_retried(build: Build, login: str | None, status: int, detail: str) -> None:
    with ForwardProxy(1, login=login, status=status) as proxy:
        sender = build(proxy=parse_proxy(f"http://{LOCALHOST}:{proxy.port}", ()))
        result = sender.send(by("jsons", {"host": HOST}), message(), "d")
    assert (result.reason, result.is_permanent, result.detail) == (Reason.CONNECTION, False, detail)


def test_a_proxy_that_is_away_is_retried(build: Build) -> None:
    port = refused_port()
    sender = build(proxy=parse_proxy(f"http://{LOCALHOST}:{port}", ()))
    result = sender.send(by("jsons", {"host": HOST}), message(), "d")
    assert (result.reason, result.is_permanent) == (Reason.CONNECTION, False)
    assert result.detail == f"the proxy cannot be reached: the connection to {LOCALHOST} port {port} was refused"


@pytest.mark.parametrize("exempt", [("127.0.0.0/8",), (LOCALHOST,), ("localhost",)])
def test_some_hosts_are_reached_without_it(build: Build, exempt: tuple[str, ...]) -> None:
    host = "localhost" if exempt == ("localhost",) else LOCALHOST
    with HttpReceiver() as receiver:
        sender = build(proxy=parse_proxy(f"http://{LOCALHOST}:{refused_port()}", exempt))
        assert sender.send(by("json", {"host": host, "port": receiver.port}), message(), "d").is_delivered


def test_an_address_in_numbers_is_guarded_in_front_of_the_proxy(build: Build) -> None:
    with ForwardProxy(1) as proxy:
        sender = build(proxy=parse_proxy(f"http://{LOCALHOST}:{proxy.port}", ()), policy=NetworkPolicy())
        for host in ("10.0.0.5", "169.254.169.254"):
            assert sender.send(by("json", {"host": host}), message(), "d").reason is Reason.ADDRESS
        assert proxy.requests == []


def test_mail_does_not_go_through_it(build: Build) -> None:
    with Mailbox() as mailbox:
        sender = build(proxy=parse_proxy(f"http://{LOCALHOST}:{refused_port()}", ()))
        target = by("mailto", {"host": LOCALHOST, "port": mailbox.port, "from": "b@c.example"}, "a@b.example")
        assert sender.send(target, message(), "d").is_delivered


def test_no_text_of_a_proxy_repeats_its_password() -> None:
    assert "c4n4ry" not in repr(parse_proxy("http://ana:c4n4ry@proxy.example", ()))


@pytest.mark.parametrize(
    ("host", "is_for"),
    [
        ("corp.example", False),
        ("a.corp.example", False),
        ("acorp.example", True),
        ("10.1.2.3", False),
        ("11.1.2.3", True),
    ],
)
def test_a_name_stands_for_the_names_below_it(host: str, is_for: bool) -> None:
    assert parse_proxy("http://proxy.example", ("corp.example", "10.0.0.0/8")).is_for(host) is is_for


def test_a_proxy_of_the_environment_is_said_to_be_unused() -> None:
    environ = {"HTTPS_PROXY": "http://ana:c4n4ry@proxy.example"}
    sentence = unused_proxy(None, environ)
    assert sentence == "HTTPS_PROXY is not used: set GATEWAY_PROXY to send messages through a proxy"
    assert unused_proxy("http://proxy.example", environ) is None
    assert unused_proxy(None, {}) is None

"""HTTP at its edges, over each lane: what is not ASCII, broken bodies, odd methods, hosts, and guessed tokens."""

from __future__ import annotations

import json
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.integration.web.conftest import LANES, Served
from tests.support import gateway_folder
from tests.support.gateway_folder import ADMIN, PSA, READER, RMM, ticket
from tests.support.wire import Gateway, Reply, read_reply

BODY = json.dumps(ticket()).encode()
HEAD = f"POST /v1/events HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {PSA}\r\nContent-Type: application/json\r\n"


def get_raw(gateway: Gateway, target: bytes, *headers: bytes) -> Reply:
    """A GET whose request line is sent as it is."""
    lines = [b"GET " + target + b" HTTP/1.1", b"Host: gateway", f"Authorization: Bearer {PSA}".encode(), *headers]
    return gateway.raw(b"\r\n".join([*lines, b"", b""]))


# ------------------------------------------------------------------ beyond ASCII


@pytest.mark.parametrize("id", ["ü", "Jörg Müller", "日本", "😀", "a/ü/b", "\u00ad", "é\u0301", "%C3%BC", "ß+&=?#"])
def test_an_event_is_found_under_the_id_that_was_accepted(gateway: Gateway, id: str) -> None:
    posted = gateway.post({**ticket(), "id": id})
    if posted.status == 422:
        pytest.skip("an identifier has printable characters only")
    assert posted.status == 202
    for path in (posted.headers["location"], f"/v1/events/{quote(id, safe='')}"):
        found = gateway.get(path)
        assert (found.status, found.json["id"]) == (200, id)


@pytest.mark.parametrize("path", ["/problems/😀", "/ü", "/v1/schemas/ü.json", "/v1/presence/Jörg", "/v1/deliveries/ß"])
@pytest.mark.parametrize("token", [None, ADMIN])
def test_a_path_beyond_ascii_is_answered_as_any_other(gateway: Gateway, path: str, token: str | None) -> None:
    reply = gateway.get(quote(path), token)
    assert reply.status in (401, 404, 405)
    assert reply.slug in ("unauthorized", "not-found", "method-not-allowed")
    assert reply.json["instance"].startswith("/")


@pytest.mark.parametrize("target", ["/problems/%ff", "/v1/events/%c3", "/%f0%9f%98", "/v1/events/%ed%a0%80"])
def test_a_path_that_is_no_utf_8_is_not_found(gateway: Gateway, target: str) -> None:
    assert (gateway.get(target).status, gateway.get(target, token=None).status) in {(404, 404), (404, 401)}


@pytest.mark.parametrize("value", ["%E2%82%AC", "%ff", "%00", "a%20b", "%", "%zz"])
def test_a_query_of_any_bytes_is_a_value(gateway: Gateway, value: str) -> None:
    reply = gateway.get(f"/v1/events?type={value}")
    assert (reply.status, reply.json["events"]) == (200, [])


@pytest.mark.parametrize("target", [b"/v1/events?type=\xe2\x82\xac", b"/v1/events?\xc3\xbc=1", b"/v1/events/\xc3\xbc"])
def test_raw_bytes_in_the_request_line_are_no_defect(gateway: Gateway, target: bytes) -> None:
    assert get_raw(gateway, target).status in (200, 400, 404)


@pytest.mark.parametrize(
    "header",
    [
        b"Idempotency-Key: \xc3\xbc",
        b"X-Forwarded-For: \xff\xfe",
        b"Content-Encoding: gz\xc3\xafp",
        b"Content-Type: application/json; charset=\xc3\xbc",
        b"User-Agent: \xf0\x9f\x98\x80",
        b"Cookie: \xff",
    ],
)
def test_a_header_beyond_ascii_is_no_defect(gateway: Gateway, header: bytes) -> None:
    assert get_raw(gateway, b"/v1/events", header).status in (200, 400)
    head = HEAD if not header.startswith(b"Content-Type") else HEAD.replace("Content-Type: application/json\r\n", "")
    request = head.encode() + header + b"\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
    assert gateway.raw(request).status in (202, 400, 415)


# ------------------------------------------------------------------ bodies that break off, connections half closed


@pytest.mark.parametrize(
    "chunks",
    [
        b"%x\r\n%s\r\n" % (len(BODY), BODY),
        b"%x\r\n%s" % (len(BODY) + 1, BODY),
        b"%x\r\n%s\r\n%x\r\n" % (10, BODY[:10], len(BODY) - 10),
        b"%x\r\n%s\r\n0\r\n" % (len(BODY), BODY),
        b"",
    ],
    ids=["no last chunk", "short chunk", "only a size", "no end after the last chunk", "nothing"],
)
def test_a_body_in_chunks_without_its_end_is_not_stored(gateway: Gateway, chunks: bytes) -> None:
    before = len(gateway.get("/v1/events?limit=500", ADMIN).json["events"])
    try:
        reply = gateway.raw(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks, ends=True, watch=True)
        assert reply.status == 400
        assert reply.is_closed
    except ConnectionError:
        pass  # a server may close without an answer where the client has ended the request in its middle
    assert len(gateway.get("/v1/events?limit=500", ADMIN).json["events"]) == before


def test_a_body_in_chunks_with_its_end_is_stored(gateway: Gateway) -> None:
    chunked = b"%x\r\n%s\r\n%x;note=1\r\n%s\r\n0\r\n\r\n" % (10, BODY[:10], len(BODY) - 10, BODY[10:])
    assert gateway.raw(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode() + chunked).status == 202


def test_a_body_in_chunks_with_trailers_is_stored_or_refused_as_the_page_says(gateway: Gateway, served: Served) -> None:
    """docs/http.md: granian cannot tell them from a body that broke off, and nothing half-sent is ever stored."""
    chunked = b"%x\r\n%s\r\n0\r\nX-Checksum: 1\r\n\r\n" % (len(BODY), BODY)
    reply = gateway.raw(f"{HEAD}Transfer-Encoding: chunked\r\nTrailer: X-Checksum\r\n\r\n".encode() + chunked)
    if served.lane == "granian":
        assert (reply.status, reply.slug) == (400, "incomplete-body")
    else:
        assert reply.status == 202


# ------------------------------------------------------------------ methods and hosts


@pytest.mark.parametrize("method", ["get", "Get", "post", "pOST", "delete"])
@pytest.mark.parametrize("path", ["/v1/events", "/healthz"])
def test_methods_are_case_sensitive(gateway: Gateway, method: str, path: str) -> None:
    reply = gateway.request(method, path, BODY, [("Content-Type", "application/json")])
    assert reply.status in (400, 405)  # gunicorn itself refuses small letters with 400
    assert reply.status == 400 or "GET" in reply.headers["allow"]


@pytest.mark.parametrize(
    "head", ["GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET /healthz HTTP/1.1\r\n\r\n"]
)
def test_a_request_has_one_host(gateway: Gateway, head: str) -> None:
    assert gateway.raw(head.encode()).status == 400


def test_a_request_of_http_1_0_needs_no_host(gateway: Gateway) -> None:
    assert gateway.raw(b"GET /healthz HTTP/1.0\r\n\r\n").status == 200


@pytest.fixture(scope="module", params=LANES)
def strict(request: pytest.FixtureRequest, shared_server: object) -> Iterator[Served]:
    """A gateway that serves some hosts only, trusts a proxy on this machine, and slows guessing of tokens."""
    with tempfile.TemporaryDirectory(prefix="ngw") as name:
        folder = gateway_folder.write(Path(name) / "config")
        served = Served(
            shared_server.url,  # type: ignore[attr-defined]
            folder,
            request.param,
            GATEWAY_HOSTS="gateway.example,*.corp.example",
            GATEWAY_TRUSTED_PROXIES="127.0.0.0/8,10.0.0.0/8",
            GATEWAY_FAILED_TOKENS="3",
        )
        yield served
        served.stop()
        assert "Traceback" not in served.log_text()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("gateway.example", 200),
        ("GATEWAY.example:8080", 200),
        ("a.corp.example", 200),
        ("127.0.0.1:8080", 200),
        ("localhost", 200),
        ("[::1]:8080", 200),
        ("evil.example", 400),
        ("corp.example", 400),
        ("gateway.example.evil", 400),
        ("evil-corp.example", 400),
        ("gateway.example@evil", 400),
        ("", 400),
    ],
)
@pytest.mark.parametrize("path", ["/healthz", "/nothing", "/v1/events"])
def test_only_the_hosts_of_the_setting_are_served(strict: Served, host: str, status: int, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {ADMIN}\r\n\r\n"
    expected = status if status == 400 or path != "/nothing" else 404
    assert strict.gateway.raw(request.encode()).status == expected


def show(served: Served, token: str, *forwarded: str) -> Reply:
    headers = [("X-Forwarded-For", value) for value in forwarded]
    return served.gateway.request("GET", "/v1/events", headers=headers, token=token)


def test_many_wrong_tokens_from_one_address_are_slowed(strict: Served) -> None:
    guessing, other = "192.0.2.1", "192.0.2.2"
    assert show(strict, RMM, guessing).status == 200, "this source is known at this address"
    assert [show(strict, f"wrong-{number}", guessing).status for number in range(5)] == [401, 401, 401, 429, 429]
    slowed = show(strict, "wrong", guessing)
    assert slowed.slug == "too-many-failures"
    assert int(slowed.headers["retry-after"]) >= 1
    assert show(strict, READER, guessing).status == 429, "a guess that is right is not told so"
    assert show(strict, RMM, guessing).status == 200, "a source that has shown its token here goes on"
    assert show(strict, "wrong", other).status == 401
    assert strict.gateway.raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200
    assert strict.gateway.post(ticket(), [("X-Forwarded-For", guessing)], token="wrong").status == 429


def test_only_what_trusted_proxies_say_counts(strict: Served) -> None:
    """The client writes the front of the header, the proxy its end."""
    client = "198.51.100.7"
    statuses = [show(strict, "wrong", f"203.0.113.{number}, {client}, 10.1.2.3").status for number in range(4)]
    assert statuses == [401, 401, 401, 429]
    assert show(strict, "wrong", "198.51.100.8").status == 401


def test_a_client_that_closes_its_half_gets_its_answer(gateway: Gateway, served: Served) -> None:
    """As `nc -N` does. granian closes the connection (docs/http.md); a reverse proxy in front of it does not."""
    if served.lane == "granian":
        pytest.skip("granian does not support half-closed connections")
    reply = gateway.raw(f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY, ends=True)
    assert reply.status == 202


def test_a_request_may_come_byte_by_byte(gateway: Gateway) -> None:
    request = f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY
    with socket.create_connection((gateway.host, gateway.port), timeout=10) as connection:
        for number in range(0, len(request), 7):
            connection.sendall(request[number : number + 7])
        assert read_reply(connection).status == 202
